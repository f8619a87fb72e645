# With CloudWatch: copies what is new in the private files to the agent. Whole lines go as they are if CloudWatch keeps
# them exact, anything else as a packed line: CRLF, invalid UTF-8, control characters, an unfinished line, and blank lines
# within so much text that the agent splits it (it drops a newline where it does).
$at = @{ out = 0; err = 0 }
function Test-Exact([byte[]]$bytes, [int]$count) {
  try { $text = $utf8.GetString($bytes, 0, $count) } catch { return $false }
  if ($count -gt 16000 -and $text -match '(?m)^\n') { return $false }
  -not ($text -match '[\x00-\x08\x0B\x0C\x0E-\x1A\x1C-\x1F]' -or $text.Contains("`r`n") -or $text.Contains("[rundeck-ssm $run"))
}
function Send-New([string]$name, $stream, [long]$end, [bool]$last) {
  while ($at[$name] -lt $end) {
    $bytes = Read-Spool $name $at[$name] ([Math]::Min(60000, $end - $at[$name]))
    $count = [Array]::LastIndexOf($bytes, [byte]10) + 1
    if (-not $count -and -not $last -and $bytes.Length -lt 60000) { break }   # the rest of the line may still come
    if ($count -and (Test-Exact $bytes $count)) {
      Write-Bytes $stream $bytes $count
    } else {
      if (-not $count) { $count = $bytes.Length }
      Write-Line $stream ("[rundeck-ssm $run " + [Convert]::ToBase64String((ConvertTo-Packed $bytes $count)) + ']')
    }
    $at[$name] += $count
  }
}
function Send-Live {
  Send-New 'out' $stdout (Measure-Spool 'out') $false
  Send-New 'err' $stderr (Measure-Spool 'err') $false
}
# the output is out: the line for Rundeck, on both streams, is the end of each
function Complete-Run([string]$exit, [long]$outs, [long]$errs, [string]$note) {
  Send-New 'out' $stdout $outs $true
  Send-New 'err' $stderr $errs $true
  $line = "[rundeck-ssm $run exit=$exit out=$outs err=$errs form=live note=$note]"
  Write-Line $stdout $line
  Write-Line $stderr $line
  Remove-Item -LiteralPath $spool -Recurse -Force -ErrorAction SilentlyContinue
}
