# may the output be printed as it is? It must be short enough for SSM, also as JSON, and plain text
function Test-Printable([byte[]]$out, [byte[]]$err) {
  if ($out.Length -gt 23400 -or $err.Length -gt 7600) { return $false }
  try { $text = $utf8.GetString($out) + $utf8.GetString($err) } catch { return $false }
  if ($text -match '[\x00-\x08\x0B\x0C\x0E-\x1A\x1C-\x1F]') { return $false }
  $out.Length + $err.Length + 5 * [regex]::Matches($text, '[<>&\x1B]|[^\x00-\x7F]').Count -le 60000
}
# prints the output, or the first page of it packed, and the line for Rundeck. Recovery leaves out what Rundeck has
function Complete-Run([string]$exit, [long]$outs, [long]$errs, [string]$note) {
  $out = Read-Spool 'out' $from1 $outs
  $err = Read-Spool 'err' $from2 $errs
  $all = New-Object byte[] ($out.Length + $err.Length)
  $out.CopyTo($all, 0)
  $err.CopyTo($all, $out.Length)
  $hash = [Security.Cryptography.SHA256]::Create().ComputeHash($all)
  $sum = [BitConverter]::ToString($hash).Replace('-', '').ToLowerInvariant()
  $form = 'plain'
  $keep = $false
  if (Test-Printable $out $err) {
    Write-Bytes $stdout $out $out.Length
    Write-Bytes $stderr $err $err.Length
    if ($out.Length -and $out[$out.Length - 1] -ne 10) { Write-Line $stdout '' }
  } else {
    $pack = ConvertTo-Packed $all $all.Length
    [IO.File]::WriteAllBytes((Join-Path $spool 'pack'), $pack)
    Write-Line $stdout "[rundeck-ssm: $($out.Length) bytes of stdout and $($err.Length) of stderr follow as base64 of gzip; Rundeck shows them plain]"
    Write-Page $pack 0
    $form = "packed pack=$($pack.Length)"
    $keep = $pack.Length -gt 23400   # further commands fetch the rest
  }
  Write-Line $stdout "[rundeck-ssm $run exit=$exit out=$($out.Length) err=$($err.Length) form=$form sum=$sum note=$note]"
  if (-not $keep) { Remove-Item -LiteralPath $spool -Recurse -Force -ErrorAction SilentlyContinue }
}
