# A fetch takes its time: whoever removes the private file .on ends it. kill 0 means this script, which has a process group of
# its own, and all that it has started
: >"$part.on" || fail write
{
  nap=''
  trap 'kill "$nap"; exit' TERM
  while kill -0 $$; do
    [ -e "$part.on" ] || { trap - TERM && kill -TERM 0; }
    sleep 1 &
    nap=$!
    wait "$nap"
  done
} >/dev/null 2>&1 &
watch=$!
trap 'kill "$watch" 2>/dev/null; rm -f "$part" "$part".*' EXIT
trap 'exit 143' TERM INT HUP

# Usage: try COMMAND [ARGUMENT…]; sets `how` to what became of it
try() {
  how=fetched
  said=$("$@" 2>&1 >"$part") && return
  case $said in
    *AccessDenied* | *Forbidden* | *403*) how=denied ;;
    *'no role'* | *'locate credentials'*) how=no-role ;;
    *) how=failed ;;
  esac
  printf '%s: %s\n' "$1" "$said" >&2
  case $said in *'No space left'* | *'quota exceeded'*) fail write ;; esac
  return 1
}
