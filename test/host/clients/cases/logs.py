"""CloudWatch Logs, as boto3 sees it."""

import time

from harness import case, client, refused, run, same

logs = client("logs")
group, stream = "clients/logs", "a/stream"
now = int(time.time() * 1000)


def put(*messages, name=stream):
    events = [{"timestamp": now, "message": message} for message in messages]
    return logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=events)


def messages(**more):
    answer = logs.get_log_events(logGroupName=group, logStreamName=stream, **more)
    return [it["message"] for it in answer["events"]]


@case("groups and streams are made once")
def _():
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    error = refused(
        "ResourceAlreadyExistsException", logs.create_log_group, logGroupName=group
    )
    assert isinstance(error, logs.exceptions.ResourceAlreadyExistsException), type(error)
    refused(
        "ResourceAlreadyExistsException",
        logs.create_log_stream,
        logGroupName=group,
        logStreamName=stream,
    )


@case("events are read forward until a token comes back unchanged")
def _():
    put("one", "two", "three with ü and \u001b[31mred")
    seen, token = [], None
    while True:
        more = {"nextToken": token} if token else {}
        page = logs.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, limit=2, **more
        )
        seen += [it["message"] for it in page["events"]]
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    same(seen, ["one", "two", "three with ü and \u001b[31mred"])


@case("without startFromHead the last events come")
def _():
    same(messages(limit=1), ["three with ü and \u001b[31mred"])


@case("the paginator of FilterLogEvents merges streams")
def _():
    logs.create_log_stream(logGroupName=group, logStreamName="a/other")
    put("from the other", name="a/other")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, logStreamNamePrefix="a/", PaginationConfig={"PageSize": 2}
    )
    found = [it["logStreamName"] for page in pages for it in page["events"]]
    same(sorted(set(found)), ["a/other", "a/stream"])
    same(len(found), 4)


@case("groups and streams are described")
def _():
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["arn"].endswith(f":log-group:{group}:*"), found
    streams = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, PaginationConfig={"PageSize": 1}
    )
    names = [it["logStreamName"] for page in streams for it in page["logStreams"]]
    same(names, ["a/other", "a/stream"])


@case("ResourceNotFoundException tells a missing group from a missing stream")
def _():
    read = logs.get_log_events
    name = "ResourceNotFoundException"
    error = refused(name, read, logGroupName="none", logStreamName="none")
    assert "The specified log group does not exist" in str(error), error
    error = refused(name, read, logGroupName=group, logStreamName="none")
    assert "The specified log stream does not exist" in str(error), error


@case("InvalidParameterException: a token that is none, and events out of order")
def _():
    refused("InvalidParameterException", messages, nextToken="x")
    refused(
        "InvalidParameterException",
        logs.put_log_events,
        logGroupName=group,
        logStreamName=stream,
        logEvents=[
            {"timestamp": now, "message": "late"},
            {"timestamp": now - 1, "message": "early"},
        ],
    )


@case("a group is deleted with its streams")
def _():
    logs.delete_log_group(logGroupName=group)
    refused("ResourceNotFoundException", messages)


run()
