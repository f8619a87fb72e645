# Ends a command: TERM to its whole tree, and KILL to what is left after the grace. The tree is its process group and
# whoever left that but kept the environment. (A text, because the shell that needs it is not this one.)
stop='
tagged() { grep -ls "RUNDECK_SSM_RUN=$run" /proc/[0-9]*/environ | tr -cd "0-9\n"; }
group() { read -r stat <"/proc/$1/stat"; stat=${stat##*) } stat=${stat#* * }; echo "${stat%% *}"; }
living() { # the dead whom nobody has reaped do not count: process 1 of a container may never do it
  for p in /proc/[0-9]*/stat; do
    read -r stat <"$p" && set -- ${stat##*) } && [ "$3" = "$pid" ] && [ "$1" != Z ] && return
  done
  [ "$(tagged)" ]
}
signal() {
  kill "-$1" "-$pid"
  for p in $(tagged); do [ "$(group "$p")" = "$pid" ] || kill "-$1" "$p"; done
}
stop() {
  read -r pid <"$spool/pid"
  signal TERM
  sleep 0.2
  while [ "$grace" -gt 0 ] && living; do sleep 1; grace=$((grace - 1)); done
  for again in 1 2 3 4 5; do # who forks may escape a round
    signal KILL
    [ "$(tagged)" ] || break
  done
  rm -f "$spool/pid"
}'
