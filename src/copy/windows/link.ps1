  # by a link that lives for minutes. It stands in no message
  try { (New-Object Net.WebClient).DownloadFile($link, $part) } catch {
    $problem = $_.Exception
    while ($problem.InnerException) { $problem = $problem.InnerException }
    if ($problem -is [IO.IOException] -and $problem -isnot [Net.WebException]) { throw }
    $how = if ($problem.Response -and [int]$problem.Response.StatusCode -eq 403) { 'denied' } else { 'failed' }
    Write-Answer "stuck powershell=$how"
    exit 1
  }
