has base64 || has openssl || has python3 || has perl || { has awk && has fold; } || fail no-base64
decode() {
  if has base64; then
    base64 -d
  elif has openssl; then
    openssl base64 -d -A
  elif has python3; then
    python3 -c 'import base64, sys; sys.stdout.buffer.write(base64.b64decode(sys.stdin.read()))'
  elif has perl; then
    perl -MMIME::Base64 -0777 -ne 'print decode_base64($_)'
  else
    # four letters are three bytes, which printf writes from their octal numbers
    letters=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
    fold -w 1024 | awk -v letters="$letters" '{
      for (i = 1; i <= length($0); i += 4) {
        n = 0
        for (j = 0; j < 4; j++) { c = substr($0, i + j, 1); n = n * 64 + (c == "=" ? 0 : index(letters, c) - 1) }
        size = 3 - (substr($0, i + 2, 1) == "=") - (substr($0, i + 3, 1) == "=")
        printf "\\%03o", int(n / 65536)
        if (size > 1) printf "\\%03o", int(n / 256) % 256
        if (size > 2) printf "\\%03o", n % 256
      }
      print ""
    }' | while read -r octal || [ "$octal" ]; do printf "$octal"; done
  fi
}
