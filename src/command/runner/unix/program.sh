set --
# what runs it: the #! line as the kernel reads it (one word, the rest is one argument), else ssm-shell, else sh.
# It is not executed as a file, because /tmp and /var/tmp may forbid that
IFS= read -r first <"$spool/command"
case $first in
'#!'*)
  printf '%s\n' "${first#??}" >"$spool/first"
  read -r word rest <"$spool/first"
  [ -z "$word" ] || set -- "$word" ${rest:+"$rest"} "$file"
  ;;
esac
no_shell() { refuse no-shell "ssm-shell: '$shell' $*"; }
if [ $# = 0 ]; then
  set -f
  set -- ${shell:-sh}
  set +f
  case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) command -v "$1" >&2 ;;
  esac || no_shell "is no program on this node"
  for last; do :; done
  case ${1##*/}:$last in
  *:-*norc) set -- "$@" "$file" ;;
  *:-c | *:-[!-]c | *:-[!-][!-]c | *:-[!-][!-][!-]c) # it wants the command itself
    [ $(($(wc -c <"$spool/command"))) -le 131000 ] || no_shell "takes a command of at most 131,000 bytes; leave out -c"
    set -- "$@" "$(cat "$spool/command")"
    ;;
  su:* | sudo:* | runuser:* | doas:*) no_shell "keeps the other user from the command's file; end it with -c, or set ssm-run-as instead" ;;
  *) set -- "$@" "$file" ;;
  esac
fi

# what Windows puts where no shell shows it: in the command, or in the script that it begins with
bom=$(printf '\r\357\273\277')
cr=${bom%"${bom#?}"} bom=${bom#?}
sniff() {
  case $1 in
  "$bom"*) note=$note,bom ;;
  '#!'*"$cr") note=$note,crlf ;;
  esac
}
sniff "$first"
case $first in
"'"*) word=${first#?} word=${word%%"'"*} ;;
*) word=${first%%[ ;&|]*} ;;
esac
case $word in */*) [ ! -f "$word" ] || sniff "$(head -c 256 "$word" | head -n 1)" ;; esac
