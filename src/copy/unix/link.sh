# by a link that lives for minutes. It stands in no argument, where other users of this machine could read it, nor in a message
by_curl() { link | { read -r url && printf 'url = "%s"\n' "$url"; } | curl -fsS --retry 3 -K -; }
by_wget() { link | wget -q -O - -i - 2>/dev/null || { echo "exit status $?" >&2 && return 1; }; }
by_python() {
  link | python3 -c '
import shutil, sys, urllib.error, urllib.request
try:
    shutil.copyfileobj(urllib.request.urlopen(sys.stdin.readline().strip(), timeout=60), sys.stdout.buffer, 1 << 20)
except urllib.error.HTTPError as error:
    sys.exit("HTTP %d" % error.code)
except OSError as error:
    sys.exit(error.strerror or type(error).__name__)'
}
tried=''
for tool in curl wget python3; do
  how=absent
  has $tool && try "by_${tool%3}" && break
  tried="$tried $tool=$how"
done
[ "$how" = fetched ] || { answer "stuck$tried" && exit 1; }
kill "$watch"
