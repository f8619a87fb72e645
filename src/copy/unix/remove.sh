rm -f "$part" "$part".* && answer removed
