"""What a training needs at each step, drawn ahead by worker processes where that is wanted."""

import itertools
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

from crosslook.errors import CrosslookError
from crosslook.processes import die_with_parent

AHEAD = 4  # batches that each worker draws before they are asked for

Drawn = TypeVar("Drawn")


class Ahead(Generic[Drawn]):
    """Gives what is drawn for a step, the same bytes with any number of workers.

    Without workers it is drawn when it is asked for. With them, steps asked one after the other are
    drawn ahead, from the first one asked; a step out of that order is drawn here.

    Use it as a context: the workers end with it, and with this process, however that ends.

    Args:
        draw: step -> tensors, in tuples, lists or dicts. It travels to the workers, so it can be
            pickled, and depends on nothing but the step.
        workers: processes of one numeric thread each. A script that wants some guards what it does
            by ``if __name__ == "__main__"``, because they import it.
        pin: lay the tensors where a GPU fetches them faster.
    """

    def __init__(self, draw: Callable[[int], Drawn], workers: int = 0, pin: bool = False) -> None:
        if workers < 0:
            raise ValueError(f"workers={workers} must be >= 0.")
        self.draw, self.workers, self.pin = draw, workers, pin
        self._stream: Iterator[Drawn | CrosslookError] | None = None
        self._next = 0  # the step that the stream gives next

    def __call__(self, step: int) -> Drawn:
        """What is drawn for ``step``.

        Raises:
            CrosslookError: what ``draw`` raised, wherever it did.
        """
        if self.workers and self._stream is None:
            self._stream, self._next = self._start(step), step
        if self._stream is None or step != self._next:
            return self.draw(step)
        drawn = next(self._stream)
        if isinstance(drawn, CrosslookError):
            raise drawn
        self._next += 1
        return drawn

    def close(self) -> None:
        """End the workers, if there are any."""
        self._stream = None

    def __enter__(self) -> "Ahead[Drawn]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, step: int) -> Iterator[Drawn | CrosslookError]:
        """Workers that draw ``step`` and all that follow, in order.

        They are new processes, not forks: a fork of a process that has used CUDA or threads may
        hang. Their seeds, of which nothing is drawn, come from a generator of their own: the
        global one stays as it is without workers.
        """
        return iter(
            DataLoader(
                _Steps(self.draw),
                batch_size=None,
                collate_fn=_as_it_is,
                sampler=itertools.count(step),
                num_workers=self.workers,
                multiprocessing_context="spawn",
                worker_init_fn=partial(_start_worker, os.getpid()),
                prefetch_factor=AHEAD,
                pin_memory=self.pin,
                generator=torch.Generator(),
            )
        )


class _Steps(Dataset[Any]):
    """Step -> what is drawn. What a user can put right comes back as a value, raised later."""

    def __init__(self, draw: Callable[[int], Any]) -> None:
        self.draw = draw

    def __getitem__(self, step: int) -> Any:
        try:
            return self.draw(step)
        except CrosslookError as error:
            return error


def _as_it_is(drawn: Drawn) -> Drawn:
    return drawn


def _start_worker(parent: int, worker: int) -> None:
    die_with_parent(parent)
