$made = $false
function Stop-Refused([string]$reason, [string]$why) {
  Write-Line $stderr "rundeck-ssm: $($why -replace '\s+', ' ')"
  foreach ($stream in @($stdout) + @($stderr) * [int]$live) { Write-Line $stream "[rundeck-ssm $run refused=$reason]" }
  if ($made) { Remove-Spool }
  exit 78
}

# a folder for the command and its output that only SYSTEM and administrators can enter
function New-Spool {
  $temp = "$env:SystemRoot\Temp"
  if (-not $env:SystemRoot -or -not [IO.Directory]::Exists($temp)) { Stop-Refused 'no-room' "this node has no folder %SystemRoot%\Temp ('$temp') for private files; ssm-runner=none does without" }
  $folder = [IO.DirectoryInfo]::new($spool)
  if ($folder.Exists -or [IO.File]::Exists($spool)) { Stop-Refused 'no-start' "$spool exists already on this node, and is not this run's; run the command again" }
  $security = [Security.AccessControl.DirectorySecurity]::new()
  $security.SetSecurityDescriptorSddlForm('D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
  try {
    if ('IO.FileSystemAclExtensions' -as [type]) { [IO.FileSystemAclExtensions]::Create($folder, $security) } else { $folder.Create($security) }
  } catch { Stop-Refused 'no-room' "no private files can be made in $temp on this node: $($_.Exception.GetBaseException().Message); ssm-runner=none does without" }
  $script:made = $true
}

# what runs the command: a shell's program, and its arguments. 5.1 reads a file without BOM as ANSI
function Write-Command {
  $program = if ($shell) { $shell } elseif ($kind -eq 'cmd') { $env:ComSpec } else { "$PSHOME\powershell.exe" }
  $found = $ExecutionContext.InvokeCommand.GetCommand($program, 'Application')
  if (-not $found) { Stop-Refused 'no-shell' "ssm-shell: there is no program '$program' on this node" }
  # (a line of the command that would end the text above has the run's number before it)
  $text = [regex]::Replace($RundeckCommand, "$run(?=[\x27\u2018-\u201b]@)", '')
  if ($kind -eq 'cmd') {
    [IO.File]::WriteAllText("$spool\command.cmd", ($text -replace '\r?\n', "`r`n"), $utf8)
    # the first starts nothing before it is told the run's number
    return $env:ComSpec, ('/d /s /c "set /p RUNDECK_SSM_RUN=&& chcp 65001 >nul 2>nul & "' + $found.Path + '" /d /q /c "' + $spool + '\command.cmd" <nul"')
  }
  $marked = [Text.UTF8Encoding]::new($true)
  [IO.File]::WriteAllText("$spool\command.ps1", $text, $marked)
  [IO.File]::WriteAllText("$spool\start.ps1", $RundeckStart, $marked)
  $found.Path, ('-InputFormat None -NoLogo -NonInteractive -NoProfile -ExecutionPolicy Unrestricted -File "' + $spool + '\start.ps1"')
}

# a job object: whoever the command starts ends with it, and all of it ends when this script is killed, as on a cancel
$job = [IntPtr]::Zero
function Set-JobEnd([byte]$flags) {   # the second byte of JOBOBJECT_EXTENDED_LIMIT_INFORMATION's LimitFlags; 0x20 is KILL_ON_JOB_CLOSE
  if ($job -eq [IntPtr]::Zero) { return }
  $info = [byte[]]::new($(if ([IntPtr]::Size -eq 8) { 144 } else { 112 }))
  $info[17] = $flags
  $null = $kernel::SetInformationJobObject($job, 9, $info, $info.Length)
}
function Stop-Tree {
  if ($job -eq [IntPtr]::Zero -or -not $kernel::TerminateJobObject($job, 124)) {
    $null = & $env:ComSpec /d /c "taskkill /pid $($process.Id) /t /f >nul 2>&1"
    if ($LASTEXITCODE) { $script:whole = ' left=1' }
  }
  $null = $process.WaitForExit(10000)
}

# starts the command with the private files as its stdout and stderr: bytes as they were written, and nothing waits for
# background children. What is written goes to a file's end, wherever that is cut to
function Start-Command([string]$program, [string]$arguments) {
  $start = [Diagnostics.ProcessStartInfo]::new($program, $arguments)
  $start.UseShellExecute = $false
  $start.CreateNoWindow = $true
  $start.RedirectStandardInput = $true
  $start.WorkingDirectory = $dir
  $own = @{}
  foreach ($which in -10, -11, -12) {   # the agent's own, which would be held by whoever inherits them
    $own[$which] = $kernel::GetStdHandle($which)
    $null = $kernel::SetHandleInformation($own[$which], 1, 0)
  }
  $files = @{ -11 = 'out'; -12 = 'err' }
  $handles = foreach ($which in -11, -12) {   # FILE_APPEND_DATA, FILE_READ_ATTRIBUTES, SYNCHRONIZE; shared; CREATE_NEW
    $handle = $kernel::CreateFile("$spool\$($files[$which])", 0x100084, 7, [IntPtr]::Zero, 1, 128, [IntPtr]::Zero)
    if ($handle -eq [IntPtr](-1)) { throw "no file can be made in $spool" }
    $null = $kernel::SetHandleInformation($handle, 1, 1)
    $null = $kernel::SetStdHandle($which, $handle)
    $handle
  }
  try { [Diagnostics.Process]::Start($start) } finally {
    foreach ($which in -11, -12) { $null = $kernel::SetStdHandle($which, $own[$which]) }
    foreach ($handle in $handles) { $null = $kernel::CloseHandle($handle) }
  }
}

# no more of a file than will be delivered, and a little that polls may have read and that shows that there was more
$cut = @{ out = $false; err = $false }
function Limit-Spool([string]$name) {
  $cut[$name] = $true
  $file = [IO.FileStream]::new("$spool\$name", 'Open', 'Write', 'ReadWrite, Delete')
  $file.SetLength($max + 65536)
  $file.Dispose()
}

try {
  New-Spool
  $paths = $ExecutionContext.SessionState.Path
  $wanted = $dir
  try { $dir = if ($wanted) { $paths.GetUnresolvedProviderPathFromPSPath($wanted) } else { $paths.CurrentFileSystemLocation.ProviderPath } } catch { $dir = '' }
  if ($kind -eq 'cmd' -and $dir.StartsWith('\\')) { Stop-Refused 'no-directory' "ssm-working-directory: cmd.exe works in no network folder ('$wanted'), and would go on in Windows' own; give a folder of a drive, or set ssm-shell to powershell" }
  if (-not [IO.Directory]::Exists($dir)) { Stop-Refused 'no-directory' "ssm-working-directory: '$wanted' is not a directory on this node" }
  if (-not $env:ComSpec -or -not [IO.File]::Exists($env:ComSpec)) { Stop-Refused 'no-start' "this node's %ComSpec% ('$env:ComSpec') is not cmd.exe, which ends the command where nothing else can; ssm-runner=none does without" }
  $kernel = Import-Kernel
  $gate = [Threading.Mutex]::new($true, "Global\$label-gate")   # start.ps1 waits for it, and so does a recovery
  $program, $arguments = Write-Command
  $process = Start-Command $program $arguments
  $job = $kernel::CreateJobObject([IntPtr]::Zero, "Global\$label")
  Set-JobEnd 0x20
  if (-not $kernel::AssignProcessToJobObject($job, $process.Handle)) {   # taskkill has to do
    $job = [IntPtr]::Zero
    [IO.File]::WriteAllText("$spool\pid", "$($process.Id) $($process.StartTime.Ticks)", $utf8)
  }
  # what is open without Delete nobody removes, such as a command that cleans %SystemRoot%\Temp
  $open = foreach ($file in [IO.Directory]::GetFiles($spool)) { [IO.FileStream]::new($file, 'Open', 'Read', 'ReadWrite') }
} catch { Stop-Refused 'no-start' "the runner could not start the command on this node: $($_.Exception.GetBaseException().Message); ssm-runner=none does without" }
$clock = [Diagnostics.Stopwatch]::StartNew()
$gate.ReleaseMutex()
if ($kind -eq 'cmd') { $process.StandardInput.WriteLine($run) }
$process.StandardInput.Close()

$note = $whole = ''
$out = Open-Spool 'out' 0
$err = Open-Spool 'err' 0
$seen = 0
Initialize-Delivery
while (-not $process.WaitForExit(100)) {
  if ($out.Length -gt $max + 131072) { Limit-Spool 'out' }
  if ($err.Length -gt $max + 131072) { Limit-Spool 'err' }
  if ($live -and $out.Length + $err.Length -ne $seen) {
    $seen = $out.Length + $err.Length
    Send-Live
  }
  if ($seconds -and $clock.Elapsed.TotalSeconds -ge $seconds) {
    $note = 'timeout'   # a console program can't be asked to end: Windows has no TERM
    Stop-Tree
    break
  }
}
$outs, $errs = $out.Length, $err.Length
$out.Dispose()
$err.Dispose()
$code = if ($note) { 124 } else { $process.ExitCode }
Set-JobEnd 0   # background children of a finished command live on
if ($code -eq 1380470272) { $code = [int]($errs -gt 0) }   # a failure without a code: unless its author silenced it
if ($outs -gt $max -or $cut.out) { $outs = $max; $note += ',cut-out' }
if ($errs -gt $max -or $cut.err) { $errs = $max; $note += ',cut-err' }
$note = $note.TrimStart(',')
try { $null = $gate.WaitOne(60000) } catch { $null = $_ }
if ([IO.File]::Exists("$spool\recovered")) {   # a recovery has the output
  if ([IO.File]::ReadAllText("$spool\recovered")) { Remove-Spool }
  exit 143
}
[IO.File]::WriteAllText("$spool\result.new", "$code $outs $errs $note", $utf8)
[IO.File]::Move("$spool\result.new", "$spool\result")
Complete-Run $code $outs $errs $note
# what nobody has fetched within 12 hours, and nobody writes to
foreach ($old in [IO.DirectoryInfo]::new("$env:SystemRoot\Temp").GetDirectories('rundeck-ssm-*')) {
  if ($old.LastWriteTimeUtc -gt [DateTime]::UtcNow.AddHours(-12)) { continue }
  try {
    if ([IO.File]::Exists("$($old.FullName)\out")) { [IO.File]::Open("$($old.FullName)\out", 'Open', 'Read', 'None').Dispose() }
    $old.Delete($true)
  } catch { $null = $_ }
}
if (@(137, 168, 194, 3010) -contains $code) { exit 1 }   # these mean a timeout, success and a reboot to the agent
exit $code
