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
  note=agent spool=${TMPDIR:-/var/tmp}/.rundeck-ssm-$run
  [ "$command" ] && [ -e "$agent/stdout" ] && mkdir "$spool" && ln -s "$agent/stdout" "$spool/out" && ln -s "$agent/stderr" "$spool/err" || {
    echo "[rundeck-ssm $run gone]"
    exit 0
  }
fi
outs=$(($(wc -c <"$spool/out"))) errs=$(($(wc -c <"$spool/err")))
[ ! -e "$spool/result" ] || . "$spool/result"
deliver
