# page N of the packed output: 17,700 bytes of it on stdout and 5,700 on stderr, as base64 (what SSM takes of each)
function Write-Page([int]$page) {
  $bytes = Read-Spool 'pack' (23400 * $page) 23400
  $first = [Math]::Min($bytes.Length, 17700)
  Write-Line $stdout ([Convert]::ToBase64String($bytes, 0, $first))
  if ($bytes.Length -gt $first) {
    $text = $utf8.GetBytes([Convert]::ToBase64String($bytes, $first, $bytes.Length - $first))
    Write-Bytes $stderr $text $text.Length
  }
}
