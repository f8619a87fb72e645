  if ([IO.Directory]::Exists($to)) { Write-Answer 'failed=directory'; exit 1 }
  $step = 'folder'
  $null = [IO.Directory]::CreateDirectory($folder)
  $step = 'write'
