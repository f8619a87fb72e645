# Usage: try WAY; ends this script when the receiver has the file or can't take it, else sets `how` to what became of it
exec 4>&1
# 143: whoever has removed the private files has ended the receiver, which may be another user's; this ends the fetch
ended() {
  [ "$1" != 143 ] || kill -TERM 0
  return "$1"
}
try() {
  tries=1
  while :; do
    said=$({ { "by_$1" 2>&3 3>&- 4>&- || echo "exit status $?" >&3; } | { receive 3>&- >&4 4>&- || ended $?; }; } 3>&1)
    arrived=$?
    case $arrived in
      0) exit 0 ;;
      65 | 66) ;;
      *) exit 1 ;;
    esac
    how=failed
    case $said in
      *AccessDenied* | *Forbidden* | *[\ \(]403 | *[\ \(]403[!0-9]*) how=denied ;;
      *'no role'* | *'locate credentials'*) how=no-role ;;
      *'exit status '*) ;;
      *) fail damaged ;;
    esac
    # what was cut, or refused for the moment, may come whole the next time
    case $arrived$said in 65* | *[\ \(]50[0-4]* | *SlowDown*) ;; *) break ;; esac
    [ "$how" = failed ] && [ "$tries" -lt 3 ] || break
    sleep "$tries"
    tries=$((tries + 1))
  done
  [ "$arrived" = 66 ] || said="cut before the end, $said"
  printf '%s: %s\n' "$1" "$said" >&2
}
