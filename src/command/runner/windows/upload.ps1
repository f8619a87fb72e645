# A follow-up for an output that is too large for SSM: sends it, packed, to the user's bucket. With the node's own role if
# that may, else to the address that Rundeck has signed for this one object.
function Send-ByLink {
  [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
  $request = [Net.WebRequest]::Create($url)
  $request.Method = 'PUT'
  $request.AllowWriteStreamBuffering = $false
  $file = [IO.File]::OpenRead($pack)
  $request.ContentLength = $file.Length
  $body = $request.GetRequestStream()
  $file.CopyTo($body)
  $body.Close()
  $request.GetResponse().Close()
  'powershell'
}
function Send-ByRole {
  if (Get-Command Write-S3Object -ErrorAction SilentlyContinue) {
    try { $null = Write-S3Object -BucketName $bucket -Key $key -File $pack; return 'tools' } catch { $null = $_ }
  }
  if (-not (Get-Command aws -CommandType Application -ErrorAction SilentlyContinue)) { return }
  $ErrorActionPreference = 'Continue'   # 5.1 takes a program's stderr for an error
  $null = & aws s3 cp --only-show-errors $pack "s3://$bucket/$key" 2>&1
  if ($LASTEXITCODE -eq 0) { 'aws' }
}
$tool = 'gone'
$pack = "$spool\pack"
if ([IO.File]::Exists($pack)) {
  try { $tool = if ($url) { Send-ByLink } else { Send-ByRole } } catch { $tool = '' }
}
Write-Line $stdout "[rundeck-ssm $run sent=$tool]"
