$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$stdout = [Console]::OpenStandardOutput()
$stderr = [Console]::OpenStandardError()
$utf8 = New-Object System.Text.UTF8Encoding $false, $true
$spool = Join-Path $env:SystemRoot "Temp\rundeck-ssm-$run"
function Write-Bytes($stream, [byte[]]$bytes, [int]$count) {
  $stream.Write($bytes, 0, $count)
  $stream.Flush()
}
function Write-Line($stream, [string]$text) {
  $bytes = $utf8.GetBytes($text + "`n")
  Write-Bytes $stream $bytes $bytes.Length
}
function Read-Spool([string]$name, [long]$from, [long]$most) {
  $file = New-Object IO.FileStream (Join-Path $spool $name), 'Open', 'Read', 'ReadWrite, Delete'
  try {
    $null = $file.Seek($from, 'Begin')
    $bytes = New-Object byte[] ([Math]::Min($most, [Math]::Max(0, $file.Length - $from)))
    $count = 0
    while ($count -lt $bytes.Length) {
      $more = $file.Read($bytes, $count, $bytes.Length - $count)
      if ($more -le 0) { break }
      $count += $more
    }
    , $bytes
  } finally { $file.Dispose() }
}
function ConvertTo-Packed([byte[]]$bytes, [int]$count) {
  $memory = New-Object IO.MemoryStream
  $gzip = New-Object IO.Compression.GZipStream $memory, ([IO.Compression.CompressionMode]::Compress)
  $gzip.Write($bytes, 0, $count)
  $gzip.Dispose()
  , $memory.ToArray()
}
