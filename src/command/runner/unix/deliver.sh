out() { head -c "$outs" "$spool/out"; }
err() { head -c "$errs" "$spool/err"; }
# may the output be printed as it is? It must be short enough for SSM, also as JSON, and plain text
printable() {
  [ "$outs" -le 23400 ] && [ "$errs" -le 7600 ] || return 1
  # every byte that JSON makes longer or that may be no text, as hex: control characters, < > & and all above ASCII
  odd=$({ out; err; } | LC_ALL=C tr -d '\11\12\15\40-\45\47-\73\75\77-\176' | od -An -v -tx1 | tr -d '\n')
  case "$odd " in *' '[01][!b]' '* | *' '0b' '*) return 1 ;; esac # a control character, but not escape
  [ $((outs + errs + ${#odd} / 3 * 5)) -le 60000 ] || return 1
  case $odd in *' '[89a-f]*) out | iconv -f UTF-8 -t UTF-8 >&2 && err | iconv -f UTF-8 -t UTF-8 >&2 ;; esac
}
# prints the output, or the first page of it packed, and the line for Rundeck
deliver() {
  sum=$({ out; err; } | sha256sum) form=plain keep=
  if printable; then
    out
    [ -z "$(out | tail -c 1)" ] || echo
    err >&3
  else
    { out; err; } | pack >"$spool/pack"
    pack=$(($(wc -c <"$spool/pack"))) form="packed pack=$pack"
    echo "[rundeck-ssm: $outs bytes of stdout and $errs of stderr follow as base64 of gzip; Rundeck shows them plain]"
    page 0
    [ "$pack" -le 23400 ] || keep=1 # further commands fetch the rest
  fi
  echo "[rundeck-ssm $run exit=$code out=$outs err=$errs form=$form sum=${sum%% *}${note:+ note=${note#,}}]"
  [ "$keep" ] || rm -rf "$spool"
}
