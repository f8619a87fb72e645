
set +f
rm -f ./*
cd .. && rmdir "./$private" # whoever was writing there may have been faster
[ ! -e "./$private" ] && answer removed
