# by a link that lives for minutes. It stands in no argument, where other users of this machine could read it, nor in a message
by_curl() {
  link | { read -r url && printf 'url = "%s"\n' "$url"; } | curl -fsS --connect-timeout 30 --speed-time 60 -K -
}
by_wget() {
  {
    link | { wget -nv -t 1 -T 60 -O - -i - || echo "exit status $?" >&2; } 2>&1 >&5 |
      sed 's|https*://[^ ]*|the link|g' >&2
  } 5>&1
}
by_python3() { link | python3 -c "$python"; }
tried=''
for tool in curl wget python3; do
  how=absent
  has $tool && try $tool
  tried="$tried $tool=$how"
done
answer "stuck$tried"
exit 1
