# page N of the packed output: 17,700 bytes of it on stdout and 5,700 on stderr, as base64 (what SSM takes of each)
function Write-Page([byte[]]$pack, [int]$page) {
  $from = $page * 23400
  $first = [Math]::Max(0, [Math]::Min($pack.Length - $from, 17700))
  $second = [Math]::Max(0, [Math]::Min($pack.Length - $from - 17700, 5700))
  Write-Line $stdout ([Convert]::ToBase64String($pack, $from, $first))
  if ($second) {
    $text = $utf8.GetBytes([Convert]::ToBase64String($pack, $from + 17700, $second))
    Write-Bytes $stderr $text $text.Length
  }
}
