$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$stdout = [Console]::OpenStandardOutput()
$stderr = [Console]::OpenStandardError()
$utf8 = [Text.UTF8Encoding]::new($false, $true)
# one text may go to many nodes, and nodes may share a drive or a machine
$label = "rundeck-ssm-$run-$env:AWS_SSM_INSTANCE_ID" -replace '[^\w-]'
$spool = "$env:SystemRoot\Temp\$label"
function Write-Bytes($stream, [byte[]]$bytes, [int]$count) {
  $stream.Write($bytes, 0, $count)
  $stream.Flush()
}
function Write-Line($stream, [string]$text) {
  $bytes = $utf8.GetBytes($text + "`n")
  Write-Bytes $stream $bytes $bytes.Length
}
# (no cmdlet where .NET has a name for it: each of their modules takes longer to load than all of this. And nothing with
# many overloads, such as [Math]::Min: choosing one for the first time takes longer than to compare)
function Open-Spool([string]$name, [long]$from) {
  $file = [IO.FileStream]::new("$spool\$name", 'Open', 'Read', 'ReadWrite, Delete')
  $null = $file.Seek($from, 'Begin')
  $file
}
function Read-Spool([string]$name, [long]$from, [long]$most) {
  $file = Open-Spool $name $from
  try {
    $size = $file.Length - $from
    if ($size -gt $most) { $size = $most }
    if ($size -lt 0) { $size = 0 }
    $bytes = [byte[]]::new($size)
    $count = 0
    while ($count -lt $bytes.Length) {
      $more = $file.Read($bytes, $count, $bytes.Length - $count)
      if ($more -le 0) { break }
      $count += $more
    }
    , $bytes
  } finally { $file.Dispose() }
}
function Measure-Spool([string]$name) { [IO.FileInfo]::new("$spool\$name").Length }
# what somebody still writes to cannot go yet
function Remove-Spool {
  foreach ($file in $open) { $file.Dispose() }
  try { [IO.Directory]::Delete($spool, $true) } catch { $null = $_ }
}
function ConvertTo-Packed([byte[]]$bytes, [int]$count) {
  $memory = [IO.MemoryStream]::new()
  $gzip = [IO.Compression.GZipStream]::new($memory, [IO.Compression.CompressionMode]::Compress)
  $gzip.Write($bytes, 0, $count)
  $gzip.Dispose()
  , $memory.ToArray()
}
