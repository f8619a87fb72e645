$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
$stdout = [Console]::OpenStandardOutput()
function Write-Line([string]$text) {
  $bytes = (New-Object System.Text.UTF8Encoding $false).GetBytes($text + "`n")
  $stdout.Write($bytes, 0, $bytes.Length)
  $stdout.Flush()
}
# the last line is for Rundeck; what Windows had to say about a failure stands before it, on stderr
function Write-Answer([string]$words) { Write-Line "[rundeck-ssm $run $words]" }
function Write-Problem($problem) {
  while ($problem.InnerException) { $problem = $problem.InnerException }
  [Console]::Error.WriteLine($problem.Message)
}
function Remove-Private {
  foreach ($file in @([IO.Directory]::GetFiles($folder, ".rundeck-ssm-$run*"))) { [IO.File]::Delete($file) }
}

$step = 'path'
try {
  # where to: ~ is the home of the agent's user
  if ($to -eq '~' -or $to -match '^~[\\/]') { $to = [Environment]::GetFolderPath('UserProfile') + $to.Substring(1) }
  if (-not [IO.Path]::IsPathRooted($to)) { $to = [IO.Path]::Combine((Get-Location).ProviderPath, $to) }
  if ($to -match '[\\/]$' -or [IO.Directory]::Exists($to)) { $to = [IO.Path]::Combine($to, $name) }
  $to = [IO.Path]::GetFullPath($to)
  # private files beside the destination: on its volume, so that the last step is one rename
  $folder = [IO.Path]::GetDirectoryName($to)
  $part = [IO.Path]::Combine($folder, ".rundeck-ssm-$run")
