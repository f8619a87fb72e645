# Usage: measure FILE PIPE N. Sets `size`, and `last`: empty where there is nothing before it or a newline ends it, unset where
# that is not known. Of N bytes, which the file had a moment ago, it sets `short` if that was all and is short, else unsets it. A collector
# that somebody has stopped may take its time: a minute. One that is dead writes no more, though the mark went into its pipe, since it
# was not dead yet then, or something else holds the pipe
measure() {
  tries=0 size= seen=
  unset last
  if read_short "$1" "$3"; then size=${#short}; else unset -v short; fi
  first= second=
  read -r first second <"$spool/collectors"
  case $2 in */1) collector=$first ;; *) collector=$second ;; esac
  until [ "$size" ]; do
    lost=
    [ -e "$1" ] || lost=,incomplete # the command has removed it
    [ -z "$collector" ] || kill -0 "$collector" || lost=,incomplete # a full disk may not have taken their numbers
    [ ! -e "$2.lost" ] || lost=,incomplete
    [ ! -e "$2.full" ] || lost=,incomplete,full
    [ "$tries" -lt 145 ] || lost=,incomplete
    n=$(wc -c <"$1")
    n=$((${n:-0})) at=$((n - ${#mark} - 1)) tries=$((tries + 1))
    if marked_at "$at" "$1"; then
      size=$at
    elif [ "$tries" -gt 8 ] && [ "$n" != "$seen" ] && line=$(sed -n "/^end-$run\$/{=;q;}" "$1") && [ "$line" ]; then
      size=$(($(head -n $((line - 1)) "$1" | wc -c) - 1)) # somebody has written behind it
    elif [ "$at" -gt "$max" ] && { [ "$lost" ] || [ "$tries" -gt 8 ]; }; then
      size=$at # it is beyond what is kept
    elif [ "$lost" ]; then
      size=$n note=$note$lost
    fi
    [ "$tries" -le 8 ] || seen=$n
    if [ "$size" ] || [ "$tries" -lt 5 ]; then :; elif [ "$tries" -lt 30 ]; then sleep 0.05 || sleep 1; else sleep 0.5 || sleep 1; fi
  done
  [ "$size" -le "$max" ] || { unset -v last short && size=$max note=$note,cut-${1##*/}; }
}
# What the collectors have written so far, `err` and `out`, counted by one program: each costs as much as all else here. It needs a moment
# until the marks are there, and to look costs less than to count. On a busy machine they come when somebody else makes room for them
count_both() {
  tries=0
  until [ -s "$spool/err" ] && [ -s "$spool/out" ] || [ "$tries" = 60 ]; do
    tries=$((tries + 1))
    [ "$tries" -le 40 ] || sleep 0.01 || break
  done
  cd "$spool" && wc -c err out
}
# Usage: read_short FILE N. A short text and the mark behind it; as many characters as bytes are in the file: so no shell has lost one of them
read_short() {
  [ "${2:-9999}" -le 4000 ] || return
  if [ "$2" = $((${#mark} + 1)) ]; then
    { IFS= read -r short && [ -z "$short" ] && IFS= read -r short; } <"$1"
    short=$newline$short
  elif [ "$2" -le 400 ]; then
    # this shell reads a byte at a time, which up to here costs less than a program
    short=
    while IFS= read -r line; do short=$short$line$newline; done <"$1"
    short=${short%"$newline"}
  else
    short=$(cat "$1")
  fi
  [ $((${#short} + 1)) = "$2" ] || return
  case $short in *"$mark") short=${short%"$mark"} ;; *) return 1 ;; esac
  case $short in '' | *"$newline") last= ;; *) last=x ;; esac
}
# Whether the mark stands there. With it the byte before it is read; one that no shell can hold may be anything's, so that it is read without
marked_at() {
  [ "$1" -ge 0 ] || return
  [ "$1" = 0 ] || case $(window $(($1 - 1)) $((${#mark} + 1)) "$2") in
  "$mark") ;;
  "
$mark") last= && return ;;
  *"$mark") last=x && return ;;
  *) return 1 ;;
  esac
  [ "$(window "$1" ${#mark} "$2")" = "$mark" ] && last=
}
window() {
  if command -v dd >&2; then dd if="$3" bs=1 skip="$1" count="$2"; else tail -c "+$(($1 + 1))" "$3" | head -c "$2"; fi
}
