# The node executor `awsssmexecutor`: Rundeck runs this file with bash, once for each command and node.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/entry.sh"
start_shared exec
