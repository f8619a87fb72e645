# With CloudWatch: copies what is new in the private files to the agent. Whole lines go as they are if CloudWatch keeps
# them exact, anything else as a packed line: invalid UTF-8, control characters, an unfinished line, and blank lines within
# so much text that the agent splits it (it drops a newline where it does). It makes LF of CRLF, so that is told beside it.
$at = @{ out = 0; err = 0 }
$ends = @{ out = "`n"; err = "`n" }
# the whole lines of one kind of end that $bytes begin with, and how many bytes they are; nothing if they are not exact
function Read-Lines([byte[]]$bytes, [int]$count) {
  try { $text = $utf8.GetString($bytes, 0, $count) } catch { return }
  $pairs = [regex]::Matches($text, '\r\n').Count
  $lone = [regex]::Matches($text, '(?<!\r)\n').Count
  if ($pairs -and $lone) {
    if ([Math]::Min($pairs, $lone) -gt 20) { return }
    $text = [regex]::Match($text, '^(?:[^\n]*\r\n)+|^(?:(?:[^\n]*[^\r\n])?\n)+').Value
  }
  if ($text.Length -gt 16000 -and $text -match '(?m)^\r?\n') { return }
  if ($text -match '[\x00-\x08\x0B\x0C\x0E-\x1A\x1C-\x1F]|\r\r\n' -or $text.Contains("[rundeck-ssm $run")) { return }
  $text
}
function Send-New([string]$name, $stream, [long]$end, [bool]$last) {
  while ($at[$name] -lt $end) {
    $bytes = Read-Spool $name $at[$name] ([Math]::Min(60000, $end - $at[$name]))
    $count = [Array]::LastIndexOf($bytes, [byte]10) + 1
    if (-not $count -and -not $last -and $bytes.Length -lt 60000) { break }   # the rest of the line may still come
    $text = if ($count) { Read-Lines $bytes $count }
    if ($text) {
      $count = $utf8.GetByteCount($text)
      $ending = if ($text.EndsWith("`r`n")) { "`r`n" } else { "`n" }
      if ($ending -ne $ends[$name]) { Write-Line $stream "[rundeck-ssm $run $(if ($ending.Length -eq 2) { 'crlf' } else { 'lf' })]" }
      $ends[$name] = $ending
      $lines = $utf8.GetBytes($text.Replace("`r`n", "`n"))
      Write-Bytes $stream $lines $lines.Length
    } else {
      if (-not $count) { $count = $bytes.Length }
      Write-Line $stream ("[rundeck-ssm $run " + [Convert]::ToBase64String((ConvertTo-Packed $bytes $count)) + ']')
    }
    $at[$name] += $count
  }
}
function Send-Live {
  Send-New 'out' $stdout ([Math]::Min($max, (Measure-Spool 'out'))) $false
  Send-New 'err' $stderr ([Math]::Min($max, (Measure-Spool 'err'))) $false
}
# PowerShell compiles what it calls for the first time: that is done while the command's own starts, rather than at its end
function Initialize-Delivery { $null = Get-Sum 0 0 0 0 }
# the output is out: the line for Rundeck, on both streams, is the end of each
function Complete-Run([string]$exit, [long]$outs, [long]$errs, [string]$note) {
  Send-New 'out' $stdout $outs $true
  Send-New 'err' $stderr $errs $true
  $line = "[rundeck-ssm $run exit=$exit out=$outs err=$errs form=live sum=$(Get-Sum 0 $outs 0 $errs)$whole note=$note]"
  Write-Line $stdout $line
  Write-Line $stderr $line
  Remove-Spool
}
