# A follow-up for a command that was cancelled, or whose line for Rundeck never came: what it wrote so far, and how it ended
# if its runner has seen that.
# That may be alive all the same, and would deliver the output and remove it as the command ends. While it runs the gate is open.
try {
  $gate = [Threading.Mutex]::OpenExisting("Global\$label-gate")
  $null = $gate.WaitOne(10000)
} catch { $null = $_ }   # it is dead, or has died behind the gate
if (-not [IO.File]::Exists("$spool\err")) {
  Remove-Spool   # its runner was killed while it made it
  Write-Line $stdout "[rundeck-ssm $run gone]"
  exit 0
}
[IO.File]::WriteAllText("$spool\recovered", '')
Stop-Command
$code, $outs, $errs, $note = 0, $null, $null, 'recovered'
if ([IO.File]::Exists("$spool\result")) { $code, $outs, $errs, $note = [IO.File]::ReadAllText("$spool\result").Split(' ') }
function Measure-Rest([string]$name, $size, [long]$from) {
  if ($null -eq $size) { $size = Measure-Spool $name }
  $rest = [Math]::Max(0, $size - $from)
  if ($rest -gt $max) { $rest = $max; $script:note += ",cut-$name" }
  $rest
}
$outs = Measure-Rest 'out' $outs $from1
$errs = Measure-Rest 'err' $errs $from2
# what Rundeck has and what it gets now: together they must be this
$all1, $all2 = ([Math]::Min($from1, (Measure-Spool 'out')) + $outs), ([Math]::Min($from2, (Measure-Spool 'err')) + $errs)
$whole = " whole=$all1,$all2,$(Get-Sum 0 $all1 0 $all2)$left"
Complete-Run $code $outs $errs $note.TrimStart(',')
# what its runner, which lives, has open is left for that to remove
if ($gate -and [IO.Directory]::Exists($spool) -and -not [IO.File]::Exists("$spool\recovered")) { [IO.File]::WriteAllText("$spool\recovered", 'delivered') }
