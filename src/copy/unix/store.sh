trap '[ "$stored" ] || rm -f "$part.$piece"' EXIT
trap 'exit 143' TERM INT HUP
stored=''
content | decode >"$part.$piece" || fail write
stored=yes
answer stored
