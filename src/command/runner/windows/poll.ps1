# A follow-up while the command runs: what is new in its private files, waiting up to $ticks half seconds for it.
while ($true) {
  try {
    $out = Read-Spool 'out' $from1 ([Math]::Min(13000, [Math]::Max(0, $max - $from1)))
    $err = Read-Spool 'err' $from2 ([Math]::Min(4000, [Math]::Max(0, $max - $from2)))
  } catch {   # they are removed, or about to be
    Write-Line $stdout "[rundeck-ssm $run over]"
    exit 0
  }
  if ($out.Length + $err.Length -or $ticks -le 0) { break }
  $ticks -= 1
  [Threading.Thread]::Sleep(500)
}
$all = [byte[]]::new($out.Length + $err.Length)
$out.CopyTo($all, 0)
$err.CopyTo($all, $out.Length)
Write-Line $stdout ("[rundeck-ssm $run out=$($out.Length) err=$($err.Length) " + [Convert]::ToBase64String((ConvertTo-Packed $all $all.Length)) + ']')
