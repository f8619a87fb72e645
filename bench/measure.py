"""Runs a command and prints, as JSON, what it and all that it waited for have cost. Usage: measure.py [--orphans] ENVIRONMENT-JSON COMMAND...

The measured command is a child of this process, as a plugin is a child of Rundeck's server, and finds the server's
environment here. A null for ENVIRONMENT-JSON hands this process's own environment on. With --orphans, processes that
nobody waited for are waited for here, and counted.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

arguments = sys.argv[1:]
orphans = arguments[0] == "--orphans"
if orphans:
    arguments.pop(0)
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
environment = json.loads(arguments[0])
with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
    started = time.time()
    child = subprocess.Popen(
        arguments[1:],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
    )
    _, status, usage = os.wait4(child.pid, 0)
    ended = time.time()
    if orphans:
        try:
            while True:
                os.wait()
        except ChildProcessError:
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    stdout.seek(0)
    stderr.seek(0)
    print(
        json.dumps(
            {
                "cpuMs": (usage.ru_utime + usage.ru_stime) * 1000,
                # Linux counts in KiB; of all processes, the largest
                "peakBytes": usage.ru_maxrss * 1024,
                "wallMs": (ended - started) * 1000,
                "endedAtEpochMs": ended * 1000,
                "exitCode": os.waitstatus_to_exitcode(status),
                "stdout": stdout.read().decode(),
                "stderr": stderr.read().decode(),
            }
        )
    )
