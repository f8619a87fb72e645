# A follow-up for an output that is too large for SSM: sends it, packed, to the address that Rundeck has signed for it.
$tool = ''
$pack = Join-Path $spool 'pack'
if (-not (Test-Path -LiteralPath $pack)) {
  $tool = 'gone'
} elseif ($url) {
  try {
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
    $tool = 'powershell'
  } catch { }
}
Write-Line $stdout "[rundeck-ssm $run sent=$tool]"
