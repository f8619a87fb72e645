"""The AWS CLI against the local AWS."""

import hashlib
import json
import os
import subprocess
import tempfile

from harness import case, eventually, run, same, settings

node = settings["linux"][0]
bucket, group = settings["bucket"], settings["logGroup"]


def aws(*arguments, code=0):
    ended = subprocess.run(
        [settings["aws"], *arguments], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == code, ended
    return ended.stdout if code == 0 else ended.stderr


def ask(*arguments):
    return json.loads(aws(*arguments, "--output", "json"))


def send(*more):
    return ask(
        "ssm",
        "send-command",
        "--document-name",
        "AWS-RunShellScript",
        "--instance-ids",
        node,
        *more,
    )["Command"]["CommandId"]


@case("aws ssm send-command, wait command-executed, get-command-invocation")
def _():
    command = send("--parameters", 'commands=["echo from the CLI"]')
    which = ("--command-id", command, "--instance-id", node)
    aws("ssm", "wait", "command-executed", *which)
    result = ask("ssm", "get-command-invocation", *which)
    same(result["StandardOutputContent"], "from the CLI\n")
    same(result["Status"], "Success")


@case("aws ssm list-command-invocations shows a failure")
def _():
    command = send("--parameters", 'commands=["exit 9"]')
    look = lambda: ask(
        "ssm", "list-command-invocations", "--command-id", command, "--details"
    )["CommandInvocations"]
    (invocation,) = eventually(lambda: (it := look())[0]["Status"] == "Failed" and it)
    same(invocation["CommandPlugins"][0]["ResponseCode"], 9)


@case("an error is one line with the code and the operation, and exit code 255")
def _():
    problem = aws(
        "ssm",
        "get-command-invocation",
        "--command-id",
        "00000000-0000-0000-0000-000000000000",
        "--instance-id",
        node,
        code=255,
    )
    wanted = "An error occurred (InvocationDoesNotExist) when calling the GetCommandInvocation operation"
    assert wanted in problem, problem


@case("aws s3 cp of a file in parts, there and back, ls and rm")
def _():
    content = os.urandom(20 * 1024 * 1024)
    with tempfile.TemporaryDirectory() as folder:
        source, back = os.path.join(folder, "source"), os.path.join(folder, "back")
        with open(source, "wb") as file:
            file.write(content)
        url = f"s3://{bucket}/cli/large file"
        aws("s3", "cp", "--quiet", source, url)
        assert str(len(content)) in aws("s3", "ls", f"s3://{bucket}/cli/")
        aws("s3", "cp", "--quiet", url, back)
        with open(back, "rb") as file:
            same(hashlib.sha256(file.read()).digest(), hashlib.sha256(content).digest())
        aws("s3", "rm", "--quiet", url)
        aws("s3", "ls", f"s3://{bucket}/cli/", code=1)


@case("aws s3 presign makes a URL that curl can fetch")
def _():
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"presigned by the CLI"), file.flush()
        aws("s3", "cp", "--quiet", file.name, f"s3://{bucket}/presigned")
    url = aws("s3", "presign", f"s3://{bucket}/presigned", "--expires-in", "60").strip()
    got = subprocess.run(["curl", "-fsS", url], capture_output=True)
    same(got.stdout, b"presigned by the CLI")


@case("aws logs get-log-events and filter-log-events read a command's output")
def _():
    command = send(
        "--parameters",
        'commands=["echo logged"]',
        "--cloud-watch-output-config",
        f"CloudWatchOutputEnabled=true,CloudWatchLogGroupName={group}",
    )
    stream = f"{command}/{node}/aws-runShellScript/stdout"
    look = lambda: ask(
        "logs", "filter-log-events", "--log-group-name", group, "--log-stream-name-prefix", command
    )["events"]
    (found,) = eventually(look, seconds=20)
    same((found["logStreamName"], found["message"]), (stream, "logged"))
    events = ask(
        "logs",
        "get-log-events",
        "--log-group-name",
        group,
        "--log-stream-name",
        stream,
        "--start-from-head",
    )["events"]
    same([it["message"] for it in events], ["logged"])


@case("aws sts get-caller-identity and assume-role")
def _():
    same(len(ask("sts", "get-caller-identity")["Account"]), 12)
    given = ask(
        "sts",
        "assume-role",
        "--role-arn",
        "arn:aws:iam::222222222222:role/any",
        "--role-session-name",
        "cli-1",
    )
    assert given["AssumedRoleUser"]["Arn"].endswith(":assumed-role/any/cli-1"), given


run()
