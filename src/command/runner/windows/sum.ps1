# adds a part of a private file to a checksum, and to what is packed, a little at a time
function Add-Spool([string]$name, [long]$from, [long]$count, $hash, $pack) {
  $file = Open-Spool $name $from
  $bytes = [byte[]]::new(81920)
  do {
    if ($count -gt $bytes.Length) { $read = $bytes.Length } else { $read = $count }
    $read = $file.Read($bytes, 0, $read)
    $null = $hash.TransformBlock($bytes, 0, $read, $null, 0)
    if ($pack) { $pack.Write($bytes, 0, $read) }
    $count -= $read
  } while ($read -and $count -gt 0)
  $file.Dispose()
}
function Get-Sum([long]$from1, [long]$outs, [long]$from2, [long]$errs, $pack) {
  $hash = [Security.Cryptography.SHA256]::Create()
  Add-Spool 'out' $from1 $outs $hash $pack
  Add-Spool 'err' $from2 $errs $hash $pack
  $null = $hash.TransformFinalBlock([byte[]]::new(0), 0, 0)
  ([BitConverter]::ToString($hash.Hash) -replace '-').ToLowerInvariant()
}
