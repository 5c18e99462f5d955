"""Batches for the training loop, drawn ahead by worker processes where that is wanted."""

import itertools
import os
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from crosslook.errors import CrosslookError
from crosslook.processes import die_with_parent
from crosslook.translators.pixels import Pixels, scale

AHEAD = 4  # batches that each worker draws before they are asked for

Levels = tuple[Tensor, Tensor]  # source and target, uint8


class Drawn(Protocol):
    """What batches are drawn from. It travels to the workers, so it can be pickled."""

    def at(self, step: int) -> tuple[Pixels, Pixels]:
        """Source and target crops of a step, whenever and wherever it is asked."""


class Loader:
    """Gives the batch of a step on the device, the same bytes with any number of workers.

    Without workers a batch is drawn when it is asked for. With them, steps asked one after the
    other are drawn ahead, from the first one asked; a step out of that order is drawn here.

    Use it as a context: the workers end with it, and with this process, however that ends.

    Args:
        drawn: where batches come from.
        device: of the batches. uint8 travels there and is scaled there.
        workers: processes of one numeric thread each. A script that wants some guards what it does
            by ``if __name__ == "__main__"``, because they import it.
    """

    def __init__(self, drawn: Drawn, device: str | torch.device = "cpu", workers: int = 0) -> None:
        if workers < 0:
            raise ValueError(f"workers={workers} must be >= 0.")
        self.drawn, self.device, self.workers = drawn, torch.device(device), workers
        self._stream: Iterator[Levels | CrosslookError] | None = None
        self._next = 0  # the step that the stream gives next
        self._since: float | None = None  # when the first batch was there
        self._waited_s = 0.0

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        """Source and target of ``step``, each (B, C, H, W) float32 in [-1, 1].

        Raises:
            CrosslookError: what ``drawn`` raised, wherever it did.
        """
        asked = time.perf_counter()
        source, target = (
            scale(levels.to(self.device, non_blocking=True)) for levels in self._levels(step)
        )
        there = time.perf_counter()
        if self._since is None:
            self._since = there
        else:
            self._waited_s += there - asked
        return source, target

    @property
    def waited(self) -> float:
        """Share of the time since the first batch that was spent waiting for batches, 0 to 1.

        The first batch does not count: it waits for the workers to start. On a GPU this is an
        upper bound of the time the device stood still, since its work is queued.
        """
        passed = time.perf_counter() - self._since if self._since is not None else 0.0
        return self._waited_s / passed if passed > 0 else 0.0

    def close(self) -> None:
        """End the workers, if there are any."""
        self._stream = None

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _levels(self, step: int) -> Levels:
        if self.workers and self._stream is None:
            self._stream, self._next = self._start(step), step
        if self._stream is None or step != self._next:
            return _draw(self.drawn, step)
        drawn = next(self._stream)
        if isinstance(drawn, CrosslookError):
            raise drawn
        self._next += 1
        source, target = drawn
        return source, target

    def _start(self, step: int) -> Iterator[Levels | CrosslookError]:
        """Workers that draw ``step`` and all that follow, in order.

        They are new processes, not forks: a fork of a process that has used CUDA or threads may
        hang. Their seeds, of which nothing is drawn, come from a generator of their own: the
        global one stays as it is without workers.
        """
        return iter(
            DataLoader(
                _Steps(self.drawn),
                batch_size=None,
                sampler=itertools.count(step),
                num_workers=self.workers,
                multiprocessing_context="spawn",
                worker_init_fn=partial(_start_worker, os.getpid()),
                prefetch_factor=AHEAD,
                pin_memory=self.device.type == "cuda",
                generator=torch.Generator(),
            )
        )


class _Steps(Dataset[Any]):
    """Step -> batch. What a user can put right comes back as a value, to be raised as it was."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn

    def __getitem__(self, step: int) -> Levels | CrosslookError:
        try:
            return _draw(self.drawn, step)
        except CrosslookError as error:
            return error


def _draw(drawn: Drawn, step: int) -> Levels:
    source, target = drawn.at(step)
    return (
        torch.from_numpy(np.ascontiguousarray(source)),
        torch.from_numpy(np.ascontiguousarray(target)),
    )


def _start_worker(parent: int, worker: int) -> None:
    die_with_parent(parent)
