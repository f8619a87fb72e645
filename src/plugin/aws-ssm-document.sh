# The workflow step `aws-ssm-document`: Rundeck runs this file with bash, once for each node.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/entry.sh"
import_server_environment
start_bundle document
