set -f
# sets what ls -n says of a file
look() {
  set -- $(ls -dn "$1")
  mode=$1 owner=$3 group=$4
}
if has id; then me=$(id -u); else look /proc/self/. && me=$owner; fi

# where to: ~ is the home of the one who does this
home_of() {
  { getent passwd "$1" 2>/dev/null || cat /etc/passwd; } | while IFS=: read -r login _ id _ _ home _; do
    if [ "$login" = "$1" ] || [ "$id" = "$1" ]; then printf '%s\n' "$home" && break; fi
  done
}
case $to in
  '~'*)
    login=${to#?} login=${login%%/*} home=$HOME
    if [ "$login" ] || [ "$user" ] || [ -z "$home" ]; then home=$(home_of "${login:-$me}"); fi
    [ -d "$home" ] || fail no-home
    to=$home${to#"~$login"}
    ;;
esac
case $to in /*) ;; *) to=${PWD%/}/$to ;; esac
case $to in */ | */. | */..) isFolder=yes ;; *) isFolder=$([ ! -d "$to" ] || echo yes) ;; esac
if [ "$isFolder" ]; then
  [ -z "$wrong" ] || { printf '%s\n' "$wrong" >&2 && fail name; }
  to=${to%/}/$name
fi

# In a folder where everybody may put something (/tmp), a link or file counts only if it is ours or the folder's owner's.
# Source: fs.protected_symlinks and fs.protected_regular of Linux, which may be off, and which a script that reads links is past
refuse_foreign() {
  look "${1%/*}"
  shared=$mode keeper=$owner
  look "$1"
  case $shared in
    d???????w[tT]*) [ "$owner" = "$me" ] || [ "$owner" = "$keeper" ] || fail foreign ;;
  esac
}
# what the file may take the place of
refuse_other() {
  [ ! -d "$1" ] || fail directory
  mode=''
  [ ! -e "$1" ] || refuse_foreign "$1"
  case $mode in '' | -*) ;; *) fail special ;; esac
}
[ -d "$to" ] || [ ! -e "$to" ] || [ -f "$to" ] || fail special

# Goes to the folder word by word, so that nobody can put a link in between. `own` are the words that the user gave: folders
# that are missing there are made
rest=$to own=$to links=0 base=''
cd /
while [ "$rest" ]; do
  left=$rest word=${rest%%/*} rest=${rest#"${rest%%/*}"}
  case $rest in /*) rest=${rest#/} isLast='' ;; *) isLast=yes ;; esac
  case $word in
    '' | .) continue ;;
    ..)
      cd -P .. || fail folder
      continue
      ;;
  esac
  if [ -L "./$word" ]; then
    refuse_foreign "./$word"
    links=$((links + 1))
    [ "$links" -le 40 ] || fail loop
    target=$(readlink "./$word") && [ "$target" ] || fail link
    [ "${#left}" -gt "${#own}" ] || own=$rest
    case $target in /*) cd / ;; esac
    [ "$isLast" ] || target=${target%/}/$rest
    rest=$target
  elif [ "$isLast" ]; then
    base=$word
  else
    here=${PWD%/}
    [ -d "./$word" ] || [ "${#left}" -le "${#own}" ] || fail link
    [ -d "./$word" ] || (umask 022 && mkdir "./$word") || [ -d "./$word" ] &&
      cd -P "./$word" && [ "${PWD%/*}" = "$here" ] || { echo "in ${here:-/}" >&2 && fail folder; }
  fi
done
[ "$base" ] || fail link
refuse_other "./$base"
