# The command, as a text that has a short name in errors. Where its last statement fails the code is that of the last
# program or script, else one that its runner knows; a text that does not take these lines goes without them.
$OutputEncoding = [Text.UTF8Encoding]::new($false)
. (& {
    # the runner lets it go when it is in the job, or has died before
    try {
      $gate = [Threading.Mutex]::OpenExisting("Global\$([IO.Path]::GetFileName($PSScriptRoot))-gate")
      $null = $gate.WaitOne()
      $gate.ReleaseMutex()
      $gate.Dispose()
    } catch {
      [Console]::Error.WriteLine("rundeck-ssm: the command did not begin: $($_.Exception.GetBaseException().Message)")
      exit 1
    }
    # code page 65001, for this and all its programs
    try { [Console]::OutputEncoding = [Console]::InputEncoding = $OutputEncoding } catch { $Error.Clear() }
    $text = [IO.File]::ReadAllText("$PSScriptRoot\command.ps1")
    $end = "`n`nif (-not `$?) { if (`$ExecutionContext.SessionState.PSVariable.GetValue('LASTEXITCODE')) { exit `$LASTEXITCODE }; exit 1380470272 }"
    foreach ($whole in ($text + $end), $text) {
      $errors = $null
      $parsed = [Management.Automation.Language.Parser]::ParseInput($whole, 'command.ps1', [ref]$null, [ref]$errors)
      if ($errors) { continue }
      if (-not $parsed.ScriptRequirements) { return $parsed.GetScriptBlock() }
      [IO.File]::WriteAllText("$PSScriptRoot\command.ps1", $whole, [Text.UTF8Encoding]::new($true))   # #requires counts in files alone
      return [ScriptBlock]::Create(". '$PSScriptRoot\command.ps1'$end")
    }
    foreach ($why in $errors) { [Console]::Error.WriteLine("command.ps1:$($why.Extent.StartLineNumber):$($why.Extent.StartColumnNumber): $($why.Message)") }
    exit 1
  })
