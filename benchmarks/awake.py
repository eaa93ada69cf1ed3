"""
Keeping cores from halting. A virtual machine gives a core away while nothing runs on it, and gets
it back with the caches of others: a server that waits half of the time then needs a third more of
it for the same work, and how much more says something of the host alone.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_LOOP = """
import os, sys
core, parent = map(int, sys.argv[1:])
os.sched_setaffinity(0, {core})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""
"""What runs on a core only while nothing else wants to, and not for longer than who started it."""


@contextmanager
def awake(cores: Sequence[int]) -> Iterator[None]:
    """
    Let some cores never halt for as long as the context lasts. Whatever wants to run on one has it
    at once.
    """
    me = str(os.getpid())
    loops = [subprocess.Popen([sys.executable, "-c", _LOOP, str(core), me]) for core in cores]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
