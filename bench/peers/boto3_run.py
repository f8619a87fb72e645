"""What people write in Python: send, then ask every second. Usage: boto3_run.py INSTANCE COMMAND"""

import sys
import time

import boto3

instance, command = sys.argv[1:]
ssm = boto3.client("ssm")
command_id = ssm.send_command(
    DocumentName="AWS-RunShellScript",
    InstanceIds=[instance],
    Parameters={"commands": [command]},
)["Command"]["CommandId"]
while True:
    time.sleep(1)
    try:
        reply = ssm.get_command_invocation(CommandId=command_id, InstanceId=instance)
    except ssm.exceptions.InvocationDoesNotExist:
        continue
    if reply["Status"] not in ("Pending", "InProgress", "Delayed"):
        break
sys.stdout.write(reply["StandardOutputContent"])
sys.stderr.write(reply["StandardErrorContent"])
sys.exit(reply["ResponseCode"])
