  # a fetch that was cancelled may hold its file open for a moment longer
  for ($try = 1; ; $try++) {
    try { Remove-Private; break } catch { if ($try -ge 20) { throw }; Start-Sleep -Seconds 1 }
  }
  Write-Answer 'removed'
