# stdout and stderr of the command are pipes, as with the agent. A collector on each writes its private file, not much
# more than will be delivered; what comes after that, or after the command, is read and dropped. If the file does not take
# it, the pipe's name tells (a new name needs no room). Beside them the keeper ends the command when its time is over, or when
# this script is gone without having said that it is done. They have a session of their own where that can be had: to cancel,
# the agent kills this script's group with SIGKILL
setsid=setsid
command -v setsid >&2 ||
  for setsid in 'perl -MPOSIX=setsid -e setsid;exec@ARGV' \
    "python3 -c o=__import__('os');a=__import__('sys').argv;o.setsid();o.execvp(a[1],a[1:])" 'busybox setsid' ''; do
    $setsid true && break
  done
helpers=$stop'
  spool=$1 label=$2 seconds=$3 grace=$4 blocks=$5
  collect() { # the pipe, whose name it is told, is its stdin, the file its stdout
    exec 4>&1 >/dev/null 5<&- 6<&-
    trap : TERM
    trap "" XFSZ
    ulimit -f "$blocks"
    said=$(LC_ALL=C cat 2>&1 >&4 4>&-)
    case $?:$said in
    0:*) exit ;;
    143:*) said= ;;
    *"No space left"* | *uota*) said=full ;;
    *) said=lost ;;
    esac
    # once the end is known nobody asks, and the folder is about to go
    [ -z "$said" ] || [ -e "$spool/result" ] || mv "$1" "$1.$said"
    exec cat 4>&-
  }
  collect "$spool/1" <&5 2>/dev/null &
  first=$!
  collect "$spool/2" <&6 >&4 2>/dev/null &
  echo "$first $!" >&2
  exec >/dev/null 2>&1 4>&- 5<&- 6<&0
  [ "$seconds" != 0 ] || seconds=2147483
  sleep "$seconds" 6<&- &
  clock=$!
  { read -r said <&6; if [ "$said" = done ]; then kill "$clock"; true; else true >"$spool/gone"; kill "$clock"; false; fi; } &
  reader=$!
  if wait "$clock"; then true >"$spool/timeout"; kill "$reader" && stop; elif ! wait "$reader"; then stop; fi
'
start_helpers() { $setsid sh -c "$helpers" helpers "$spool" "$label" "$seconds" "$grace" $((max / 512 + 8)) <&3 3<&- 7>&- 8>&- 9>&- & }
# all of these names are here before anything else runs: who removes the folder meets none that is about to be made
printf '%99s' '' >"$spool/room" # for what followers and recoveries wait for: the command may fill the disk
exec 7<>"$spool/1" 8<>"$spool/2" 9<>"$spool/alive"
start_helpers >"$spool/out" 2>"$spool/collectors" 3<"$spool/alive" 4>"$spool/err" 5<"$spool/1" 6<"$spool/2"
keeper=$!
exec 7>"$spool/1" 8>"$spool/2"

if [ "$live" ]; then
  # closed by themselves: beside a function dash keeps a copy of what is closed for it, and the keeper waits for the last one of 9
  { exec 3>&- 7>&- 8>&- 9>&- && follow out; } &
  following=$!
  { exec >&3 3>&- 7>&- 8>&- 9>&- && follow err; } &
  following="$following $!"
fi

# the command: in the foreground (in the background a shell ignores SIGINT), in a session of its own, and with stderr
# redirected only inside (this shell would add "Killed" to it). sudo closes it, so it takes the folder as stdin
stdin=/dev/null
case $as:$file in
sudo*:/proc/self/*)
  set -- "$opener" -c 'exec "$@" '"$fd<&0 </dev/null" command "$@"
  stdin=$spool
  ;;
esac
launch=$see'see $$ >"$1/pid"; exec 2>&8 8>&-; umask "$2"; '
[ "$file" = "$spool/command" ] || launch=$launch"exec $fd<"'"$1"; '
# not before the keeper has its session: a cancel that came sooner would end the keeper, and leave the command
[ -z "$setsid" ] || launch="n=0
until kill -0 -$keeper || [ \$n = 500 ]; do
kill -0 $$ || exit; n=\$((n + 1)); [ \$n -lt 200 ] || sleep 0.02 || sleep 1
done 2>/dev/null
$launch"
RUNDECK_SSM_RUN=$label $setsid "$opener" -c "$launch"'shift 2; exec "$@"' command "$spool" "$mask" $as "$@" \
  <"$stdin" >&7 3>&- 7>&- 9>&-
code=$?
trap '' PIPE
echo done >&9
[ ! -e "$spool/timeout" ] || { code=124 note=$note,timeout && wait "$keeper"; }
[ ! -e "$spool/left" ] || more=" left=1"

# a mark behind all that the command has written: children that write on are neither waited for nor read
# (true, since a shell ends when it can't write for `:`, and the command may have removed the folder)
true >"$spool/over"
true >"$spool/pid" # the number is nobody's any more
newline='
'
mark=${newline}end-$run
{ echo "$mark" >&7 || mv "$spool/1" "$spool/1.lost"; } 9>&- &
marks=$!
{ echo "$mark" >&8 || mv "$spool/2" "$spool/2.lost"; } 9>&- &
marks="$marks $!"
set -- $(count_both)
measure "$spool/err" "$spool/2" "$1"
errs=$size
[ -z "${short+x}" ] || err_text=$short
measure "$spool/out" "$spool/1" "$3"
outs=$size
[ -z "${short+x}" ] || out_text=$short
case $note in *incomplete*) kill $marks ;; esac
exec 7>&- 8>&-
echo "$code $outs $errs $note" 1<>"$spool/room" && mv "$spool/room" "$spool/result"
deliver
kill -TERM -$keeper # a collector whose pipe a child of the command holds; the others have come to their end
[ "$keep" ] || rm -rf "$spool"
# what nobody has fetched within 12 hours
for old in "$base"/.rundeck-ssm-*; do [ ! -d "$old" ] || break; done
[ ! -d "$old" ] || find "$base" -maxdepth 1 -type d -user "$(id -u)" -name '.rundeck-ssm-*' -mmin +720 \
  -exec sh -c "$see"'
  read -r pid _ _ _ born <"$1/pid" && { grep -qs "RUNDECK_SSM_RUN=${1##*/.rundeck-ssm-}" "/proc/$pid/environ" ||
    [ "$born" ] && case "$(see "$pid")" in *" $born") ;; *) false ;; esac; } || rm -rf "$1"' sh {} \;
case $code in 137 | 168 | 194) exit 1 ;; esac # to the agent they mean a timeout, success and a reboot
exit "$code"
