# A follow-up for a command that was cancelled, or whose line for Rundeck never came: what it wrote so far.
n=0
while [ -e "$spool/pid" ] && [ "$n" -le $((grace * 4)) ]; do # the keeper is at it
  n=$((n + 1))
  sleep 0.25 || sleep 1
done
[ ! -e "$spool/pid" ] || { eval "$stop" && grace=0 && stop; }
note=recovered code=0
if [ ! -e "$spool/out" ]; then # the agent keeps what it was given, beside this very script
  mine=${0%/*}
  agent=${mine%%"/$SSM_COMMAND_ID/"*}/$command/${mine#*"/$SSM_COMMAND_ID/"}
  rm -rf "$spool" # its runner was killed while it made it
  note=agent spool=${TMPDIR:-/var/tmp}/.rundeck-ssm-$run
  [ "$command" ] && [ -e "$agent/stdout" ] && mkdir "$spool" && ln -s "$agent/stdout" "$spool/out" && ln -s "$agent/stderr" "$spool/err" || {
    echo "[rundeck-ssm $run gone]"
    exit 0
  }
fi
outs=$(($(wc -c <"$spool/out"))) errs=$(($(wc -c <"$spool/err")))
[ ! -e "$spool/result" ] || . "$spool/result"
# the rest only: of the agent's files that is counted differently
[ "$note" != agent ] || from1=$text1 from2=$text2
outs=$((outs - from1)) errs=$((errs - from2))
[ "$outs" -ge 0 ] || outs=0
[ "$errs" -ge 0 ] || errs=0
[ "$outs" -le "$max" ] || { outs=$max && note=$note,cut-out; }
[ "$errs" -le "$max" ] || { errs=$max && note=$note,cut-err; }
out() { tail -c "+$((from1 + 1))" "$spool/out" | head -c "$outs"; }
err() { tail -c "+$((from2 + 1))" "$spool/err" | head -c "$errs"; }
deliver
