# Ends a command: TERM to its whole tree, and KILL to what is left after the grace. The tree is its process group, whoever
# left that but kept its environment or one of its pipes, and the children of these. A number alone is no proof: it may have
# become another's, after a reboot at the latest; start and boot tell. (Texts, because the shells that need them are others.)
see='
see() { # number, parent, group, state, and start of all processes, or of one
  [ -e /proc/self/stat ] || { ps ${1:+-p} "${1:--A}" -o pid= -o ppid= -o pgid= -o stat= -o lstart=; return; }
  read -r boot </proc/sys/kernel/random/boot_id
  for p in ${1:-$(cd /proc && echo [0-9]*)}; do
    read -r stat <"/proc/$p/stat" && set -- ${stat##*) } && echo "$p $2 $3 $1 ${20} $boot"
  done
}
'
stop=$see'
marked() {
  grep -ls "RUNDECK_SSM_RUN=$label" /proc/[0-9]*/environ
  ls -l /proc/[0-9]*/fd/[12] | sed -n "s|.* \\(/proc/[0-9]*/\\)fd/.*/\\.rundeck-ssm-$label/[12]\\( (deleted)\\)*\$|\\1|p"
}
belongs() {
  case $mine in *"|$p $born|"*) return ;; esac
  case " $p $parent " in *" ${runner:-none} "*) return 1 ;; esac # dash itself holds a pipe while it waits
  case $found in *" $p "* | *" $parent "*) return ;; esac
  [ "$in" = "$group" ]
}
tree() { # who of it lives; what has once been found in it stays
  found=" $(marked | tr -cs 0-9 " ") " known= all=$(see)
  until [ "$known" = "$found$group" ]; do
    known=$found$group alive= strays=
    while read -r p parent in state born; do
      case $state in Z*) continue ;; esac # the dead whom nobody has reaped
      belongs || continue
      case $found in *" $p "*) ;; *) found="$found$p " ;; esac
      case $mine in *"|$p $born|"*) ;; *) mine="$mine$p $born|" ;; esac
      alive=1
      [ "$in" != "$own" ] || group=$own
      [ "$in" = "$group" ] || strays="$strays $p"
    done <<END
$all
END
  done
}
signal() {
  tree
  [ "$group" = none ] || kill "-$1" "-$group"
  [ -z "$strays" ] || kill "-$1" $strays
}
stop() {
  pid= runner= own= # a runner that was killed at once has not noted them
  read -r pid runner own _ born <"$spool/pid"
  mine="|$pid $born|" group=none
  [ "$own" ] && [ "$own" = "$pid" ] || own=-
  signal TERM
  sleep 0.2 || sleep 1
  while tree && [ "$alive" ] && [ "$grace" -gt 0 ]; do sleep 1; grace=$((grace - 1)); done
  for again in 1 2 3 4 5; do # who forks may escape a round
    [ "$alive" ] || break
    signal KILL
    sleep 0.1 || sleep 1
    tree
  done
  [ -z "$alive" ] || true >"$spool/left"
  rm -f "$spool/pid"
}'
