"""Where a command's output goes besides: CloudWatch Logs and S3."""

from harness import case, client, eventually, run, same, settings

ssm, logs, s3 = client("ssm"), client("logs"), client("s3")
node = settings["linux"][0]
group, bucket = settings["logGroup"], settings["bucket"]


def execute(command, **more):
    sent = ssm.send_command(
        DocumentName="AWS-RunShellScript",
        InstanceIds=[node],
        Parameters={"commands": [command]},
        **more,
    )["Command"]["CommandId"]
    eventually(
        lambda: ssm.get_command_invocation(CommandId=sent, InstanceId=node)["Status"]
        in ("Success", "Failed"),
        seconds=20,
    )
    return sent


@case("CloudWatch: each stream that has output becomes a log stream")
def _():
    sent = execute(
        "echo one; echo two; echo wrong >&2; exit 4",
        CloudWatchOutputConfig={
            "CloudWatchOutputEnabled": True,
            "CloudWatchLogGroupName": group,
        },
    )
    prefix = f"{sent}/{node}/aws-runShellScript"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=sent)
    same(
        [it["logStreamName"] for it in streams["logStreams"]],
        [f"{prefix}/stderr", f"{prefix}/stdout"],
    )
    read = lambda name: [
        it["message"]
        for it in logs.get_log_events(
            logGroupName=group, logStreamName=f"{prefix}/{name}", startFromHead=True
        )["events"]
    ]
    same(read("stdout"), ["one\ntwo"])
    # The agent adds its sentence as an event of its own.
    same("".join(read("stderr")), "wrong\nfailed to run commands: exit status 4")


@case("CloudWatch without a group's name writes to the document's own")
def _():
    sent = execute("echo x", CloudWatchOutputConfig={"CloudWatchOutputEnabled": True})
    found = logs.filter_log_events(
        logGroupName="/aws/ssm/AWS-RunShellScript", logStreamNamePrefix=sent
    )
    same([it["message"] for it in found["events"]], ["x"])


@case("S3: each stream that has output becomes an object")
def _():
    sent = execute(
        "echo to the bucket", OutputS3BucketName=bucket, OutputS3KeyPrefix="out"
    )
    key = f"out/{sent}/{node}/awsrunShellScript/0.awsrunShellScript/stdout"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"out/{sent}")
    same([it["Key"] for it in listed["Contents"]], [key])
    same(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), b"to the bucket\n")


@case("AWS-RunRemoteScript: the agent downloads from S3 by itself, and runs it in the download's folder")
def _():
    s3.put_object(Bucket=bucket, Key="scripts/hello.sh", Body=b"echo hello $1\n")
    region = settings["region"]
    info = f'{{"path":"https://s3.{region}.amazonaws.com/{bucket}/scripts/hello.sh"}}'
    sent = ssm.send_command(
        DocumentName="AWS-RunRemoteScript",
        InstanceIds=[node],
        Parameters={
            "sourceType": ["S3"],
            "sourceInfo": [info],
            "commandLine": ["sh hello.sh you"],
        },
    )["Command"]["CommandId"]
    result = eventually(
        lambda: (
            it := ssm.get_command_invocation(
                CommandId=sent, InstanceId=node, PluginName="aws:runShellScript"
            )
        )["Status"]
        in ("Success", "Failed")
        and it
    )
    same(result["StandardOutputContent"], "hello you\n")


run()
