  if (-not $fetched) { Write-Answer 'stuck agent=failed'; exit 1 }
  $file = [IO.File]::Create($part)
  try { $fetched.CopyTo($file) } finally { $file.Dispose() }
