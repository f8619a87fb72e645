"""Failures that were ordered, as boto3 meets them. Each is ordered for one operation, so that cases do not meet each other's."""

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from harness import case, client, refused, run, same, settings

node = settings["linux"][0]
ssm, logs, s3 = client("ssm"), client("logs"), client("s3")
retrying = {"retries": {"mode": "standard", "total_max_attempts": 3}}


def fails(kind, call, **arguments):
    try:
        call(**arguments)
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


def send():
    return ssm.send_command(
        DocumentName="AWS-RunShellScript",
        InstanceIds=[node],
        Parameters={"commands": ["true"]},
    )


@case("a throttled request is ThrottlingException, which boto3 retries")
def _():
    refused("ThrottlingException", ssm.list_commands)
    client("ssm", **retrying).list_commands()


@case("a 500 is InternalServerError")
def _():
    error = refused("InternalServerError", ssm.describe_instance_information)
    same(error.response["ResponseMetadata"]["HTTPStatusCode"], 500)


@case("a lost answer is a closed connection, and the command was sent all the same")
def _():
    fails(ConnectionClosedError, send)
    same(len(client("ssm", **retrying).list_commands()["Commands"]), 1)


@case("an answer that nobody can parse is an error in XML; in JSON boto3 takes it for an empty one")
def _():
    fails(ResponseParserError, client("sts").get_caller_identity)
    assert "logGroups" not in logs.describe_log_groups()


@case("a late answer runs into the client's own timeout")
def _():
    impatient = client("ssm", read_timeout=0.5)
    fails(ReadTimeoutError, impatient.list_documents)


@case("S3 says SlowDown, and boto3 waits and asks again")
def _():
    refused("SlowDown", s3.put_object, Bucket=settings["bucket"], Key="k", Body=b"x")
    client("s3", **retrying).put_object(Bucket=settings["bucket"], Key="k", Body=b"x")


run()
