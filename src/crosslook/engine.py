"""Run many units of work: in this process, or in a pool of local worker processes.

The result never depends on how many workers there are: jobs carry their own seeds, and results
come back in the order of the jobs.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from crosslook.errors import CrosslookError
from crosslook.processes import die_with_parent

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Pool:
    """How many units run at a time, each in a process of its own."""

    workers: int = 1  # processes; 1 runs everything in this one, which is easier to debug
    threads: int = 1  # numeric threads of each: part of the result, so set here, never by machine

    def __post_init__(self) -> None:
        if self.workers < 1 or self.threads < 1:
            raise ValueError(f"workers={self.workers} and threads={self.threads} must be >= 1.")


def run(work: Callable[[Job], Result], jobs: Sequence[Job], pool: Pool) -> Iterator[Result]:
    """Yield ``work(job)`` for every job, in the order of ``jobs``.

    Args:
        work: a module-level function (it travels to the workers by name).
        jobs: its arguments, each picklable.
        pool: how many at a time.

    Raises:
        whatever ``work`` raises; jobs not yet started are dropped.
    """
    if not jobs:
        return
    if pool.workers == 1 or len(jobs) < 2:
        use_threads(pool.threads)
        yield from map(work, jobs)
        return
    executor = ProcessPoolExecutor(
        min(pool.workers, len(jobs)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(pool.threads, os.getpid()),
    )
    try:
        yield from executor.map(work, jobs)
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def ahead(work: Callable[[Job], object], jobs: Sequence[Job], threads: int) -> Iterator[None]:
    """Meanwhile, do ``jobs`` one after the other in a second process.

    When the block ends, that process is killed, wherever it is: for work that can be killed
    anywhere and goes on from there when its turn comes.

    Args:
        work: a module-level function.
        jobs: its arguments, each picklable; none starts no process.
        threads: numeric threads of the second process.
    """
    if not jobs:
        yield
        return
    process = multiprocessing.get_context("spawn").Process(
        target=_in_turn, args=(work, jobs, threads, os.getpid())
    )
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def use_threads(threads: int) -> None:
    """Use so many numeric threads in this process from now on."""
    import torch

    torch.set_num_threads(threads)


def _in_turn(work: Callable[[Job], object], jobs: Sequence[Job], threads: int, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # its parent ends it
    _start_worker(threads, parent)
    for job in jobs:
        with suppress(CrosslookError):  # it comes up again when the job's turn has come
            work(job)


def _start_worker(threads: int, parent: int) -> None:
    die_with_parent(parent)
    use_threads(threads)
