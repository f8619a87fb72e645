  if ([IO.Directory]::Exists($to)) { Write-Answer 'failed=directory'; exit 1 }
  $item = Get-Item -LiteralPath $to -Force -ErrorAction SilentlyContinue
  if ($item -and $item.LinkType -eq 'SymbolicLink') { Write-Said "$($item.Target)"; Write-Answer 'failed=windows-link'; exit 1 }
  $step = 'folder'
  $null = [IO.Directory]::CreateDirectory($folder)
  $step = 'write'
