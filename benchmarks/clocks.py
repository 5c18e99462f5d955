"""Seconds, peak bytes and operations of a piece of work in this process.

Seconds: wall, and CPU seconds of the process, which other work on the machine hardly moves.
Operations: what ``torch.utils.flop_counter`` counts, convolutions and matrix products with two
operations per multiply-add.
Peak memory on a CPU: the highest resident size of the process during the work, above its resident
size before. It is VmHWM of /proc/self/status, which can be reset, and not ``ru_maxrss``, which a
new process inherits from the one that started it; without /proc it is ``ru_maxrss`` all the same.
On a GPU: ``torch.cuda.max_memory_allocated``, with all that was allocated before.
"""

import contextlib
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

Record = dict[str, Any]


def empty() -> Record:
    """What ``timed`` adds to: a list per clock; ``error`` is None, or what went wrong."""
    return {"wall": [], "cpu": [], "error": None}


def timed(work: Callable[[], object], times: int, device: str, found: Record) -> None:
    """Do ``work`` ``times`` times and add its mean seconds to ``found``."""
    _wait(device)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        work()
    _wait(device)
    found["wall"].append((time.perf_counter() - wall) / times)
    found["cpu"].append((time.process_time() - cpu) / times)


def operations(work: Callable[[], object]) -> int:
    """Do ``work`` once and count."""
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def start_peak(device: str) -> int:
    """Forget the peak so far; the bytes from which the next one is counted."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats()
        return 0
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _resident("VmRSS")


def peak(device: str) -> int:
    """The highest number of bytes since ``start_peak``."""
    if device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    return _resident("VmHWM")


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def _resident(field: str) -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else 1024 * most
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return 1024 * int(lines[field].split()[0])
