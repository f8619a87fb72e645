  # with this machine's own role
  $tried = ''
  foreach ($way in 'tools', 'cli') {
    $how = 'absent'
    $step = 'write'
    if ($way -eq 'tools' -and (Get-Command Read-S3Object -ErrorAction SilentlyContinue)) {
      try {
        $null = Read-S3Object -BucketName $bucket -Key $key -File $part -Region $region
        $how = 'fetched'
      } catch { $said = $_.Exception.Message; $how = 'failed' }
    } elseif ($way -eq 'cli' -and (Get-Command aws.exe -ErrorAction SilentlyContinue)) {
      $ErrorActionPreference = 'Continue'
      $said = (& aws.exe s3 cp "s3://$bucket/$key" $part --region $region --only-show-errors 2>&1 | ForEach-Object { "$_" } | Out-String)
      $how = if ($LASTEXITCODE -eq 0) { 'fetched' } else { 'failed' }
      $ErrorActionPreference = 'Stop'
    }
    if ($how -eq 'fetched') { break }
    if ($how -eq 'failed') {
      Write-Said "${way}: $said"
      if ($said -match 'AccessDenied|Access Denied|Forbidden|[ (]403(?!\d)') { $how = 'denied' }
      elseif ($said -match 'locate credentials|No credentials') { $how = 'no-role' }
    }
    $tried += " $way=$how"
  }
  if ($how -ne 'fetched') { Write-Answer "stuck$tried links=powershell"; exit 1 }
