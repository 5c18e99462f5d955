"""One training step: all updates of a translator, in their order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim import Adam

from crosslook.translators.translator import Fakes, Losses, ParameterGroup, Translator, Update

Batch = tuple[Tensor, Tensor]  # source and target, each (B, C, H, W) in [-1, 1]
Begin = Callable[[int], None]  # sets the draws of a part of the batch, from 0


def take_step(
    translator: Translator,
    updates: Sequence[Update],
    optimisers: Mapping[str, Adam],
    source: Tensor,
    target: Tensor,
    bfloat16: bool = False,
    parts: int = 1,
    begin: Begin | None = None,
) -> Losses:
    """All updates of one training step, in order.

    Args:
        translator: changed in place.
        updates: its updates.
        optimisers: one per parameter group, by name.
        source: (B, C, H, W) in [-1, 1].
        target: likewise.
        bfloat16: run the networks in bfloat16.
        parts: the batch is cut into so many, whose gradients are averaged: memory for a part,
            the gradient of the whole.
        begin: called before a part's fakes are made; the same draws must follow each time. Not
            needed for one part.

    Returns:
        The losses, means over the parts, and what the translator wants watched (of the last
        part), by name, without gradient.
    """
    batches = list(zip(source.chunk(parts), target.chunk(parts), strict=True))
    fakes = _Fakes(translator, batches, bfloat16, begin)
    if len(batches) == 1 and any(update.fakes != "fresh" for update in updates):
        fakes.make(0)
    seen: Losses = {}
    for update in updates:
        with learning_only(translator, update.learns):
            for part, batch in enumerate(batches):
                given = fakes.of(update, part)
                with _precision(source, bfloat16):
                    losses = update.losses(*batch, given)
                total = torch.stack(list(losses.values())).sum() / len(batches)
                total.backward()  # type: ignore[no-untyped-call]
                for name, loss in losses.items():
                    share = loss.detach() / len(batches)
                    seen[name] = seen[name] + share if part else share
        for group in update.learns:
            optimisers[group.name].step()
        translator.zero_grad(set_to_none=True)
    return seen | {name: value.detach() for name, value in translator.watched().items()}


class _Fakes:
    """The fakes of one training step, by part.

    One part's are made once for all updates. Of several, they are made again for each update that
    must reach through them, so that memory never holds the graph of more than one part.
    """

    def __init__(
        self,
        translator: Translator,
        batches: Sequence[Batch],
        bfloat16: bool,
        begin: Begin | None,
    ) -> None:
        if len(batches) > 1 and begin is None:
            raise ValueError(f"{len(batches)} parts need ``begin``, so that their fakes repeat.")
        self.translator, self.batches = translator, batches
        self.bfloat16, self.begin = bfloat16, begin
        self.made: dict[int, Fakes] = {}

    def make(self, part: int) -> Fakes:
        """Run the generators on a part, and keep what they made."""
        self.made[part] = self._run(part)
        return self.made[part]

    def of(self, update: Update, part: int) -> Fakes:
        """What ``update`` asks for."""
        if update.fakes == "fresh":
            return self._run(part)
        if self.begin is not None and len(self.batches) > 1:
            if update.fakes == "detached" and part in self.made:
                return self.made[part]
            self.begin(part)
            with torch.set_grad_enabled(update.fakes == "shared"):
                fakes = self._run(part)
            self.made[part] = _held(fakes)
            return fakes
        fakes = self.made[part]
        return _held(fakes) if update.fakes == "detached" else fakes

    def _run(self, part: int) -> Fakes:
        source, target = self.batches[part]
        with _precision(source, self.bfloat16):
            return self.translator.make_fakes(source, target)


def build_optimisers(updates: Sequence[Update], fused: bool = True) -> dict[str, Adam]:
    """One Adam per parameter group, by its name; ``fused`` does a whole group in one call."""
    groups = {group.name: group for update in updates for group in update.learns}
    return {
        name: Adam(
            _parameters(group),
            lr=group.learning_rate,
            betas=group.betas,
            weight_decay=group.weight_decay,
            fused=fused,
        )
        for name, group in groups.items()
    }


@contextmanager
def learning_only(translator: nn.Module, learns: Sequence[ParameterGroup]) -> Iterator[None]:
    """Freeze every parameter of ``translator`` that is in no group of ``learns``."""
    learning = {id(parameter) for group in learns for parameter in _parameters(group)}
    frozen = [p for p in translator.parameters() if id(p) not in learning]
    for parameter in frozen:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in frozen:
            parameter.requires_grad_(True)


def _parameters(group: ParameterGroup) -> list[nn.Parameter]:
    return [parameter for network in group.networks for parameter in network.parameters()]


def _held(fakes: Fakes) -> Fakes:
    return {name: fake.detach() for name, fake in fakes.items()}


def _precision(like: Tensor, bfloat16: bool) -> torch.autocast:
    return torch.autocast(like.device.type, torch.bfloat16, enabled=bfloat16)
