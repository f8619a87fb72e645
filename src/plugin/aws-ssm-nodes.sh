# The node source `aws-ssm-nodes`: Rundeck runs this file with bash whenever it wants the nodes.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/entry.sh"
import_server_environment
start_bundle cli node-source
