# A follow-up while the command runs: what is new in its private files, waiting up to $ticks half seconds for it.
while
  o=$(wc -c <"$spool/out") e=$(wc -c <"$spool/err")
  o=$((${o:-0})) e=$((${e:-0})) # they may be gone
  [ "$o" -le "$max" ] || o=$max
  [ "$e" -le "$max" ] || e=$max
  o=$((o - from1)) e=$((e - from2))
  [ -d "$spool" ] && [ ! -e "$spool/over" ] || { echo "[rundeck-ssm $run over]" && exit 0; }
  [ $((o + e)) -le 0 ] && [ "$ticks" -gt 0 ]
do
  ticks=$((ticks - 1))
  sleep 0.5 || sleep 1
done
new() {
  tail -c "+$((from1 + 1))" "$spool/out" | head -c "$o"
  tail -c "+$((from2 + 1))" "$spool/err" | head -c "$e"
}
[ "$o" -le 80000 ] || o=80000
[ "$e" -le 20000 ] || e=20000
[ "$(new | pack | wc -c)" -le 17400 ] || { [ "$o" -le 13000 ] || o=13000; [ "$e" -le 4000 ] || e=4000; }
echo "[rundeck-ssm $run out=$o err=$e ${raw:+$raw }$(new | pack | text)]"
