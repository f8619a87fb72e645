function Measure-Spool([string]$name) { (New-Object IO.FileInfo (Join-Path $spool $name)).Length }
function Stop-Refused([string]$reason, [string]$why) {
  Write-Line $stderr "rundeck-ssm: $why"
  Write-Line $stdout "[rundeck-ssm $run refused=$reason]"
  Remove-Item -LiteralPath $spool -Recurse -Force -ErrorAction SilentlyContinue
  exit 78
}

# a folder for the command and its output that only SYSTEM and administrators can enter
try { $null = New-Item -ItemType Directory -Path $spool } catch { Stop-Refused 'no-room' "no room for private files in $spool on this node; ssm-runner=none does without" }
$null = & icacls.exe $spool /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' /q
$file = Join-Path $spool 'command.ps1'
# (a line of the command that would end the text above has the run's number before it.) 5.1 reads a file without BOM as ANSI
$text = [regex]::Replace($RundeckCommand, "$run(?=[\x27\u2018-\u201b]@)", '')
[IO.File]::WriteAllText($file, $text, (New-Object System.Text.UTF8Encoding $true))
if (-not $dir) { $dir = (Get-Location).ProviderPath }
if (-not (Test-Path -LiteralPath $dir -PathType Container)) { Stop-Refused 'no-directory' "ssm-working-directory: '$dir' is not a directory on this node" }
$dir = (Resolve-Path -LiteralPath $dir).ProviderPath
if (-not $shell) { $shell = Join-Path $PSHOME 'powershell.exe' }
$program = @(Get-Command -Name ([Management.Automation.WildcardPattern]::Escape($shell)) -CommandType Application -ErrorAction SilentlyContinue)
if (-not $program.Length) { Stop-Refused 'no-shell' "ssm-shell: there is no program '$shell' on this node" }

# a job object: whoever the command starts ends with it, and all of it ends when this script is killed, as on a cancel
$job = [IntPtr]::Zero
try {
  $kernel = Add-Type -PassThru -Name Job -Namespace RundeckSsm -MemberDefinition @'
[DllImport("kernel32.dll", CharSet = CharSet.Unicode)] public static extern IntPtr CreateJobObject(IntPtr security, string name);
[DllImport("kernel32.dll")] public static extern bool AssignProcessToJobObject(IntPtr job, IntPtr process);
[DllImport("kernel32.dll")] public static extern bool TerminateJobObject(IntPtr job, uint code);
[DllImport("kernel32.dll")] public static extern bool SetInformationJobObject(IntPtr job, int kind, byte[] info, int length);
'@
  $job = $kernel::CreateJobObject([IntPtr]::Zero, $null)
} catch { $null = $_ }   # where policy forbids it, taskkill has to do
function Set-JobEnd([int]$flags) {   # LimitFlags of JOBOBJECT_EXTENDED_LIMIT_INFORMATION; 0x2000 is KILL_ON_JOB_CLOSE
  if ($job -eq [IntPtr]::Zero) { return }
  $info = New-Object byte[] $(if ([IntPtr]::Size -eq 8) { 144 } else { 112 })
  [BitConverter]::GetBytes($flags).CopyTo($info, 16)
  $null = $kernel::SetInformationJobObject($job, 9, $info, $info.Length)
}
function Stop-Tree {
  if ($job -ne [IntPtr]::Zero) { $null = $kernel::TerminateJobObject($job, 124) } else { $null = & cmd.exe /d /c "taskkill /pid $($process.Id) /t /f >nul 2>&1" }
  $process.WaitForExit()
}
Set-JobEnd 0x2000

# cmd.exe makes the private files its stdout and stderr: bytes as they were written, and nothing waits for background
# children. It starts nothing before it is told the run's number: by then it is in the job
$start = New-Object Diagnostics.ProcessStartInfo
$start.FileName = $env:ComSpec
$start.Arguments = '/d /s /c "set /p RUNDECK_SSM_RUN=&& "' + $program[0].Path + '" -InputFormat None -NoLogo -NonInteractive -NoProfile -ExecutionPolicy Unrestricted -File "' + $file + '" <nul >"' + $spool + '\out" 2>"' + $spool + '\err""'
$start.UseShellExecute = $false
$start.CreateNoWindow = $true
$start.RedirectStandardInput = $true
$start.WorkingDirectory = $dir
foreach ($name in 'out', 'err') { [IO.File]::WriteAllBytes((Join-Path $spool $name), (New-Object byte[] 0)) }
$process = [Diagnostics.Process]::Start($start)
if ($job -ne [IntPtr]::Zero) { $null = $kernel::AssignProcessToJobObject($job, $process.Handle) }
[IO.File]::WriteAllText((Join-Path $spool 'pid'), [string]$process.Id)
$clock = [Diagnostics.Stopwatch]::StartNew()
$process.StandardInput.WriteLine($run)
$process.StandardInput.Close()

$note = ''
while (-not $process.WaitForExit(250)) {
  if ($live) { Send-Live }
  if ($seconds -and $clock.Elapsed.TotalSeconds -ge $seconds) {
    $note = 'timeout'   # a console program can't be asked to end: Windows has no TERM
    Stop-Tree
  }
}
$code = if ($note) { 124 } else { $process.ExitCode }
Set-JobEnd 0   # background children of a finished command live on
$outs = Measure-Spool 'out'
$errs = Measure-Spool 'err'
if ($outs -gt $max) { $outs = $max; $note += ',cut-out' }
if ($errs -gt $max) { $errs = $max; $note += ',cut-err' }
Complete-Run $code $outs $errs $note.TrimStart(',')
# what nobody has fetched within 12 hours
Get-ChildItem -Path (Join-Path $env:SystemRoot 'Temp') -Filter 'rundeck-ssm-*' -ErrorAction SilentlyContinue | Where-Object { $_.LastWriteTimeUtc -lt [DateTime]::UtcNow.AddHours(-12) } | Remove-Item -Recurse -Force -ErrorAction SilentlyContinue
if (@(137, 168, 194, 3010) -contains $code) { exit 1 }   # these mean a timeout, success and a reboot to the agent
exit $code
