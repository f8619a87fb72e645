"""What every file of cases needs: clients of the local AWS, and a line of JSON for each case that was tried."""

import json
import os
import time
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

#: What the test that started the local AWS wants its cases to know.
settings = json.loads(os.environ["LOCAL_AWS"])

_cases = []


def case(title):
    def register(function):
        _cases.append((title, function))
        return function

    return register


def run():
    for title, function in _cases:
        result = {"title": title}
        try:
            function()
        except Exception:
            result["problem"] = traceback.format_exc()
        print(json.dumps(result), flush=True)


def client(service, keys=None, region=None, **config):
    """A client that validates nothing itself and does not retry, so that every answer is the service's own."""
    options = {"parameter_validation": False, "retries": {"total_max_attempts": 1}}
    credentials = keys or {}
    return boto3.client(
        service,
        region_name=region,
        config=Config(**{**options, **config}),
        aws_access_key_id=credentials.get("accessKeyId"),
        aws_secret_access_key=credentials.get("secretAccessKey"),
        aws_session_token=credentials.get("sessionToken"),
    )


def refused(name, call, **arguments):
    """The error that the client raises, by the class that it makes of its code."""
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code == name, f"{code} instead of {name}: {error}"
        return error
    raise AssertionError(f"not refused with {name}")


def same(actual, expected):
    assert actual == expected, f"{actual!r} instead of {expected!r}"


def eventually(look, seconds=10):
    """Looks again until there is something; the service never says when."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("did not happen in time")
