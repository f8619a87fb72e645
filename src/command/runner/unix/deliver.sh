# a short text is held by this shell: then no program reads it again
out() { if [ "${out_text+x}" ]; then printf %s "$out_text"; elif [ "$outs" != 0 ]; then head -c "$outs" "$spool/out"; fi; }
err() { if [ "${err_text+x}" ]; then printf %s "$err_text"; elif [ "$errs" != 0 ]; then head -c "$errs" "$spool/err"; fi; }
# may the output be printed as it is? It must be short enough for SSM, also as JSON, and plain text
printable() {
  [ "$outs" -le 23400 ] && [ "$errs" -le 7600 ] || return 1
  [ $((outs + errs)) -gt 0 ] || return 0
  if [ "${out_text+x}${err_text+x}" = xx ]; then
    # letters by name: what a range means is the locale's
    case $out_text$err_text in
    *[!]$newline' !"#$%()*+,./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\^_`abcdefghijklmnopqrstuvwxyz{|}~-']*) ;;
    *) return 0 ;;
    esac
  fi
  # every byte that JSON makes longer or that may be no text: control characters, < > & and all above ASCII
  odd=$({ out; err; } | LC_ALL=C tr -d '\11\12\15\40-\45\47-\73\75\77-\176' | wc -c)
  [ $((odd)) -gt 0 ] || return 0
  [ $((outs + errs + odd * 5)) -le 60000 ] || return 1
  odd=$({ out; err; } | LC_ALL=C tr -cd '\0-\10\13\14\16-\32\34-\37' | wc -c)
  [ $((odd)) -eq 0 ] || return 1 # a control character, but neither tab, newline nor escape
  out | iconv -f UTF-8 -t UTF-8 >&2 && err | iconv -f UTF-8 -t UTF-8 >&2
}
# prints the output, or the first page of it packed, and the line for Rundeck. Sets `keep` where the private files are still needed
deliver() {
  form=plain keep=$held
  printable || form=packed
  [ "$form" = plain ] || until { out; err; } | pack >"$spool/pack" || [ $((outs + errs)) = 0 ]; do # a full disk has no room for the pack
    outs=$((outs / 2)) errs=$((errs / 2)) note=$note,incomplete,full
    unset -v out_text err_text
    [ ! -L "$spool/out" ] || continue # the agent's
    dd of="$spool/out" bs=1 seek=$((from1 + outs)) count=0 </dev/null
    dd of="$spool/err" bs=1 seek=$((from2 + errs)) count=0 </dev/null
  done
  case $note in *full*) more="$more at=$(printf %s "$base" | tr -c '[:alnum:]/._-' '?')" ;; esac
  sum=$({ out; err; } | sha256)
  if [ "$form" = plain ]; then
    out
    [ -z "${last-$(out | tail -c 1)}" ] || echo
    err >&3
  else
    pack=$(($(wc -c <"$spool/pack"))) form="packed pack=$pack${raw:+ $raw}"
    echo "[rundeck-ssm: $outs bytes of stdout and $errs of stderr follow as base64 of gzip; Rundeck shows them plain]"
    page 0
    [ "$pack" -le 23400 ] || keep=1 # further commands fetch the rest
  fi
  echo "[rundeck-ssm $run exit=$code out=$outs err=$errs form=$form sum=${sum%% *}$more${note:+ note=${note#,}}]"
}
