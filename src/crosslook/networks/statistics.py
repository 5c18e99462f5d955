"""One mean and one spread for many images, so that the tiles of a scene are normed alike."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, group_norm

Moments = tuple[Tensor, Tensor]  # variance and mean, broadcastable to (B, C, H, W)


class Norm(nn.Module):
    """A layer that subtracts a mean and divides by a spread: those of each image alone.

    While ``shared`` is set, they are those that ``SharedStatistics`` gives to all images.
    """

    over: tuple[int, ...] = (2, 3)  # the dimensions of (B, C, H, W) that one mean is taken over
    correction: int = 0  # 1: the variance is unbiased
    shared: "SharedStatistics | None" = None

    def moments(self, x: Tensor) -> Moments:
        """The variance and the mean to norm ``x`` with, which is float32 at least."""
        if self.shared is not None:
            return self.shared.moments(self, x)
        return own_moments(x, self.over, self.correction)


class SharedStatistics:
    """The moments of every norm of a network, measured once on a sample and kept.

        shared = SharedStatistics(network)
        with shared.measured(data):
            network(sample)  # one batch: the moments are those of all its images together
        with shared.kept():
            network(tile)  # any image, normed with the moments of the sample

    Outside the two blocks the network is as it was. What is kept here belongs to the weights that
    the sample was measured with.
    """

    def __init__(self, network: nn.Module) -> None:
        self.norms = [module for module in network.modules() if isinstance(module, Norm)]
        self._kept: dict[Norm, Moments] = {}
        self._data: Tensor | None = None

    @contextmanager
    def measured(self, data: Tensor) -> Iterator[None]:
        """Norm with the moments of the whole batch, and keep them.

        Args:
            data: (B, 1, H, W), 1 where the sample has data, 0 where it has none. No-data counts
                in no mean; at coarser resolution a pixel counts with its share of data.
        """
        self._data = data
        self._kept.clear()
        with self._switched():
            try:
                yield
            finally:
                self._data = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Norm every image with the moments that were measured."""
        with self._switched():
            yield

    def moments(self, norm: Norm, x: Tensor) -> Moments:
        """What ``norm`` shall use on ``x``, (B, C, H, W).

        Raises:
            RuntimeError: if it was never measured, or is measured twice in one pass.
        """
        if (self._data is None) != (norm in self._kept):
            how = "twice" if norm in self._kept else "never"
            raise RuntimeError(
                f"{type(norm).__name__} was run {how} while statistics were measured: measure "
                "with one pass over the network that is used afterwards."
            )
        if self._data is not None:
            self._kept[norm] = _weighted_moments(norm, x, self._data)
        return self._kept[norm]

    @contextmanager
    def _switched(self) -> Iterator[None]:
        for norm in self.norms:
            norm.shared = self
        try:
            yield
        finally:
            for norm in self.norms:
                del norm.shared


def own_moments(x: Tensor, over: tuple[int, ...] = (2, 3), correction: int = 0) -> Moments:
    """The moments of each image, or of each of its channels, alone."""
    variance, mean = torch.var_mean(x, dim=over, correction=correction, keepdim=True)
    return variance, mean


def is_half(x: Tensor) -> bool:
    """Whether ``x`` is of half precision."""
    return x.dtype in (torch.bfloat16, torch.float16)


def at_least_float32(x: Tensor) -> Tensor:
    """``x`` in float32 if it is of half precision, else as it is."""
    return x.float() if is_half(x) else x


def group_norm_in_half(x: Tensor, groups: int, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    """A group norm without a float32 copy of ``x``; torch takes its statistics in float32.

    Args:
        x: (B, C, H, W) in half precision, which autocast would widen.
        groups: that the channels are divided into, each with a mean and a variance of its own.
        scale: (C,) of any precision.
        shift: (C,) of any precision.
        eps: added to the variance.
    """
    with torch.autocast(x.device.type, enabled=False):
        return group_norm(x, groups, scale.to(x.dtype), shift.to(x.dtype), eps)


def _weighted_moments(norm: Norm, x: Tensor, data: Tensor) -> Moments:
    """Variance and mean over the batch and ``norm.over``, each pixel weighed by its data."""
    over = (0, *norm.over)
    weights = adaptive_avg_pool2d(data.to(x), (x.shape[2], x.shape[3])).expand_as(x)
    count = weights.sum(over, keepdim=True)
    mean = (weights * x).sum(over, keepdim=True) / count.clamp(min=1)
    squares = (weights * (x - mean).square()).sum(over, keepdim=True)
    return squares / (count - norm.correction).clamp(min=1), mean
