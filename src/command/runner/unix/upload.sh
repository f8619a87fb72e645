# A follow-up for an output that is too large for SSM: sends it, packed, to the user's bucket. With the node's own role if
# that may, else to the address that Rundeck has signed for this one object, which no other user of the node gets to see.
by_role() { aws s3 cp --only-show-errors "$spool/pack" "s3://$bucket/$key"; }
by_curl() { printf 'url = "%s"\n' "$url" | curl -sf -T "$spool/pack" -K - >/dev/null; }
by_wget() { printf '%s\n' "$url" | wget -q --method=PUT --body-file="$spool/pack" -O /dev/null -i -; }
by_python() {
  printf '%s\n' "$url" | python3 -c '
import os, sys, urllib.request
with open(sys.argv[1], "rb") as pack:
    size = str(os.path.getsize(sys.argv[1]))
    urllib.request.urlopen(urllib.request.Request(sys.stdin.readline().strip(), pack, {"Content-Length": size, "Content-Type": ""}, method="PUT"))
' "$spool/pack"
}
tool=
[ -e "$spool/pack" ] || tool=gone
if [ -z "$tool" ] && [ "$url" ]; then
  for name in curl python3 wget; do
    [ "$tool" ] || ! command -v $name >&2 || { "by_${name%3}" && tool=$name; }
  done
elif [ -z "$tool" ]; then
  ! command -v aws >&2 || { by_role && tool=aws; }
fi
echo "[rundeck-ssm $run sent=$tool]"
