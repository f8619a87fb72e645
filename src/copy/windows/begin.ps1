# Constrained Language forbids all that follows; what these two lines do it allows, and nothing has been made on this machine
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { "[rundeck-ssm $run $constrained]"; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
$stdout = [Console]::OpenStandardOutput()
$stderr = [Console]::OpenStandardError()
function Write-Line($stream, [string]$text) {
  $bytes = (New-Object System.Text.UTF8Encoding $false).GetBytes($text + "`n")
  $stream.Write($bytes, 0, $bytes.Length)
  $stream.Flush()
}
# the last line is for Rundeck; what Windows had to say about a failure stands before it, on stderr
function Write-Answer([string]$words) { Write-Line $stdout "[rundeck-ssm $run $words]" }
function Write-Said([string]$text) { Write-Line $stderr ($text.Trim().Replace(".rundeck-ssm-copy-$run", $name)) }
function Write-Problem($problem) {
  while ($problem.InnerException) { $problem = $problem.InnerException }
  Write-Said $problem.Message
}
function Remove-Private {
  if (-not [IO.Directory]::Exists($folder)) { return }
  foreach ($file in @([IO.Directory]::GetFiles($folder, ".rundeck-ssm-copy-$run*"))) { [IO.File]::Delete($file) }
}

$step = 'path'
try {
  # the SSM agent has fetched it into the folder where this runs: from there it goes with this process, however that ends
  if ($object) { $object = [IO.Path]::Combine((Get-Location).ProviderPath, $object) }
  if ($object -and [IO.File]::Exists($object)) {
    $fetched = New-Object IO.FileStream $object, ([IO.FileMode]::Open), ([IO.FileAccess]::Read), ([IO.FileShare]'Read, Delete'), 65536, ([IO.FileOptions]::DeleteOnClose)
  }
  # where to: ~ is the home of the agent's user, and \x is on Windows' own drive, wherever the agent runs
  if ($to -eq '~' -or $to -match '^~[\\/]') { $to = [Environment]::GetFolderPath('UserProfile') + $to.Substring(1) }
  if ($to -match '^[\\/](?![\\/])') { $to = [Environment]::SystemDirectory.Substring(0, 2) + $to }
  if (-not [IO.Path]::IsPathRooted($to)) { $to = [IO.Path]::Combine((Get-Location).ProviderPath, $to) }
  if ($to -match '[\\/](\.\.?)?$' -or [IO.Directory]::Exists($to)) {
    if ($wrong) { Write-Said $wrong; Write-Answer 'failed=name'; exit 1 }
    $to = [IO.Path]::Combine($to, $name)
  }
  $to = [IO.Path]::GetFullPath($to)
  $name = [IO.Path]::GetFileName($to)
  # private files beside the destination: on its volume, so that the last step is one rename
  $folder = [IO.Path]::GetDirectoryName($to)
  $part = [IO.Path]::Combine($folder, ".rundeck-ssm-copy-$run")
