umask 077
export LC_ALL=C # messages in the words that Rundeck's side knows
has() { command -v "$1" >/dev/null; }
# the last line is for Rundeck; what a tool had to say about a failure stands before it, on stderr
answer() { printf '[rundeck-ssm %s %s]\n' "$run" "$*"; }
fail() {
  answer "failed=$1"
  exit 1
}

uid='' gid=''
if [ "$user" ]; then uid=$(id -u -- "$user") && gid=$(id -g -- "$user") || fail no-user; fi
own() { [ -z "$uid" ] || chown "$uid:$gid" "$1"; }

# where to: ~ is the home of the one whom the file will belong to
home_of() {
  { getent passwd "$1" 2>/dev/null || cat /etc/passwd; } | while IFS=: read -r login _ id _ _ home _; do
    if [ "$login" = "$1" ] || [ "$id" = "$1" ]; then printf '%s\n' "$home" && break; fi
  done
}
home='' rest=''
case $to in
  '~' | '~/'*)
    rest=${to#?}
    if [ "$user" ] || [ -z "$HOME" ]; then home=$(home_of "${uid:-$(id -u)}"); else home=$HOME; fi
    ;;
  '~'*)
    login=${to#?} login=${login%%/*} rest=${to#"~$login"}
    home=$(home_of "$login")
    ;;
esac
[ -z "$home" ] || to=$home$rest
case $to in /*) ;; *) to=${PWD%/}/$to ;; esac
case $to in */) to=$to$name ;; *) [ ! -d "$to" ] || to=$to/$name ;; esac

# private files beside the destination: on its file system, so that the last step is one rename
real=$to
[ ! -L "$to" ] || { real=$(readlink -f "$to") && [ "$real" ]; } || fail link
folder=${real%/*}
part=$folder/.rundeck-ssm-$run
