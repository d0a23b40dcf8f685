"""Memory that glibc keeps goes back to the system: now and then while there is work, and never without."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from altd.engine.spawn import child_environment
from altd.engine.trimming import Trimmer

HOLES = """
import ctypes, pathlib, time
from altd.engine.trimming import Trimmer

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]

def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [libc.malloc(64 * 1024) for _ in range(1024)]
for block in blocks:
    ctypes.memset(block, 1, 64 * 1024)
for block in blocks[:-1]:  # the last one keeps the heap from shrinking
    libc.free(block)
before = resident()
trimmer = Trimmer(0.05)
trimmer.start()
trimmer.worked()
until = time.monotonic() + 10
while resident() > before - 48 * 2**20 and time.monotonic() < until:
    time.sleep(0.05)
print(before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_holes_below_what_is_in_use_go_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], env=child_environment(1), capture_output=True)
    assert int(done.stdout) > 48 * 2**20, done.stderr


def test_it_trims_once_for_much_work_and_sleeps_while_there_is_none() -> None:
    trims: list[float] = []
    trimmed = threading.Event()

    def trim() -> None:
        trims.append(time.monotonic())
        trimmed.set()

    trimmer = Trimmer(0.1, trim)
    trimmer.start()
    time.sleep(0.3)
    assert not trims
    started = time.monotonic()
    for _ in range(100):
        trimmer.worked()
    assert trimmed.wait(5)
    assert trims[0] - started >= 0.1
    time.sleep(0.3)
    assert len(trims) == 1
    trimmer.worked()
    trimmed.clear()
    assert trimmed.wait(5)
    assert len(trims) == 2
