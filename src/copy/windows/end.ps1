} catch {
  Write-Problem $_.Exception
  Write-Answer "failed=$step"
  exit 1
} finally {
  if ($fetched) { $fetched.Dispose() }
  if ($clean) { try { Remove-Private } catch { Write-Problem $_.Exception } }
}
exit 0
