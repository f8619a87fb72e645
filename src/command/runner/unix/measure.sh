# Usage: measure FILE PIPE COLLECTOR. Sets `size`, and `last`: empty where there is nothing before it or a newline ends it, unset where
# that is not known. A collector that somebody has stopped may take its time: a minute. One that is dead writes no more, though the
# mark went into its pipe, since it was not dead yet then, or something else holds the pipe
measure() {
  tries=0 size= seen=
  unset last
  # it needs a moment, and to look costs less than to count
  until [ -s "$1" ] || [ "$tries" = 400 ]; do tries=$((tries + 1)); done
  tries=0
  until [ "$size" ]; do
    lost=
    kill -0 "$3" || kill -0 "${3#-}" || lost=,incomplete
    [ ! -e "$2.lost" ] || lost=,incomplete
    [ ! -e "$2.full" ] || lost=,incomplete,full
    [ "$tries" -lt 145 ] || lost=,incomplete
    n=$(($(wc -c <"$1"))) at=$((n - ${#mark} - 1)) tries=$((tries + 1))
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
  [ "$size" -le "$max" ] || { unset last && size=$max note=$note,cut-${1##*/}; }
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
