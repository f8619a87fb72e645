# The file copier `aws-ssm-copier`: Rundeck runs this file with bash, once for each file and node.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/entry.sh"
start_shared copy
