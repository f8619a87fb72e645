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
on_path() (
  IFS=:
  for folder in $PATH; do [ -f "${folder:-.}/$1" ] && [ -x "${folder:-.}/$1" ] && exit; done
  exit 1
)
if [ $# = 0 ]; then
  set -f
  set -- ${shell:-sh}
  set +f
  case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) on_path "$1" ;; # neither a keyword nor what only this shell has
  esac || no_shell "is no program on this node"
  # does it take a file, or, behind -c or -e, the command itself? Others than shells may have a -c of their own, with a word behind it
  kind= text= stdin= other=
  for word; do
    case $kind$text:$word in
    sh-*:[!-]*) no_shell "has '$word' behind $text, where the command has its place; leave it out" ;;
    -*:[!-]*) text= ;;
    esac
    case ${word##*/} in
    su | sudo | runuser | doas) other=yes ;;
    sh | bash | dash | ash | ksh | mksh | zsh) kind=sh stdin= ;;
    perl | ruby | node | nodejs) kind=code ;;
    esac
    case $kind:$word in
    *:--re[ug]id*) other=yes ;;
    *:--* | *:-*norc | *:-rcfile | *:-posix | *:-restricted | *:-*[!A-Za-z]*) ;;
    code:-*e | sh:-*c* | :-*c*) text=$word ;;
    sh:-*s*) stdin=$word ;;
    esac
  done
  if [ "$text" ]; then
    [ $(($(wc -c <"$spool/command"))) -le 131000 ] || no_shell "takes a command of at most 131,000 bytes; leave out $text"
    set -- "$@" "$(cat "$spool/command")"
  elif [ "$other" ]; then
    no_shell "keeps the other user from the command's file; end it with -c, or set ssm-run-as instead"
  elif [ "$stdin" ]; then
    no_shell "reads its standard input, and not the command; leave out $stdin"
  else
    set -- "$@" "$file"
  fi
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
