trap clean EXIT
trap 'exit 143' TERM INT HUP
unpack() {
  if [ "$packing" = none ]; then
    cat
  elif has gzip; then
    gzip -dc
  elif has gunzip; then
    gunzip -c
  elif has python3; then
    python3 -c 'import gzip, shutil, sys; shutil.copyfileobj(gzip.GzipFile(fileobj=sys.stdin.buffer), sys.stdout.buffer)'
  else
    perl -MIO::Uncompress::Gunzip=gunzip -e 'gunzip "-" => "-" or die'
  fi
}
pieces() {
  piece=1
  while [ "$piece" -lt "$sends" ]; do
    cat "$piece" || return
    piece=$((piece + 1))
  done
  cat
}
[ "$packing" = none ] || has gzip || has gunzip || has python3 || has perl || fail no-gunzip
pieces | unpack | cat >part || fail write
