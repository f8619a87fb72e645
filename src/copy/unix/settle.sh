case $? in
  0) ;;
  65 | 66) fail damaged ;;
  *) exit 1 ;;
esac
