# as whom, and where. The agent sets no HOME
home_of() { { getent passwd "$1" || grep "^[^:]*:[^:]*:$1:" /etc/passwd; } | cut -d : -f 6; }
as= home=${HOME:-/root}
if [ "$user" ]; then
  uid=$(id -u -- "$user") && gid=$(id -g -- "$user") || refuse no-user "ssm-run-as: this node has no user '$user'"
  USER=$(id -un -- "$user")
  HOME=$(home_of "$uid") home=$HOME
  if [ "$uid" != "$(id -u)" ]; then
    for as in "setpriv --reuid $uid --regid $gid --init-groups" "sudo -n -E -u #$uid" ''; do $as true && break; done
    [ "$as" ] || refuse no-switch "ssm-run-as: this node has neither setpriv nor sudo"
    chown "$uid" "$spool/command" "$spool/1" "$spool/2" && chmod 711 "$spool"
  fi
fi
export HOME="${HOME:-/root}" USER="${USER:-root}" LOGNAME="${USER:-root}"
to=$dir
case $dir in
'~'*)
  login=${dir#?} login=${login%%/*}
  [ -z "$login" ] || home=$(home_of "$(id -u -- "$login")")
  to=
  [ ! -d "$home" ] || to=$home${dir#"~$login"}
  ;;
esac
case $to in [!/]*) to=./$to ;; esac
[ -z "$dir" ] || { [ "$to" ] && $as sh -c 'cd "$1"' sh "$to" && cd "$to"; } ||
  refuse no-directory "ssm-working-directory: '$dir' is no directory that $USER can enter on this node"

# Where the command is, to what runs it: a name that is the same in every run, since shells complain in it. Descriptor 12 is
# the private folder, and whoever inherits it can read nothing there that he may not. (dash, often sh, can't open a 12.)
# Not by /dev/fd, which perl and gawk read for themselves, whatever follows the number: they would read the folder
opener=bash fd=12
command -v bash >&2 || { opener=sh && (eval 'exec 12<"$spool"'); } || fd=9
file=/proc/self/fd/$fd/command
(exec 6<"$spool" && [ -r /proc/self/fd/6/command ]) || {
  file=$spool/command opener=sh
  [ -z "$as" ] || $as sh -c '[ -r "$1" ]' sh "$file" || refuse no-directory "ssm-run-as: $USER cannot enter $base on this node"
}
