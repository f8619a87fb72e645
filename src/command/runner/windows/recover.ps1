# A follow-up for a command that was cancelled, or whose line for Rundeck never came: what it wrote so far.
if (-not (Test-Path -LiteralPath (Join-Path $spool 'err'))) {
  Remove-Item -LiteralPath $spool -Recurse -Force -ErrorAction SilentlyContinue   # its runner was killed while it made it
  Write-Line $stdout "[rundeck-ssm $run gone]"
  exit 0
}
# it has ended with its runner, unless the node forbids job objects
foreach ($running in Get-CimInstance Win32_Process -Filter "CommandLine LIKE '%rundeck-ssm-$run%'") {
  if ($running.ProcessId -ne $PID) { $null = & cmd.exe /d /c "taskkill /pid $($running.ProcessId) /t /f >nul 2>&1" }
}
function Measure-Rest([string]$name, [long]$from) {
  [Math]::Min([Math]::Max(0, (New-Object IO.FileInfo (Join-Path $spool $name)).Length - $from), $max)
}
Complete-Run '0' (Measure-Rest 'out' $from1) (Measure-Rest 'err' $from2) 'recovered'
