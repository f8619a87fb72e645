import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def download(request):
    # writes an object to standard output, or ends with what went wrong, in words without the address
    try:
        with urlopen(request, timeout=60) as answer:
            left = int(answer.headers.get("Content-Length", 0))
            for block in iter(lambda: answer.read(1 << 16), b""):
                sys.stdout.buffer.write(block)
                left -= len(block)
        sys.stdout.buffer.flush()
    except HTTPError as error:
        sys.exit("HTTP %d" % error.code)
    except (OSError, HTTPException) as error:
        sys.exit(str(getattr(error, "reason", error)) or type(error).__name__)
    if left > 0:
        sys.exit("the connection was closed")


