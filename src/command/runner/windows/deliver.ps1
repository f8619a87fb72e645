# the output if it may be printed as it is, else nothing: it must be short enough for SSM, also as JSON, and plain text
function Read-Printable([long]$outs, [long]$errs) {
  if ($outs -gt 23400 -or $errs -gt 7600) { return }
  $out = Read-Spool 'out' $from1 $outs
  $err = Read-Spool 'err' $from2 $errs
  try { $text = $utf8.GetString($out) + $utf8.GetString($err) } catch { return }
  if ($text -match '[\x00-\x08\x0B\x0C\x0E-\x1A\x1C-\x1F]') { return }
  if ($out.Length + $err.Length + 5 * [regex]::Matches($text, '[<>&\x1B]|[^\x00-\x7F]').Count -le 60000) { $out, $err }
}
# PowerShell compiles what it calls for the first time: that is done while the command's own starts, rather than at its end
function Initialize-Delivery { $null = (Get-Sum 0 0 0 0), (Read-Printable 0 0) }
# prints the output, or the first page of it packed, and the line for Rundeck. Recovery leaves out what Rundeck has
function Complete-Run([string]$exit, [long]$outs, [long]$errs, [string]$note) {
  $form = 'plain'
  $keep = $held
  $plain = @(Read-Printable $outs $errs)
  if ($plain) {
    $sum = Get-Sum $from1 $outs $from2 $errs
    Write-Bytes $stdout $plain[0] $plain[0].Length
    Write-Bytes $stderr $plain[1] $plain[1].Length
    if ($outs -and $plain[0][-1] -ne 10) { Write-Line $stdout '' }
  } else {
    $file = [IO.File]::Create("$spool\pack")
    $gzip = [IO.Compression.GZipStream]::new($file, [IO.Compression.CompressionMode]::Compress)
    $sum = Get-Sum $from1 $outs $from2 $errs $gzip
    $gzip.Dispose()
    $size = Measure-Spool 'pack'
    Write-Line $stdout "[rundeck-ssm: $outs bytes of stdout and $errs of stderr follow as base64 of gzip; Rundeck shows them plain]"
    Write-Page 0
    $form = "packed pack=$size"
    $keep = $held -or $size -gt 23400   # further commands fetch the rest
  }
  Write-Line $stdout "[rundeck-ssm $run exit=$exit out=$outs err=$errs form=$form sum=$sum$whole note=$note]"
  if (-not $keep) { Remove-Spool }
}
