# ends a command that runs: its job object has the run's name. Without one it has ended with its runner, but on a node that
# forbids jobs, where it is the process that the runner has noted, if that is still the same. Else what it started may live on
function Stop-Command {
  if ([IO.File]::Exists("$spool\result")) { return }   # it has ended by itself, and what it left behind lives on
  $kernel = Import-Kernel
  $job = $kernel::OpenJobObject(8, 0, "Global\$label")   # JOB_OBJECT_TERMINATE
  if ($job -ne [IntPtr]::Zero -and $kernel::TerminateJobObject($job, 143)) { return }
  if (-not [IO.File]::Exists("$spool\pid")) { return }
  $script:left = ' left=1'
  try {
    $id, $start = [IO.File]::ReadAllText("$spool\pid").Split(' ')
    if ("$([Diagnostics.Process]::GetProcessById($id).StartTime.Ticks)" -eq $start) {
      $null = & cmd.exe /d /c "taskkill /pid $id /t /f >nul 2>&1"
      if ($LASTEXITCODE -eq 0) { $script:left = '' }
    }
  } catch { $null = $_ }
}
