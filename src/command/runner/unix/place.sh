more= note= from1=0 from2=0 held=
refuse() {
  printf '%s\n' "rundeck-ssm: $2" >&3
  echo "[rundeck-ssm $run refused=$1]"
  [ -z "$live" ] || echo "[rundeck-ssm $run refused=$1]" >&3
  rm -rf "$spool"
  exit 78
}

# what carries the output as it is
for tool in cat chmod grep head mkdir mv rm sed sleep tail tr wc; do
  command -v $tool >&2 || refuse no-tool "this node has no $tool, which the runner needs; ssm-runner=none does without"
done
command -v base64 >&2 || [ "$(printf ab | text)" = YWI= ] ||
  refuse no-tool "this node has neither base64, openssl, python3, perl nor od with awk, one of which the runner needs; ssm-runner=none does without"
for tool in mkfifo mknod perl python3 ''; do ! command -v "$tool" >&2 || break; done
fifos() {
  case $tool in
  mkfifo) mkfifo "$@" ;;
  mknod) for pipe; do mknod "$pipe" p || return; done ;;
  perl) perl -MPOSIX -e 'mkfifo($_, 0600) || exit 1 for @ARGV' "$@" ;;
  python3) python3 -c 'import os, sys; [os.mkfifo(pipe, 0o600) for pipe in sys.argv[1:]]' "$@" ;;
  *) refuse no-tool "this node has neither mkfifo, mknod, perl nor python3, one of which the runner needs; ssm-runner=none does without" ;;
  esac
}

# the private files: the command, its output so far, and pipes. In /dev/shm or /run where the disks are full
for base in "${TMPDIR:-/var/tmp}" /var/tmp /tmp /dev/shm /run; do
  spool=$base/.rundeck-ssm-$label
  free=32768
  ! command -v df >&2 || { set -- $(LC_ALL=C df -Pk "$base") && free=${11-}; } # the fourth word of the line behind seven of titles
  [ "${free:-0}" -ge 32768 ] && mkdir "$spool" || continue
  fifos "$spool/1" "$spool/2" "$spool/alive" && rundeck_command >"$spool/command" && break
  rm -rf "$spool"
done
[ -d "$spool" ] ||
  refuse no-room "no room for private files in /var/tmp, /tmp, /dev/shm and /run on this node; ssm-runner=none does without"
