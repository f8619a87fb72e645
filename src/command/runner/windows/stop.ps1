# the command is the process whose file is in the run's folder
function Stop-Command {
  foreach ($running in Get-CimInstance Win32_Process -Filter "CommandLine LIKE '%rundeck-ssm-$run%'") {
    if ($running.ProcessId -ne $PID) { $null = & cmd.exe /d /c "taskkill /pid $($running.ProcessId) /t /f >nul 2>&1" }
  }
}
