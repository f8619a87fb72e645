  # by a link that lives for minutes. It stands in no message
  for ($try = 1; ; $try++) {
    $file = [IO.File]::Create($part)
    try {
      $step = 'fetch'
      $request = [Net.WebRequest]::Create($link)
      $request.Timeout = 30000
      $request.ReadWriteTimeout = 30000
      $response = $request.GetResponse()
      $stream = $response.GetResponseStream()
      $buffer = New-Object byte[] 1048576
      while ($count = $stream.Read($buffer, 0, $buffer.Length)) {
        $step = 'write'
        $file.Write($buffer, 0, $count)
        $step = 'fetch'
      }
      # not every .NET takes an early end for an error
      if ($response.ContentLength -gt $file.Length) { throw "cut off after $($file.Length) of $($response.ContentLength) bytes" }
      $step = 'write'
      break
    } catch {
      if ($step -ne 'fetch') { throw }
      $status = 0
      for ($problem = $_.Exception; $problem; $problem = $problem.InnerException) {
        $said = $problem.Message
        if (-not $problem.Response) { continue }
        $status = [int]$problem.Response.StatusCode
        # S3's own word for it
        $answer = try { (New-Object IO.StreamReader $problem.Response.GetResponseStream()).ReadToEnd() } catch { '' }
        if ($answer -match '<Code>(\w+)</Code>') { $said += " $($Matches[1])" }
        break
      }
    } finally { $file.Dispose(); if ($response) { $response.Dispose(); $response = $null } }
    # what S3 refuses stays refused
    if ($try -ge 4 -or ($status -ge 400 -and $status -lt 500)) {
      Write-Said "$(([Uri]$link).Authority): $said"
      Write-Answer "stuck powershell=$(if ($status -eq 403) { 'denied' } else { 'failed' })"
      exit 1
    }
    Start-Sleep -Seconds $try
  }
