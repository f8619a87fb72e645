  # only what has arrived whole takes its place, at once
  $file = [IO.File]::OpenRead($part)
  try { $found = [Security.Cryptography.SHA256]::Create().ComputeHash($file) } finally { $file.Dispose() }
  if ([BitConverter]::ToString($found).Replace('-', '') -ne $sum) { Write-Answer 'failed=damaged'; exit 1 }
  $step = 'rename'
  if ([IO.File]::Exists($to)) {
    # (what was there keeps its permissions and its times by this call; a read-only file is refused)
    $kept = [IO.File]::GetAttributes($to) -band [IO.FileAttributes]'Hidden, System, NotContentIndexed'
    if ($kept) { [IO.File]::SetAttributes($part, $kept) }
    [IO.File]::Replace($part, $to, [NullString]::Value)
  } else { [IO.File]::Move($part, $to) }
  # what copies left that this machine did not survive
  try {
    foreach ($file in [IO.Directory]::GetFiles($folder, '.rundeck-ssm-copy-*')) {
      if ([IO.File]::GetLastWriteTimeUtc($file).AddHours(12) -lt [DateTime]::UtcNow) { [IO.File]::Delete($file) }
    }
  } catch { }
  Write-Line $stdout $to
  Write-Answer 'copied'
