# where policy (WDAC, AppLocker) leaves less than the whole language there is no runner: said in words that are allowed there
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
  $line = "[rundeck-ssm $run refused=no-language]"
  & "$env:SystemRoot\System32\cmd.exe" /d /c "echo rundeck-ssm: PowerShell is restricted to $($ExecutionContext.SessionState.LanguageMode) on this node, which runs no runner; set ssm-runner to none for it 1>&2"
  if ($live) { & "$env:SystemRoot\System32\cmd.exe" /d /c "echo $line 1>&2" }
  Write-Output $line
  exit 78
}
