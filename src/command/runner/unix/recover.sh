# A follow-up for a command that was cancelled, or whose line for Rundeck never came: what it wrote so far.
readers() { ls -l /proc/[0-9]*/fd/0 | grep -q -e "/.rundeck-ssm-$label/[12]\$" -e "/.rundeck-ssm-$label/alive\$"; }
# That may be alive all the same, and would deliver the output and remove it as the command ends: the keeper takes its death for a
# cancel. It has this pipe as 9, or where its shell keeps that for as long as a program runs, and can write to it; the keeper can't
runners=$(ls -l /proc/[0-9]*/fd/9 /proc/[0-9]*/fd/1[0-9] | sed -n "s|^lrwx.* /proc/\([0-9]*\)/fd/.*/\.rundeck-ssm-$label/alive\$|\1|p")
[ -z "$runners" ] || kill -KILL $runners
n=0
while [ -e "$spool/pid" ] && [ ! -e "$spool/over" ] && [ "$n" -le $((grace * 4)) ]; do # the keeper is at it
  [ "$n" != 0 ] || [ ! -e /proc/self/stat ] || readers || break # nobody is: the node has rebooted
  n=$((n + 1))
  sleep 0.25 || sleep 1
done
[ ! -d "$spool" ] || [ -e "$spool/over" ] || { eval "$stop" && grace=0 && stop; }
n=0
# a collector has not got to the end, or the keeper has only just seen that the runner is gone
while [ "$n" -lt 32 ] && readers; do
  n=$((n + 1))
  sleep 0.25 || sleep 1
done
note=recovered code=0 more=
if [ ! -e "$spool/out" ] || [ -L "$spool/out" ]; then # the agent keeps what it was given, beside this very script
  mine=${0%/*}
  agent=${mine%%"/$SSM_COMMAND_ID/"*}/$command/${mine#*"/$SSM_COMMAND_ID/"}
  rm -rf "$spool" # its runner was killed while it made it, or this was here before
  note=agent spool=${TMPDIR:-/var/tmp}/.rundeck-ssm-$label
  [ "$command" ] && [ -e "$agent/stdout" ] && mkdir "$spool" && ln -s "$agent/stdout" "$spool/out" && ln -s "$agent/stderr" "$spool/err" || {
    echo "[rundeck-ssm $run gone]"
    exit 0
  }
fi
size() { # without the runner's mark, if it was killed just behind it
  line=
  [ ! -e "$spool/over" ] || line=$(sed -n "/^end-$run\$/{=;q;}" "$1")
  if [ "$line" ]; then echo $(($(head -n $((line - 1)) "$1" | wc -c) - 1)); else wc -c <"$1"; fi
}
recall || outs=$(($(size "$spool/out"))) errs=$(($(size "$spool/err")))
# the rest only: of the agent's files that is counted differently
[ "$note" != agent ] || from1=$text1 from2=$text2
outs=$((outs - from1)) errs=$((errs - from2))
[ "$outs" -ge 0 ] || outs=0
[ "$errs" -ge 0 ] || errs=0
[ "$outs" -le "$max" ] || { outs=$max && note=$note,cut-out; }
[ "$errs" -le "$max" ] || { errs=$max && note=$note,cut-err; }
# what Rundeck has and what it gets now: together they must be this. (What the agent kept is not counted in the command's bytes)
got() { head -c "$((from1 + outs))" "$spool/out" && head -c "$((from2 + errs))" "$spool/err"; }
case $note in
agent*) ;;
*)
  all=$(($(got | wc -c))) of1=$(($(head -c "$((from1 + outs))" "$spool/out" | wc -c))) sum=$(got | sha256)
  more=" whole=$of1,$((all - of1)),${sum%% *}"
  ;;
esac
[ ! -e "$spool/left" ] || more="$more left=1"
out() { tail -c "+$((from1 + 1))" "$spool/out" | head -c "$outs"; }
err() { tail -c "+$((from2 + 1))" "$spool/err" | head -c "$errs"; }
deliver
# (who copied live output may just make a last name in it)
[ "$keep" ] || rm -rf "$spool" || { sleep 1 && rm -rf "$spool"; }
