# What this machine has for the commands and copies of rundeck-ssm: looks, and changes nothing.
tell() { printf 'rundeck-ssm-doctor %s %s\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }

tell user "$(id -un 2>/dev/null || id -u)"
folder=${TMPDIR:-/var/tmp}
[ -d "$folder" ] || folder=/tmp
free=
has df && free=$(df -Pk "$folder" 2>/dev/null | { read -r _ && read -r _ _ _ free _ && echo "$free"; })
tell room "${free:-unknown} $folder"
tools=
for tool in sh bash base64 gzip sha256sum shasum openssl perl awk python3 curl wget aws; do
  ! has $tool || tools="$tools $tool"
done
tell tools "${tools# }"
if [ "$shell" ]; then
  set -f
  set -- $shell
  if has "$1"; then tell shell found; else tell shell missing; fi
fi

# whether anything answers at an address: any answer counts
reach() {
  if has curl; then
    code=$(curl -s -o /dev/null -m 8 -w '%{http_code}' "$2") || how="curl ended with $?"
    [ "${code:-000}" = 000 ] || how=answered
  elif has python3; then
    how=$(python3 -c '
import sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(sys.argv[1], timeout=8)
except urllib.error.HTTPError:
    pass
except Exception as error:
    print("python3: %s" % getattr(error, "reason", error))
    sys.exit()
print("answered")
' "$2" | head -n 1)
  elif has wget; then
    said=$(wget -T 8 -t 1 -O /dev/null "$2" 2>&1)
    case $?:$said in
    [08]:* | *'server returned error'*) how=answered ;;
    *) how="wget got no answer" ;;
    esac
  else
    how=no-tool
  fi
  tell "$1" "$2 ${how:-python3 has failed}"
}
[ -z "$s3" ] || reach s3 "${AWS_ENDPOINT_URL_S3:-${AWS_ENDPOINT_URL:-$s3}}"
[ -z "$logs" ] || reach logs "${AWS_ENDPOINT_URL_CLOUDWATCH_LOGS:-${AWS_ENDPOINT_URL:-$logs}}"
tell end ok
exit 0
