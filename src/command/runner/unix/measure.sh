# Usage: measure FILE PIPE COLLECTOR. One that somebody has stopped may take its time: a minute. One that is dead writes no more,
# though the mark went into its pipe, since it was not dead yet then, or something else holds the pipe
measure() {
  tries=0 size= seen=
  until [ "$size" ]; do
    lost=
    kill -0 "$3" || kill -0 "${3#-}" || lost=,incomplete
    [ ! -e "$2.lost" ] || lost=,incomplete
    [ ! -e "$2.full" ] || lost=,incomplete,full
    [ "$tries" -lt 145 ] || lost=,incomplete
    n=$(($(wc -c <"$1"))) at=$((n - ${#mark} - 1)) tries=$((tries + 1))
    if [ "$(tail -c "+$((at + 1))" "$1" | head -c "${#mark}")" = "$mark" ]; then
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
  [ "$size" -le "$max" ] || size=$max note=$note,cut-${1##*/}
}
