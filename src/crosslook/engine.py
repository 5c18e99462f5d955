"""Run many units of work: in this process, or in a pool of local worker processes.

The result never depends on how many workers there are: jobs carry their own seeds, and results
come back in the order of the jobs.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

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


def use_threads(threads: int) -> None:
    """Use so many numeric threads in this process from now on."""
    import torch

    torch.set_num_threads(threads)


def _start_worker(threads: int, parent: int) -> None:
    die_with_parent(parent)
    use_threads(threads)
