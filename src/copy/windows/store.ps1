  [IO.File]::WriteAllBytes("$part.$piece", [Convert]::FromBase64String($content))
  Write-Answer 'stored'
