# page N of the packed output: 17,700 bytes of it on stdout and 5,700 on stderr, as base64 (what SSM takes of each)
page() {
  tail -c "+$(($1 * 23400 + 1))" "$spool/pack" | head -c 17700 | text
  echo
  tail -c "+$(($1 * 23400 + 17701))" "$spool/pack" | head -c 5700 | text >&3
}
