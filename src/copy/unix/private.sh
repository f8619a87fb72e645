
# A folder of our own beside the destination: on its file system, so that the last step is one rename. What counts is that it is
# ours and that nobody else may write to it: setgid it is below a folder that is, and some mounts have one mode for all folders.
# -m: a umask does not count where the folder has a default ACL
private=.rundeck-ssm-copy-$run here=${PWD%/} made=''
[ -d "./$private" ] || { mkdir -m 700 "./$private" && made=yes; } || [ -d "./$private" ] || fail write
cd -P "./$private" && [ "$PWD" = "$here/$private" ] && look . || fail write
case $owner$mode in
  "$me"drwx?-??-?*) ;;
  *)
    [ -z "$made" ] || { cd .. && rmdir "./$private"; }
    fail private
    ;;
esac
# busybox makes it before it gives it this mode: what those whom a default ACL names have put there meanwhile is not written to
rm -f on over part "$piece.new"
clean() {
  set +f
  rm -f ./*
  cd .. && rmdir "./$private"
}
