"""Batches for the training loop, drawn ahead by worker processes where that is wanted."""

import time
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from crosslook.patches.ahead import Ahead
from crosslook.translators.pixels import Pixels, scale

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
        self.device = torch.device(device)
        self._levels = Ahead(partial(_draw, drawn), workers, pin=self.device.type == "cuda")
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
        self._levels.close()

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _draw(drawn: Drawn, step: int) -> Levels:
    source, target = drawn.at(step)
    return (
        torch.from_numpy(np.ascontiguousarray(source)),
        torch.from_numpy(np.ascontiguousarray(target)),
    )
