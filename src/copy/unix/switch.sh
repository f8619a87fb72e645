# what the receiver does in that user's folders it does as that user, who can put links there
uid=$(id -u -- "$user") && gid=$(id -g -- "$user") && groups=$(id -G -- "$user") || fail no-user
as_itself() { "$@"; }
as_setpriv() { setpriv --reuid "$uid" --regid "$gid" --init-groups -- "$@"; }
as_runuser() { runuser -u "$user" -- "$@"; }
as_sudo() { sudo -n -u "#$uid" -- "$@"; }
as_su() { su -s /bin/sh -c 'exec "$@"' -- "$user" sh "$@"; }
as_python3() {
  python3 -c 'import os, sys
os.setgroups([int(group) for group in sys.argv[3].split()])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[1]))
os.execvp(sys.argv[4], sys.argv[4:])' "$uid" "$gid" "$groups" "$@"
}
as_perl() {
  perl -MPOSIX -e '($u, $g, $all) = splice @ARGV, 0, 3; $) = "$g $all"; setgid($g); setuid($u); exec @ARGV' \
    "$uid" "$gid" "$groups" "$@"
}
for as in itself setpriv runuser sudo su python3 perl none; do
  [ "$("as_$as" id -u 2>/dev/null)" != "$uid" ] || break
done
[ "$as" != none ] || fail no-switch
receive() { "as_$as" sh -c "$receiver" copy; }
