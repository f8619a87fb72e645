  $packed = New-Object IO.MemoryStream
  for ($piece = 1; $piece -lt $sends; $piece++) {
    $bytes = [IO.File]::ReadAllBytes("$part.$piece")
    $packed.Write($bytes, 0, $bytes.Length)
  }
  $bytes = [Convert]::FromBase64String($content)
  $packed.Write($bytes, 0, $bytes.Length)
  $packed.Position = 0
  if ($packing -eq 'gzip') { $packed = New-Object IO.Compression.GZipStream $packed, ([IO.Compression.CompressionMode]::Decompress) }
  $file = [IO.File]::Create($part)
  try { $packed.CopyTo($file) } finally { $file.Dispose() }
