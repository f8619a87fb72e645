"""Signatures, sessions and policies, with registered keys, in the words of each service."""

import io

from harness import case, client, refused, run, same, settings

admin = settings["admin"]
limited = settings["limited"]
expired = settings["expired"]
node = settings["linux"][0]
bucket, group = settings["bucket"], settings["logGroup"]
wrong = {**admin, "secretAccessKey": "another"}
unknown = {"accessKeyId": "AKIAUNKNOWN", "secretAccessKey": "x"}


def attempts(keys):
    """One harmless request to each service, by its name."""
    return {
        "ssm": client("ssm", keys).describe_instance_information,
        "logs": client("logs", keys).describe_log_groups,
        "sts": client("sts", keys).get_caller_identity,
        "s3": lambda: client("s3", keys).list_objects_v2(Bucket=bucket),
    }


def send(keys, command="true", instance=node, document="AWS-RunShellScript"):
    return client("ssm", keys).send_command(
        DocumentName=document,
        InstanceIds=[instance],
        Parameters={"commands": [command]},
    )["Command"]["CommandId"]


@case("registered keys are accepted by every service")
def _():
    for call in attempts(admin).values():
        call()


@case("a wrong secret is refused by every service, in its own words")
def _():
    calls = attempts(wrong)
    refused("InvalidSignatureException", calls["ssm"])
    refused("InvalidSignatureException", calls["logs"])
    refused("SignatureDoesNotMatch", calls["sts"])
    refused("SignatureDoesNotMatch", calls["s3"])


@case("an unknown key is refused by every service, in its own words")
def _():
    calls = attempts(unknown)
    refused("UnrecognizedClientException", calls["ssm"])
    refused("UnrecognizedClientException", calls["logs"])
    refused("InvalidClientTokenId", calls["sts"])
    refused("InvalidAccessKeyId", calls["s3"])


@case("an expired session is refused by every service, in its own words")
def _():
    calls = attempts(expired)
    refused("ExpiredTokenException", calls["ssm"])
    refused("ExpiredTokenException", calls["logs"])
    refused("ExpiredToken", calls["sts"])
    refused("ExpiredToken", calls["s3"])


@case("GetCallerIdentity says whose keys they are")
def _():
    same(attempts(admin)["sts"]()["Arn"], settings["adminArn"])


@case("an assumed role's session works, is named, and ends")
def _():
    answer = client("sts", admin).assume_role(
        RoleArn=settings["roleArn"],
        RoleSessionName="execution-7",
        ExternalId="partner",
        DurationSeconds=900,
    )
    given = answer["Credentials"]
    keys = {
        "accessKeyId": given["AccessKeyId"],
        "secretAccessKey": given["SecretAccessKey"],
        "sessionToken": given["SessionToken"],
    }
    arn = client("sts", keys).get_caller_identity()["Arn"]
    same(arn, answer["AssumedRoleUser"]["Arn"])
    assert arn.endswith(":assumed-role/deploy/execution-7"), arn
    same(int(given["Expiration"].timestamp()) % 1, 0)
    send(keys)
    without = {name: keys[name] for name in ("accessKeyId", "secretAccessKey")}
    refused("UnrecognizedClientException", attempts(without)["ssm"])


@case("a role is not assumed with another external id, nor one that is not there")
def _():
    sts = client("sts", admin)
    for role, external in ((settings["roleArn"], "wrong"), (settings["roleArn"] + "x", "partner")):
        error = refused(
            "AccessDenied",
            sts.assume_role,
            RoleArn=role,
            RoleSessionName="s-1",
            ExternalId=external,
        )
        assert "is not authorized to perform: sts:AssumeRole on resource: " + role in str(error), error


@case("STS validates")
def _():
    sts = client("sts", admin)
    refused(
        "ValidationError",
        sts.assume_role,
        RoleArn=settings["roleArn"],
        RoleSessionName="s 1",
    )
    refused(
        "ValidationError",
        sts.assume_role,
        RoleArn=settings["roleArn"],
        RoleSessionName="s-1",
        DurationSeconds=60,
    )


@case("the documented policy allows what the executor does, and no more")
def _():
    command = send(limited)
    ssm = client("ssm", limited)
    ssm.list_commands(CommandId=command)
    ssm.list_command_invocations(CommandId=command, Details=True)
    ssm.get_command_invocation(CommandId=command, InstanceId=node)
    for name, call, arguments in (
        ("ssm:CancelCommand", ssm.cancel_command, {"CommandId": command}),
        ("ssm:DescribeInstanceInformation", ssm.describe_instance_information, {}),
        ("ssm:SendCommand", send, {"keys": limited, "document": "Team-RunShell"}),
        (
            "logs:FilterLogEvents",
            client("logs", limited).filter_log_events,
            {"logGroupName": group},
        ),
    ):
        error = refused("AccessDeniedException", call, **arguments)
        wanted = f"User: {settings['limitedArn']} is not authorized to perform: {name} on resource: arn:aws:"
        assert wanted in str(error), error


@case("the documented bucket policy lets the executor put, and nothing else")
def _():
    s3 = client("s3", limited)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    which = {"Bucket": bucket, "Key": "k"}
    refused("AccessDenied", s3.get_object, **which)
    refused("AccessDenied", s3.delete_object, **which)
    refused("403", s3.head_object, **which)
    upload = s3.create_multipart_upload(**which)["UploadId"]
    s3.upload_part(**which, UploadId=upload, PartNumber=1, Body=b"x")
    refused("AccessDenied", s3.abort_multipart_upload, **which, UploadId=upload)


@case("the documented policies let a node get what is there, and tell it nothing of what is not")
def _():
    client("s3", limited).put_object(Bucket=bucket, Key="for/node", Body=b"for the node")
    s3 = client("s3", settings["nodeKeys"])
    back = io.BytesIO()
    s3.download_fileobj(bucket, "for/node", back)
    same(back.getvalue(), b"for the node")
    refused("AccessDenied", s3.get_object, Bucket=bucket, Key="missing")
    refused("AccessDenied", s3.put_object, Bucket=bucket, Key="for/node", Body=b"")
    # Listing is a right to the bucket, and the documentation gives it for bucket/* only.
    refused("AccessDenied", s3.list_objects_v2, Bucket=bucket)


@case("a message without any signature is refused")
def _():
    from botocore import UNSIGNED

    unsigned = client("ssm", signature_version=UNSIGNED)
    refused("MissingAuthenticationTokenException", unsigned.describe_instance_information)
    unsigned = client("s3", signature_version=UNSIGNED)
    refused("AccessDenied", unsigned.list_objects_v2, Bucket=bucket)


run()
