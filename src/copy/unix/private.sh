
# a folder of our own beside the destination: on its file system, so that the last step is one rename
private=.rundeck-ssm-copy-$run here=${PWD%/}
[ -d "./$private" ] || mkdir "./$private" || [ -d "./$private" ] || fail write
cd -P "./$private" && [ "$PWD" = "$here/$private" ] && look . || fail write
case $owner$mode in "$me"drwx------*) ;; *) fail write ;; esac
clean() {
  set +f
  rm -f ./*
  cd .. && rmdir "./$private"
}
