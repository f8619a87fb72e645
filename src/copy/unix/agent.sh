# the SSM agent has fetched it into the folder where this runs: once open it needs no name there, and goes however this ends
[ -f "./$object" ] || { answer stuck agent=failed && exit 1; }
exec 3<"./$object" && rm -f "./$object" || fail write
