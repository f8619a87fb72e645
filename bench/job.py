"""Stands in for a Rundeck server that runs a job: starts one process for each node, so many at a time, and prints as JSON what
all of them have cost together. The job is JSON on standard input.

What a run leaves behind, as a sidecar that has left its session, counts too: this process is made the parent of every orphan
among its descendants. It is ended when the job is over.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""  # it has ended meanwhile


def stat_of(pid):
    """The fields behind the program's name, which may hold anything."""
    return read(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def list_descendants():
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        fields = stat_of(name)
        if fields:
            parents.setdefault(int(fields[1]), []).append(int(name))
    found, waiting = [], [os.getpid()]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def pss_of(pid):
    """Shared pages count in parts, so that the sum over processes is what they take together."""
    for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return 0


class PeakMemory(threading.Thread):
    """Looks about twice a second, and never takes more than a twentieth of one processor."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self.over = threading.Event()

    def run(self):
        pause = 0.1
        while not self.over.wait(pause):
            began = time.thread_time()
            total = sum(map(pss_of, list_descendants()))
            self.peak_bytes = max(self.peak_bytes, total)
            pause = max(0.5, 20 * (time.thread_time() - began))


def run_one(run, expected):
    child = subprocess.run(
        run["words"],
        env=run["environment"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    stdout, stderr = (text.decode(errors="replace") for text in (child.stdout, child.stderr))
    good = child.returncode == 0 and expected in (None, stdout)
    line = f"exit {child.returncode}, stdout {stdout[:80]!r}, stderr {stderr[-300:]!r}"
    return None if good else line


def run_all(job):
    waiting, failures, lock = list(reversed(job["runs"])), [], threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                run = waiting.pop()
            failure = run_one(run, job["stdout"])
            if failure is not None:
                failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(job["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def cpu_ms():
    """Of all that has ended, and of what is still there with all that it has waited for."""
    reap()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    left = list_descendants()
    ticks = sum(int(field) for pid in left for field in stat_of(pid)[11:15])
    ended_ms = (usage.ru_utime + usage.ru_stime) * 1000
    left_ms = ticks / TICKS * 1000
    return ended_ms + left_ms, left_ms, left


def end(pids):
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        until = time.monotonic() + 10
        while time.monotonic() < until:
            reap()
            pids = list_descendants()
            if not pids:
                return
            time.sleep(0.05)


def main():
    job = json.load(sys.stdin)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    memory = PeakMemory()
    memory.start()
    began = time.monotonic()
    failures = run_all(job)
    wall_ms = (time.monotonic() - began) * 1000
    memory.over.set()
    memory.join()
    total_ms, left_ms, left = cpu_ms()
    end(left)
    print(
        json.dumps(
            {
                "wallMs": wall_ms,
                "cpuMs": total_ms,
                "leftCpuMs": left_ms,
                "left": len(left),
                "peakBytes": memory.peak_bytes,
                "failures": failures,
            }
        )
    )


main()
