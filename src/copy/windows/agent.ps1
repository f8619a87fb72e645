  # the SSM agent has fetched it into the folder where this runs
  $fetched = [IO.Path]::Combine((Get-Location).ProviderPath, $object)
  if (-not [IO.File]::Exists($fetched)) { Write-Answer 'stuck agent=failed'; exit 1 }
  [IO.File]::Copy($fetched, $part, $true)
  [IO.File]::Delete($fetched)
