# The node executor `awsssmexecutor`: Rundeck runs this file with bash, once for each command and node.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/entry.sh"
. "$here/client.sh"
run_shared exec
import_server_environment
start_bundle exec
