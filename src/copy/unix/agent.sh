# the SSM agent has fetched it into the folder where this runs
trap 'rm -f "./$object" "$part" "$part".*' EXIT
trap 'exit 143' TERM INT HUP
[ -f "./$object" ] || { answer stuck agent=failed && exit 1; }
mv -f "./$object" "$part" || fail write
