# The node step `aws-ssm-doctor`: Rundeck runs this file with bash on its server, once for each node.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/entry.sh"
import_server_environment
start_bundle cli doctor-step --server-pid "$server_pid"
