# The thin client: hands its execution to the sidecar, a process that all executions of one Rundeck server share, and prints what comes
# back. Where no sidecar is to be had, or it fails on the way, the execution goes on in a process of its own. What both say to each other:
# sidecar/frames.ts. All of it is bash's own means, since a program started for each node and step would cost more than everything else.

build=@BUILD@

# Usage: run_shared exec|copy. Ends the process; returns where the execution has to begin here.
run_shared() {
  kind=$1 line='' trace=- out=0 err=0 killed='' silent=0 since_kill=0 hung='' unwritable=''
  printed=0 printer_pipe='' taking_over='' outputs=two unended=''
  local base=/tmp/.rundeck-ssm-$UID
  trap '' PIPE
  # bash turns 1 and 2 elsewhere and back as it goes, so that nobody else can tell
  [[ /dev/fd/1 -ef /dev/fd/2 ]] && outputs=one
  exec 9>&2
  folder=$base/$build-$PPID
  greet || { (($? == 1)) && find_sidecar; } || {
    trap - PIPE
    exec 9>&-
    return 0
  }
  { follow; } 2>/dev/null
  if [[ $hung && ! $killed ]]; then
    { end_hung; } 2>/dev/null
    # what it had told before its end is still to be heard
    { follow; } 2>/dev/null
  fi
  end_shared
}

# 0: the execution is the sidecar's. 1: nobody is there. 2: somebody is, but not for us. Nothing has been done but in the first case.
greet() {
  [[ -e $base || -L $base ]] || return 1
  is_own_folder "$base" || return 2
  ! is_hopeless || return 2
  is_own_folder "$folder" && read_words "$folder/port" && ((${#words[@]} == 5)) || return 1
  set_address "${words[@]}"
  connect
}

set_address() {
  port=$1 token=$2 server_token=$3 sidecar=$4 start=$5
}

is_own_folder() {
  [[ -d $1 && -O $1 && ! -L $1 ]]
}

# Sets `words`. What lies there may not be what was written: nothing is read through a link or from a pipe, and no more is taken than words
# of letters and digits. (Arithmetic in bash runs what it is given, as in a[$(...)].)
read_words() {
  local line=''
  words=()
  [[ -f $1 && -O $1 && ! -L $1 ]] || return 1
  IFS= read -r line 2>/dev/null <"$1"
  [[ $line && $line != *[!A-Za-z0-9\ ]* ]] || return 1
  words=($line)
}

# Usage: is_number WORD. What is one can't be read in another way, as 08 is by arithmetic.
is_number() {
  [[ $1 == [1-9]* && $1 != *[!0-9]* && ${#1} -lt 16 ]]
}

connect() {
  local word said status
  { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
  printf '%s %s %s %s\n' "$token" "$$" "$kind" "$outputs" 2>/dev/null >&3
  read -r -t 3 -u 3 word said 2>/dev/null
  status=$?
  [[ $word == A && $said == "$server_token" ]] && give_go && return 0
  exec 3>&-
  ((status > 128)) && remember 10
  [[ $word == N ]] || ((status > 128)) || return 1
  return 2
}

# From the word go on a kill is for the sidecar, too, which hears nothing sooner. Before it a kill ends us, as it does every program.
give_go() {
  trap on_kill TERM INT HUP
  printf 'G\n' 2>/dev/null >&3
  [[ ! $killed ]] || tell_kill
  return 0
}

# While this is a trap, nothing runs in which bash would lose it, and with it the kill:
# - no break and no continue: a trap that becomes due before the loop has heard of them is skipped like the rest of the loop;
# - no word with $( ) or <( ): bash reads these anew when it expands them, and takes a trap that is due for a part of them. What is in
#   backquotes is read by a process of its own;
# - no wait for what lasts: one that is about to begin does not hear it;
# - no other trap, since a signal that comes while it is set is ignored.
on_kill() {
  killed=1
  if [[ $taking_over ]]; then stop_child; else tell_kill; fi
}

# The sidecar may be gone.
tell_kill() {
  { printf 'K\n' >&3; } 2>/dev/null
}

# Something may stand between the server and us, so the folder is another; or there is no sidecar yet.
find_sidecar() {
  import_server_environment
  may_share || return 2
  if [[ $server_pid != "$PPID" ]]; then
    folder=$base/$build-$server_pid
    greet && return 0
    (($? == 1)) || return 2
  fi
  make_base || return 2
  local round status=1 absent=0
  for ((round = 0; round < 200 && status == 1; round++)); do
    claim_start
    case $? in
      0)
        launch && connect || remember 60
        status=$?
        # one that listens has done it
        ((status == 0)) || release_start
        exec 4<&-
        ;;
      1)
        ((round)) || exec 5<> <(:)
        read -r -t 0.05 -u 5
        greet
        status=$?
        ;;
      2) status=2 ;;
    esac
  done 2>/dev/null
  exec 5<&-
  ((status != 1)) || remember 60
  ((status == 0)) || return 2
}

# This user's own, which stays. Each sidecar makes its folder in it.
make_base() {
  [[ -d $base ]] || PATH=/usr/bin:/bin mkdir -m 700 "$base" 2>/dev/null
  is_own_folder "$base" && [[ -w $base ]]
}

# A sidecar that can't be had costs every execution time, unless somebody remembers it. Usage: remember SECONDS
remember() {
  local now
  printf -v now '%(%s)T' -1
  echo "$((now + $1))" 2>/dev/null >"$folder.failed"
  return 2
}

is_hopeless() {
  local now until
  read_words "$folder.failed" && until=${words[0]} && is_number "$until" || return 1
  printf -v now '%(%s)T' -1
  ((now < until && until < now + 120))
}

# Of many that come at once one starts it. Who dies at it leaves a number, which may become another's: so the time counts, too.
# 0: it is ours to start. 1: somebody else's. 2: nobody's, for there is no room.
claim_start() {
  local owner='' since='' now
  printf -v now '%(%s)T' -1
  set -C
  if { exec 4>"$folder.starting"; } 2>/dev/null; then
    set +C
    { echo "$$ $now" >&4; } 2>/dev/null && exec 4>&- && return 0
    exec 4>&-
    release_start
    return 2
  fi
  set +C
  if [[ ! -e $folder.starting && ! -L $folder.starting ]]; then
    # given back in between; twice in a row there is no room for a file, as where a disk has no inode left
    ((absent++ == 0)) || return 2
    return 1
  fi
  absent=0
  read_words "$folder.starting" && owner=${words[0]} since=${words[1]-}
  if ! is_number "$owner" || ! is_number "$since"; then
    # about to be written, or what nobody of ours has written
    ((round % 20 < 19)) || release_start
  elif [[ ! -d /proc/$owner ]] || ((now < since || since + 20 < now)); then
    release_start
  fi
  return 1
}

release_start() {
  PATH=/usr/bin:/bin rm -f "$folder.starting"
}

# What may be a secret: the sidecar, which lives longer than we do, shows none in its environment, and takes these from the server's.
secrets='AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN
  http_proxy HTTP_PROXY all_proxy ALL_PROXY https_proxy HTTPS_PROXY'

# Starts the sidecar in a session of its own, with the server's environment and without ours, and reads its address from its one line.
launch() {
  { forget_strangers && find_node; } 2>&9
  exec 4< <(
    unset "${!RD_@}" "${!RUNDECK_SSM_@}" $secrets
    # glibc would keep for ever what a busy hour has left
    export MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
    close_descriptors
    cd /
    apart=/usr/bin/setsid
    [[ -x $apart ]] || apart=$(type -P setsid) || set -m
    $apart "$node" --no-warnings "$here/start.cjs" sidecar "$folder" "$server_pid" &
  )
  read -r -t 10 -u 4 port token server_token sidecar start && [[ $start ]]
}

# Whoever waits for the end of what we have inherited must not wait for the sidecar's. Bash closes its own script, 255, itself.
close_descriptors() {
  local descriptor
  exec </dev/null 2>/dev/null
  for descriptor in /proc/self/fd/*; do
    descriptor=${descriptor##*/}
    ((descriptor < 3 || descriptor == 255)) || eval "exec $descriptor>&-"
  done
}

# Prints what the sidecar sends, until it says the end. Returns when it is gone.
follow() {
  local LC_ALL=C word rest size total block beats=0
  shopt -u xpg_echo
  while next_line; do
    word=${line%% *} rest=${line#* }
    case $word in
      o | e)
        size=${rest% *} total=${rest#* }
        # without a time limit, with which bash reads a byte at a time: a block never comes in parts
        IFS= read -r -N "$size" -u 3 block || return
        beats=0
        show "$word"
        note_end "$word"
        echo R >&3
        if [[ $word == o ]]; then out=$total; else err=$total; fi
        ;;
      T) trace=$rest ;;
      B)
        ((since_kill >= rest)) || since_kill=$rest
        ((++beats < 14)) || give_up
        ;;
      X) exit "$rest" ;;
      D)
        trace=direct
        return
        ;;
    esac
  done
}

# Sets `line`. A limit that came in the very moment in which a line ends would cost its newline; so only the first letter is waited for
# with one, and that is there though the limit may be over as well. A signal may come between two bytes: what has been read stays.
next_line() {
  local piece status
  piece=''
  until [[ $piece ]]; do
    IFS= read -r -t 1 -N 1 -u 3 piece
    status=$?
    [[ $piece ]] || { ((status > 128)) && is_patient; } || return 1
  done
  silent=0 line=$piece
  while :; do
    IFS= read -r -u 3 piece
    status=$?
    line+=$piece
    ((status == 0)) && return 0
    ((status > 128)) || return 1
  done
}

# Counts seconds rather than read a clock, which may be set or stand still: a minute of silence, but after a kill only moments.
is_patient() {
  ((silent++))
  if [[ $killed ]]; then
    ((since_kill++))
    ((since_kill < 14)) || give_up
    ((silent < 6)) || hung=1
  else
    ((silent < 60)) || hung=1
  fi
  [[ ! $hung ]]
}

# Nothing more is written to what has refused a part. What fits into any pipe is printed here; for more see `print_apart`.
# bash's own complaint goes to the sidecar, which knows what to make of it.
show() {
  [[ $unwritable != *$1* ]] || return 0
  printed=$((printed + size))
  if ((printed <= 4096)); then print "$1" 2>&3; else print_apart "$1"; fi && return
  unwritable+=$1
  if [[ $1 == o ]]; then echo 'W 1' >&3; else echo 'W 2' >&3; fi
}

# Which of the outputs stand within a line: what another process writes may have to begin one.
note_end() {
  if [[ $outputs == one ]]; then unended=''; else unended=${unended//$1/}; fi
  [[ $block == *$'\n' ]] || unended+=$1
}

# echo writes a block at once, printf a line at a time.
print() {
  local fd=1
  [[ $1 == o ]] || fd=9
  if [[ $block == *\\* || $block == -* ]]; then printf %b "$block" >&"$fd"; else echo -n "$block" >&"$fd"; fi
}

# A signal that comes while a write waits for room makes bash drop this line and print the next ones. So a child writes, which hears no
# signals (Rundeck 6 gives them to it first), and a kill is not held up by a reader that takes nothing. It holds no connection: its end would
# not be seen.
print_apart() {
  local printer piece='' said='' rounds=0 status
  [[ $printer_pipe ]] || { open_pipe && printer_pipe=open; }
  { trap '' TERM INT HUP && print "$1" && echo ok >&5; } 2>&5 3>&- &
  printer=$!
  until read -r -t 1 -u 5 piece || ! is_printing; do :; done
  said+=$piece
  wait "$printer"
  status=$?
  [[ $said == ok ]] && return
  # one that came before it was deaf: it has printed nothing
  if [[ ! $said ]] && is_kill "$status"; then
    print_apart "$1"
    return
  fi
  echo "$said" >&3
  return 1
}

# After a second in which the printer has not come to an end. Ends it where that is not waited for any longer.
is_printing() {
  said+=$piece
  kill -0 "$printer" && { [[ ! $killed ]] || ((++rounds < 3)); } && return
  # what it has said in the very moment in which the second was over, as it may seem to a machine that stood still
  kill -KILL "$printer"
  wait "$printer"
  echo . >&5
  until IFS= read -r -u 5 piece && [[ $piece == *. ]]; do said+=$piece; done
  piece=''
  return 1
}

# Usage: is_kill STATUS. By TERM, INT or HUP.
is_kill() {
  (($1 == 143 || $1 == 130 || $1 == 129))
}

# Makes descriptor 5 a pipe of our own, for both directions.
open_pipe() {
  local from to
  coproc PIPE { read -r; }
  from=${PIPE[0]} to=${PIPE[1]}
  exec 5<>"/dev/fd/$from" {from}<&- {to}>&-
}

# Makes descriptor 4 one from which nothing ever comes, so that a read with a limit is a pause: a socket that sends nothing.
open_pause() {
  exec 4<>/dev/udp/127.0.0.1/9
}

# The sidecar answers, but not to the end.
give_up() {
  local begin='' id='' known='; its end was asked for, but not confirmed: it may be going on on the node'
  [[ $unended == *e* || ($outputs == one && $unended) ]] && begin=$'\n'
  # a run is told of before anything is sent
  [[ $trace != - ]] || known=', never begun: nothing was sent, or it never began on the node'
  [[ $trace != *:* ]] || { id=${trace#*:} && id="; command ${id%%:*}"; }
  line="node ${RD_NODE_NAME-}${RD_NODE_INSTANCEID:+ ($RD_NODE_INSTANCEID)}: killed by Rundeck$known$id"
  escape_controls
  printf '%srundeck-ssm: cancelled: %s\n' "$begin" "$line" >&9
  exit 143
}

# In `line`, which stays one.
escape_controls() {
  local code
  while [[ $line =~ [[:cntrl:]] ]]; do
    printf -v code '\\u%04x' "'${BASH_REMATCH[0]}"
    line=${line//"${BASH_REMATCH[0]}"/"$code"}
  done
}

# The execution goes on in a process of its own.
end_shared() {
  exec 3>&- 9>&-
  import_server_environment
  if [[ $trace == direct ]]; then
    trace=-
    trap - TERM INT HUP
    # nothing was sent, so from here on a kill may end us; one that came before is told
    if [[ ! $killed ]]; then
      trap - PIPE
      return 0
    fi
    trap on_kill TERM INT HUP
  fi
  take_over
}

# That process knows what the sidecar has told of the run, and how much has been printed. It is a child of ours, which hears of a kill
# from us. Rundeck 6 gives that to the child first: one that did not listen yet has done nothing, and another one goes on in its place.
take_over() {
  local child='' listens='' heard='' code
  taking_over=1
  { open_pipe && open_pause && exec 5</dev/fd/5; } 2>/dev/null
  run_child
  if [[ ! $heard ]] && is_kill "$code"; then
    killed=1
    run_child
  fi
  exit "$code"
}

# Over a pipe it says that it listens: sooner a kill would end it, whatever bash has it ignore. The pipe's end is its own. Sets `code`, and
# `heard` where it has listened.
run_child() {
  local status
  listens=''
  [[ ! $killed ]] || export RUNDECK_SSM_KILLED=$((since_kill * 1000))
  exec 6>/dev/fd/5
  RUNDECK_SSM_RESUME="$trace $out $err ${unended:-.}" start_child &
  child=$!
  exec 6>&-
  # what it says stays in the pipe: a limit that comes in the middle of a read would lose it
  until read -t 0 -u 5 || ! kill -0 "$child" 2>/dev/null; do read -r -t 0.05 -u 4; done
  listens=1
  [[ ! $killed ]] || stop_child
  # a wait does not hear a kill that comes as it begins: so there is none before the end, which closes the pipe
  while kill -0 "$child" 2>/dev/null; do
    if read -r -t 1 -u 5; then heard=1; else (($? > 128)) || read -r -t 0.02 -u 4; fi
  done
  wait "$child" 2>/dev/null
  code=$?
  # a kill may have interrupted the first one
  wait "$child" 2>/dev/null
  status=$?
  ((status == 127)) || code=$status
  [[ $heard ]] || ! read -r -t 1 -u 5 || heard=1
}

stop_child() {
  [[ ! $listens ]] || kill -TERM "$child" 2>/dev/null
}

start_child() {
  trap - PIPE
  exec 5<&- 4<&-
  # what has refused a part takes no later one
  [[ $unwritable != *o* ]] || exec >/dev/full
  [[ $unwritable != *e* ]] || exec 2>/dev/null
  export RUNDECK_SSM_LISTENS=6
  start_bundle "$kind"
}

# A sidecar that says nothing must not wake up and go on beside us.
end_hung() {
  local round=0
  hung='' silent=0
  open_pause
  while ((round++ < 40)) && is_sidecar_there; do
    kill -KILL "$sidecar"
    read -r -t 0.05 -u 4
  done
  exec 4<&-
}

# Its number alone is no proof that it is ours.
is_sidecar_there() {
  local stat
  read -r stat <"/proc/$sidecar/stat" || return
  set -- ${stat##*) }
  [[ ${20-} == "$start" && $1 != Z ]]
}
