  # a part of a piece is none: the answer says that nothing is left
  try { [IO.File]::WriteAllBytes("$part.$piece", [Convert]::FromBase64String($content)) } catch { [IO.File]::Delete("$part.$piece"); throw }
  Write-Answer 'stored'
