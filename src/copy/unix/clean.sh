trap 'rm -f "$part" "$part".*' EXIT
trap 'exit 143' TERM INT HUP
