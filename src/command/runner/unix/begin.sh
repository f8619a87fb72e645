mask=$(umask)
umask 077
# one command may go to several nodes, and those may be one machine
label=$run${AWS_SSM_INSTANCE_ID:+-$AWS_SSM_INSTANCE_ID}
exec 3>&2 2>/dev/null # 3 is the real stderr; what the runner's own tools complain about is nobody's output
