"""Run many units of work: in this process, or in a pool of local worker processes.

The result never depends on how many workers there are: jobs carry their own seeds, and results
come back in the order of the jobs.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def run(
    work: Callable[[Job], Result], jobs: Sequence[Job], workers: int, threads: int
) -> Iterator[Result]:
    """Yield ``work(job)`` for every job, in the order of ``jobs``.

    Args:
        work: a module-level function (it travels to the workers by name).
        jobs: its arguments, each picklable.
        workers: processes. 1 runs everything here, which is easier to debug.
        threads: numeric threads of each worker. Part of the result on some processors, so it
            comes from params, never from the machine.

    Raises:
        whatever ``work`` raises; jobs not yet started are dropped.
    """
    if workers < 1 or threads < 1:
        raise ValueError(f"workers={workers} and threads={threads} must be >= 1.")
    if workers == 1 or len(jobs) < 2:
        use_threads(threads)
        yield from map(work, jobs)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(threads, os.getpid()),
    )
    try:
        yield from pool.map(work, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def use_threads(threads: int) -> None:
    """Use so many numeric threads in this process from now on."""
    import torch

    torch.set_num_threads(threads)


def _start_worker(threads: int, parent: int) -> None:
    """Die with the parent: a killed run must not leave workers that write on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)
    use_threads(threads)
