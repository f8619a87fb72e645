refuse() {
  printf '%s\n' "rundeck-ssm: $2" >&3
  echo "[rundeck-ssm $run refused=$1]"
  [ -z "$live" ] || echo "[rundeck-ssm $run refused=$1]" >&3
  rm -rf "$spool"
  exit 78
}

# the private files: the command, its output so far, and pipes. In /dev/shm or /run where the disks are full
for base in "${TMPDIR:-/var/tmp}" /var/tmp /tmp /dev/shm /run; do
  spool=$base/.rundeck-ssm-$run
  free=$(df -Pk "$base" | { read -r _ && read -r _ _ _ free _ && echo "$free"; })
  [ "${free:-0}" -ge 32768 ] && mkdir "$spool" || continue
  mkfifo "$spool/1" "$spool/2" "$spool/alive" && rundeck_command >"$spool/command" && break
  rm -rf "$spool"
done
[ -d "$spool" ] ||
  refuse no-room "no room for private files in /var/tmp, /tmp, /dev/shm and /run on this node; ssm-runner=none does without"

# what runs it: the #! line as the kernel reads it (one word, the rest is one argument), else ssm-shell, else sh.
# It is not executed as a file, because /tmp and /var/tmp may forbid that
set -f
set -- ${shell:-sh} "$spool/command"
set +f
IFS= read -r first <"$spool/command"
case $first in
'#!'*)
  printf '%s\n' "${first#??}" >"$spool/first"
  read -r word rest <"$spool/first"
  [ -z "$word" ] || set -- "$word" ${rest:+"$rest"} "$spool/command"
  ;;
esac

# as whom, and where. The agent sets no HOME
as=
if [ "$user" ]; then
  uid=$(id -u -- "$user") && gid=$(id -g -- "$user") || refuse no-user "ssm-run-as: this node has no user '$user'"
  USER=$(id -un -- "$user")
  HOME=$({ getent passwd "$uid" || grep "^[^:]*:[^:]*:$uid:" /etc/passwd; } | cut -d : -f 6)
  if [ "$uid" != "$(id -u)" ]; then
    for as in "setpriv --reuid $uid --regid $gid --init-groups" "sudo -n -E -u #$uid" ''; do $as true && break; done
    [ "$as" ] || refuse no-switch "ssm-run-as: this node has neither setpriv nor sudo"
    chown "$uid" "$spool/command" "$spool/1" "$spool/2" && chmod 711 "$spool"
  fi
fi
export HOME="${HOME:-/root}" USER="${USER:-root}" LOGNAME="${USER:-root}"
case $dir in [!/]*) dir=./$dir ;; esac
[ -z "$dir" ] || { $as sh -c 'cd "$1"' sh "$dir" && cd "$dir"; } ||
  refuse no-directory "ssm-working-directory: '$dir' is no directory that $USER can enter on this node"

# stdout and stderr of the command are pipes, as with the agent. A collector on each writes its private file, not much
# more than will be delivered; what comes after that, or after the command, is read and dropped. Collectors and keeper
# have sessions of their own: to cancel, the agent kills this script's group with SIGKILL
setsid=$(command -v setsid)
alone() { $setsid sh -c "$@" <&5 5<&- 3>&- 7>&- 8>&- 9>&- & }
collect='trap : TERM; trap "" XFSZ; ulimit -f "$0"; cat || exec cat >/dev/null'
exec 7<>"$spool/1" 8<>"$spool/2" 9<>"$spool/alive"
alone "$collect" $((max / 512 + 8)) 5<"$spool/1" >"$spool/out"
collectors=-$!
alone "$collect" $((max / 512 + 8)) 5<"$spool/2" >"$spool/err"
collectors="$collectors -$!"
exec 7>"$spool/1" 8>"$spool/2"

# the keeper ends the command when its time is over, or when this script is gone without having said that it is done
[ -z "$setsid" ] || alone "$stop"'
  spool=$1 run=$2 seconds=$3 grace=$4
  [ "$seconds" = 0 ] || { sleep "$seconds" && : >"$spool/timeout" && stop; } &
  read -r said
  if [ -e "$spool/timeout" ]; then wait; elif [ "$said" != done ]; then stop; fi
  trap : TERM
  kill -TERM 0
' keeper "$spool" "$run" "$seconds" "$grace" 5<"$spool/alive" >/dev/null
keeper=$!

if [ "$live" ]; then
  follow out 3>&- 7>&- 8>&- 9>&- &
  following=$!
  follow err >&3 3>&- 7>&- 8>&- 9>&- &
  following="$following $!"
fi

# the command: in the foreground (in the background a shell ignores SIGINT), in a session of its own, and with stderr
# redirected only inside (this shell would add "Killed" to it)
RUNDECK_SSM_RUN=$run $setsid sh -c 'echo $$ >"$0/pid"; umask "$1"; shift; exec "$@" 2>&8 8>&-' \
  "$spool" "$mask" $as "$@" </dev/null >&7 3>&- 7>&- 9>&-
code=$?
trap '' PIPE
echo done >&9
note=
[ ! -e "$spool/timeout" ] || { code=124 note=timeout && wait "$keeper"; }
rm -f "$spool/pid"

# a mark behind all that the command has written: children that write on are neither waited for nor read
: >"$spool/over"
mark="
end-$run"
echo "$mark" >&7
echo "$mark" >&8
measure() {
  tries=0 size=
  until [ "$size" ]; do
    n=$(($(wc -c <"$1"))) at=$((n - ${#mark} - 1)) tries=$((tries + 1))
    if [ "$(tail -c "+$((at + 1))" "$1" | head -c "${#mark}")" = "$mark" ]; then
      size=$at
    elif [ "$tries" -gt 8 ]; then # somebody has written behind it, or it is beyond what is kept, or the disk is full
      line=$(sed -n "/^end-$run\$/{=;q;}" "$1")
      if [ "$line" ]; then
        size=$(($(head -n $((line - 1)) "$1" | wc -c) - 1))
      elif [ "$at" -gt "$max" ]; then
        size=$at
      elif [ "$tries" -ge 30 ]; then
        size=$n note=$note,incomplete
      fi
    fi
    [ "$size" ] || [ "$tries" -lt 5 ] || sleep 0.05 || sleep 1
  done
  [ "$size" -le "$max" ] || size=$max note=$note,cut-${1##*/}
}
measure "$spool/out"
outs=$size
measure "$spool/err"
errs=$size
exec 7>&- 8>&-
kill -TERM $collectors
echo "code=$code outs=$outs errs=$errs note=$note" >"$spool/result.new" && mv "$spool/result.new" "$spool/result"
deliver
# what nobody has fetched within 12 hours
find "$base" -maxdepth 1 -type d -user "$(id -u)" -name '.rundeck-ssm-*' -mmin +720 \
  -exec sh -c '{ read -r pid <"$1/pid" && kill -0 "$pid"; } || rm -rf "$1"' sh {} \;
case $code in 137 | 168 | 194) exit 1 ;; esac # to the agent they mean a timeout, success and a reboot
exit "$code"
