# With CloudWatch: copies what is new in a private file to the agent. Whole lines go as they are if CloudWatch keeps them
# exact, anything else as a packed line: CRLF, invalid UTF-8, control characters, an unfinished line, and blank lines
# within so much text that the agent splits it (it drops a newline where it does).
exact() {
  ! LC_ALL=C grep -q -e "$(printf '\r')\$" -e "^.rundeck-ssm $run " "$1" || return 1
  [ "$n" -le 16000 ] || ! LC_ALL=C grep -q '^$' "$1" || return 1
  odd=$(LC_ALL=C tr -cd '\0-\10\13\14\16-\32\34-\37' <"$1" | wc -c)
  [ $((odd)) -eq 0 ] || return 1 # a control character, but neither tab, newline nor escape
  odd=$(LC_ALL=C tr -cd '\200-\377' <"$1" | wc -c)
  [ $((odd)) -eq 0 ] || iconv -f UTF-8 -t UTF-8 <"$1" >&2
}
follow() {
  file=$spool/$1 new=$spool/$1.new from=0 quiet=0 last=
  # when the runner has died the rest is a recovery's
  until [ "$last" ] || [ -e "$spool/gone" ] || [ ! -d "$spool" ]; do
    size=$(wc -c <"$file")
    size=$((${size:-0})) # the command may have removed it
    [ "$size" -le "$max" ] || size=$max
    [ ! -e "$spool/over" ] || size=$from # the end is being measured
    read -r _ outs errs _ <"$spool/result" && last=1 && { [ "$1" = out ] && size=$outs || size=$errs; }
    quiet=$((quiet + 1))
    while [ "$from" -lt "$size" ]; do
      n=$((size - from))
      [ "$n" -le 60000 ] || n=60000
      tail -c "+$((from + 1))" "$file" | head -c "$n" >"$new" || break # the disk is full: what does not come is told of in the end
      lines=$n
      [ -z "$(tail -c 1 "$new" | tr '\0' x)" ] || lines=$((n - $(tail -n 1 "$new" | wc -c)))
      if [ "$lines" -gt 0 ]; then
        n=$lines
        head -c "$n" "$new" >"$new.lines" || break
        mv "$new.lines" "$new"
      elif [ ! "$last" ] && [ "$n" -lt 60000 ] && [ "$quiet" -lt 4 ]; then
        break # the rest of the line may still come
      fi
      if [ "$lines" -gt 0 ] && exact "$new"; then cat "$new"; else echo "[rundeck-ssm $run ${raw:+$raw }$(pack <"$new" | text)]"; fi
      from=$((from + n)) quiet=0
    done
    [ "$last" ] || sleep 0.5 || sleep 1
  done
}
# the output is out: the line for Rundeck, on both streams, is the end of each
deliver() {
  keep=
  wait $following
  sum=$({ head -c "$outs" "$spool/out"; head -c "$errs" "$spool/err"; } | sha256)
  case $note in *full*) more="$more at=$(printf %s "$base" | tr -c '[:alnum:]/._-' '?')" ;; esac
  line="[rundeck-ssm $run exit=$code out=$outs err=$errs form=live sum=${sum%% *}$more${note:+ note=${note#,}}]"
  echo "$line"
  echo "$line" >&3
}
