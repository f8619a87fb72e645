"""SSM Run Command, each operation and each error, as boto3 sees them."""

import uuid
from datetime import datetime, timezone

from harness import case, client, eventually, refused, run, same, settings

ssm = client("ssm")
first, second = settings["linux"]
windows = settings["windows"]
offline = settings["offline"]
terminated = settings["terminated"]


def send(command, instances=(first,), document="AWS-RunShellScript", **more):
    parameters = {"commands": [command] if isinstance(command, str) else command}
    parameters.update(more.pop("Parameters", {}))
    answer = ssm.send_command(
        DocumentName=document, InstanceIds=list(instances), Parameters=parameters, **more
    )
    return answer["Command"]["CommandId"]


def finish(command, instance=first):
    ended = ("Success", "Failed", "TimedOut", "Cancelled")
    ask = lambda: ssm.get_command_invocation(CommandId=command, InstanceId=instance)
    return eventually(lambda: (it := ask())["Status"] in ended and it)


@case("SendCommand answers the command as it stands")
def _():
    answer = ssm.send_command(
        DocumentName="AWS-RunShellScript",
        InstanceIds=[first, second],
        Parameters={"commands": ["true"], "executionTimeout": ["60"]},
        Comment="a comment",
        TimeoutSeconds=120,
        MaxConcurrency="1",
    )["Command"]
    uuid.UUID(answer["CommandId"])
    same(answer["DocumentName"], "AWS-RunShellScript")
    same(answer["Comment"], "a comment")
    same(answer["InstanceIds"], [first, second])
    same(answer["TargetCount"], 2)
    same(answer["Parameters"], {"commands": ["true"], "executionTimeout": ["60"]})
    same(answer["TimeoutSeconds"], 120)
    same(answer["MaxConcurrency"], "1")
    assert answer["Status"] in ("Pending", "InProgress"), answer["Status"]
    age = datetime.now(timezone.utc) - answer["RequestedDateTime"]
    assert abs(age.total_seconds()) < 60, age


@case("the waiter command_executed waits for Success")
def _():
    command = send("sleep 0.2; echo waited")
    ssm.get_waiter("command_executed").wait(
        CommandId=command,
        InstanceId=first,
        WaiterConfig={"Delay": 1, "MaxAttempts": 20},
    )
    same(finish(command)["StandardOutputContent"], "waited\n")


@case("GetCommandInvocation has nothing to show before the end: no output, ResponseCode -1")
def _():
    command = send("echo early; sleep 1")
    running = eventually(
        lambda: (
            it := ssm.get_command_invocation(CommandId=command, InstanceId=first)
        )["Status"]
        == "InProgress"
        and it
    )
    same(running["ResponseCode"], -1)
    same(running["StandardOutputContent"], "")
    same(finish(command)["StandardOutputContent"], "early\n")


@case("GetCommandInvocation tells a failure by status, code and both streams")
def _():
    result = finish(send("echo out; echo err >&2; exit 7"))
    same(result["Status"], "Failed")
    same(result["StatusDetails"], "Failed")
    same(result["ResponseCode"], 7)
    same(result["StandardOutputContent"], "out\n")
    same(result["StandardErrorContent"], "err\nfailed to run commands: exit status 7")
    same(result["PluginName"], "aws:runShellScript")
    for name in ("ExecutionStartDateTime", "ExecutionEndDateTime", "ExecutionElapsedTime"):
        assert result[name], name


@case("a timeout is TimedOut, Execution Timed Out in either spelling")
def _():
    result = finish(send("echo early; sleep 60", Parameters={"executionTimeout": ["5"]}))
    same(result["Status"], "TimedOut")
    same(result["StatusDetails"].replace(" ", ""), "ExecutionTimedOut")
    same(result["StandardOutputContent"], "early\n")


@case("ListCommands finds a command by its id, and by when and where it was sent")
def _():
    before = datetime.now(timezone.utc)
    command = send("true", Comment="find me")
    (found,) = ssm.list_commands(CommandId=command)["Commands"]
    same(found["Comment"], "find me")
    listed = ssm.list_commands(
        InstanceId=first,
        Filters=[{"key": "InvokedAfter", "value": before.strftime("%Y-%m-%dT%H:%M:%SZ")}],
    )["Commands"]
    assert command in [it["CommandId"] for it in listed], listed
    same(ssm.list_commands(InstanceId=second, CommandId=command)["Commands"], [])


@case("ListCommands comes in pages, newest first")
def _():
    sent = [send("true") for _ in range(3)]
    pages = ssm.get_paginator("list_commands").paginate(
        PaginationConfig={"PageSize": 2, "MaxItems": 3}
    )
    listed = [it["CommandId"] for page in pages for it in page["Commands"]]
    same(listed, sent[::-1])


@case("ListCommandInvocations with Details shows every node's output, both streams in one")
def _():
    command = send("echo out; echo err >&2; exit 3", (first, second))
    for instance in (first, second):
        finish(command, instance)
    pages = ssm.get_paginator("list_command_invocations").paginate(
        CommandId=command, Details=True, PaginationConfig={"PageSize": 1}
    )
    invocations = [it for page in pages for it in page["CommandInvocations"]]
    same(sorted(it["InstanceId"] for it in invocations), [first, second])
    for invocation in invocations:
        (plugin,) = invocation["CommandPlugins"]
        same(plugin["Name"], "aws:runShellScript")
        same(plugin["ResponseCode"], 3)
        same(
            plugin["Output"],
            "out\n\n----------ERROR-------\nerr\nfailed to run commands: exit status 3",
        )


@case("ListCommandInvocations without Details has no plugins")
def _():
    command = send("true")
    finish(command)
    (invocation,) = ssm.list_command_invocations(CommandId=command)["CommandInvocations"]
    same(invocation["CommandPlugins"], [])


@case("CancelCommand of one node leaves the other running")
def _():
    command = send("echo began; sleep 2", (first, second))
    for instance in (first, second):
        eventually(
            lambda: ssm.get_command_invocation(CommandId=command, InstanceId=instance)[
                "Status"
            ]
            == "InProgress"
        )
    ssm.cancel_command(CommandId=command, InstanceIds=[first])
    same(finish(command, first)["Status"], "Cancelled")
    same(finish(command, second)["Status"], "Success")


@case("DescribeInstanceInformation tells who is there, filtered and in pages")
def _():
    pages = ssm.get_paginator("describe_instance_information").paginate(
        PaginationConfig={"PageSize": 5}
    )
    nodes = {
        it["InstanceId"]: it for page in pages for it in page["InstanceInformationList"]
    }
    same(nodes[first]["PingStatus"], "Online")
    same(nodes[first]["PlatformType"], "Linux")
    same(nodes[windows]["PlatformType"], "Windows")
    same(nodes[offline]["PingStatus"], "ConnectionLost")
    assert terminated not in nodes
    (found,) = ssm.describe_instance_information(
        Filters=[{"Key": "InstanceIds", "Values": [second]}]
    )["InstanceInformationList"]
    same(found["InstanceId"], second)


@case("the documents can be described")
def _():
    document = ssm.describe_document(Name="AWS-RunShellScript")["Document"]
    same(document["Name"], "AWS-RunShellScript")
    assert "Linux" in document["PlatformTypes"], document
    refused("InvalidDocument", ssm.describe_document, Name="No-Such-Document")


@case("a document of the user's own runs its commands")
def _():
    result = finish(send("echo own", document="Team-RunShell"))
    same(result["StandardOutputContent"], "own\n")


@case("Windows without PowerShell is Failed, 1")
def _():
    result = finish(
        send("Get-Date", (windows,), "AWS-RunPowerShellScript"), windows
    )
    same((result["Status"], result["ResponseCode"]), ("Failed", 1))


@case("an offline node's command waits")
def _():
    command = send("true", (offline,))
    result = ssm.get_command_invocation(CommandId=command, InstanceId=offline)
    same(result["Status"], "Pending")
    ssm.cancel_command(CommandId=command)


@case("InvalidInstanceId: one bad id fails the whole send")
def _():
    for bad in ("i-0123456789abcdef0", terminated):
        error = refused("InvalidInstanceId", send, command="true", instances=(first, bad))
        assert bad in str(error), error


@case("DuplicateInstanceId")
def _():
    refused("DuplicateInstanceId", send, command="true", instances=(first, first))


@case("InvalidDocument")
def _():
    refused("InvalidDocument", send, command="true", document="No-Such-Document")


@case("InvalidParameters: a parameter that the document does not have, and a missing one")
def _():
    refused("InvalidParameters", send, command="true", Parameters={"nope": ["1"]})
    refused(
        "InvalidParameters",
        ssm.send_command,
        DocumentName="AWS-RunShellScript",
        InstanceIds=[first],
    )


@case("UnsupportedPlatformType: a shell script for Windows")
def _():
    refused("UnsupportedPlatformType", send, command="true", instances=(windows,))


@case("MaxDocumentSizeExceeded: parameters over 64 KB")
def _():
    refused("MaxDocumentSizeExceeded", send, command="#" * 70_000)
    same(finish(send("#" * 60_000))["Status"], "Success")


@case("ValidationException: a comment over 100 characters, a delivery timeout under 30, 51 nodes, a malformed id")
def _():
    error = refused("ValidationException", send, command="true", Comment="c" * 101)
    assert "at 'comment' failed to satisfy constraint" in str(error), error
    refused("ValidationException", send, command="true", TimeoutSeconds=29)
    many = [f"i-{number:017x}" for number in range(51)]
    refused("ValidationException", send, command="true", instances=many)
    refused("ValidationException", send, command="true", instances=("server1",))


@case("InvocationDoesNotExist: an unknown command, or a node that it was not sent to")
def _():
    refused(
        "InvocationDoesNotExist",
        ssm.get_command_invocation,
        CommandId=str(uuid.uuid4()),
        InstanceId=first,
    )
    refused(
        "InvocationDoesNotExist",
        ssm.get_command_invocation,
        CommandId=send("true"),
        InstanceId=second,
    )


@case("InvalidPluginName")
def _():
    refused(
        "InvalidPluginName",
        ssm.get_command_invocation,
        CommandId=send("true"),
        InstanceId=first,
        PluginName="aws:runPowerShellScript",
    )


@case("InvalidCommandId: cancelling what was never sent")
def _():
    error = refused("InvalidCommandId", ssm.cancel_command, CommandId=str(uuid.uuid4()))
    assert isinstance(error, ssm.exceptions.InvalidCommandId), type(error)


@case("output of 24,000 bytes is cut to 23,980 and says so")
def _():
    result = finish(send("head -c 24000 /dev/zero | tr '\\0' x"))
    same(result["StandardOutputContent"], "x" * 23_980 + "--output truncated--")


@case("another region knows neither the node nor the command")
def _():
    elsewhere = client("ssm", region="eu-central-1")
    refused(
        "InvalidInstanceId",
        elsewhere.send_command,
        DocumentName="AWS-RunShellScript",
        InstanceIds=[first],
        Parameters={"commands": ["true"]},
    )
    refused(
        "InvocationDoesNotExist",
        elsewhere.get_command_invocation,
        CommandId=send("true"),
        InstanceId=first,
    )


run()
