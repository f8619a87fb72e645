# What this machine has for the commands and copies of rundeck-ssm: looks, and changes nothing.
$ProgressPreference = 'SilentlyContinue'
function Tell([string]$name, [string]$value) { Write-Output "rundeck-ssm-doctor $name $value" }
Tell user ([Security.Principal.WindowsIdentity]::GetCurrent().Name)
$folder = "$env:SystemRoot\Temp"
$free = 'unknown'
try { $free = [long]([IO.DriveInfo]::new($folder.Substring(0, 1)).AvailableFreeSpace / 1024) } catch { $Error.Clear() }
Tell room "$free $folder"
$tools = foreach ($tool in 'aws', 'curl', 'pwsh') { if (Get-Command "$tool.exe" -CommandType Application -ErrorAction SilentlyContinue) { $tool } }
Tell tools "$tools"
Tell powershell $PSVersionTable.PSVersion

# whether anything answers at an address: any answer counts
function Test-Reach([string]$name, [string]$url) {
  $how = 'answered'
  try {
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor 3072
    $request = [Net.WebRequest]::Create($url)
    $request.Timeout = 8000
    $request.GetResponse().Dispose()
  } catch {
    $failure = $_.Exception.GetBaseException()
    if (-not ($failure -is [Net.WebException] -and $failure.Response)) { $how = $failure.Message -replace '\s+', ' ' }
    $Error.Clear()
  }
  Tell $name "$url $how"
}
function Select-Endpoint([string[]]$urls) { @($urls | Where-Object { $_ })[0] }
if ($s3) { Test-Reach s3 (Select-Endpoint $env:AWS_ENDPOINT_URL_S3, $env:AWS_ENDPOINT_URL, $s3) }
if ($logs) { Test-Reach logs (Select-Endpoint $env:AWS_ENDPOINT_URL_CLOUDWATCH_LOGS, $env:AWS_ENDPOINT_URL, $logs) }
Tell end ok
exit 0
