# The command, as a function that has a short name in errors, called by a text that has none. Where its last statement fails
# the code is that of the last program or script, else one that its runner knows; a text that does not take these lines goes
# without them. A command that fails before its first statement (param) fails for its caller.
$OutputEncoding = [Text.UTF8Encoding]::new($false)
. ([ScriptBlock]::Create(". `$args[0]`nif (-not `$?) { exit 1 }")) (& {
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
    $text = [IO.File]::ReadAllText("$PSScriptRoot\command.ps1") + "`n"
    $end = "`nif (-not `$?) { if (`$ExecutionContext.SessionState.PSVariable.GetValue('LASTEXITCODE')) { exit `$LASTEXITCODE }; exit 1380470272 }"
    $block = $null
    foreach ($whole in $text, ($text + $end)) {   # what only the lines behind it would complete is no command
      $errors = $tokens = $null
      $parsed = [Management.Automation.Language.Parser]::ParseInput($whole, 'command.ps1', [ref]$tokens, [ref]$errors)
      if ($errors) { break }
      $block = $parsed.GetScriptBlock()
    }
    if (-not $block) {
      foreach ($why in $errors) { [Console]::Error.WriteLine("command.ps1:$($why.Extent.StartLineNumber):$($why.Extent.StartColumnNumber): $($why.Message)") }
      exit 1
    }
    if ($parsed.ScriptRequirements) {   # these count in files alone, and the command shall not see that it has one
      [IO.File]::WriteAllText("$PSScriptRoot\command.ps1", ($tokens.Text -match '^#requires' -join "`n"), [Text.UTF8Encoding]::new($true))
      try { . "$PSScriptRoot\command.ps1" } catch {
        [Console]::Error.WriteLine("command.ps1: $($_.Exception.Message)")
        exit 1
      }
    }
    ${function:command.ps1} = $block
    $ExecutionContext.InvokeCommand.GetCommand('command.ps1', 'Function')
  })
