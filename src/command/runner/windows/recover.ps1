# A follow-up for a command that was cancelled, or whose line for Rundeck never came: what it wrote so far.
if (-not (Test-Path -LiteralPath (Join-Path $spool 'err'))) {
  Remove-Item -LiteralPath $spool -Recurse -Force -ErrorAction SilentlyContinue   # its runner was killed while it made it
  Write-Line $stdout "[rundeck-ssm $run gone]"
  exit 0
}
# it has ended with its runner, unless the node forbids job objects
Stop-Command
function Measure-Rest([string]$name, [long]$from) {
  [Math]::Min([Math]::Max(0, (New-Object IO.FileInfo (Join-Path $spool $name)).Length - $from), $max)
}
Complete-Run '0' (Measure-Rest 'out' $from1) (Measure-Rest 'err' $from2) 'recovered'
