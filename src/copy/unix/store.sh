stored=''
trap '[ "$stored" ] || { rm -f "$piece.new" && cd .. && rmdir "./$private"; } 2>/dev/null' EXIT
trap 'exit 143' TERM INT HUP
cat >"$piece.new" && mv -f "$piece.new" "$piece" || fail write
stored=yes
answer stored
