"""The one training loop. It knows the contract of translators and nothing of any method."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Adam

from crosslook.translators.curve import Curve
from crosslook.translators.schedules import last_step, rate_factor
from crosslook.translators.settings import Training
from crosslook.translators.states import load_newest_state, save_state
from crosslook.translators.translator import Fakes, Losses, ParameterGroup, Translator, Update

Batches = Callable[[int], tuple[Tensor, Tensor]]  # step, from 1 -> source, target in [-1, 1]


def train(
    translator: Translator,
    batches: Batches,
    training: Training,
    epoch_steps: int,
    seed: int,
    states: Path,
    on_checkpoint: Callable[[int], None],
    on_step: Callable[[int, Curve], None],
    say: Callable[[str], None],
) -> Curve:
    """Train up to ``training.steps``, going on from the newest state in ``states``.

    Killed anywhere and called again, it ends with the bytes of an uninterrupted run (on a CPU,
    with the same number of threads).

    Args:
        translator: has updates; changed in place.
        batches: gives the batch of a step, and the same one whenever it is asked.
        training: steps, checkpoints, schedule and the like.
        epoch_steps: steps of an epoch, for schedules that count epochs.
        seed: of everything that the steps draw.
        states: folder of saved states.
        on_checkpoint: called after each step of ``training.checkpoints``, and again when a run
            goes on from before it.
        on_step: called after every step.
        say: is told what a resumed run found.

    Raises:
        FloatingPointError: naming the first loss that is not finite, and its step.
        ValueError: if the learning rate ends before the steps do.
    """
    if training.steps > (end := last_step(training.schedule, epoch_steps)):
        raise ValueError(f"the learning rate ends at step {end}, before steps={training.steps}.")
    updates = translator.updates()
    optimisers = build_optimisers(updates)
    rates = {name: optimiser.param_groups[0]["lr"] for name, optimiser in optimisers.items()}
    curve = Curve(training.log_every)
    done = load_newest_state(states, translator, optimisers, curve, say)
    for step in range(done + 1, training.steps + 1):
        translator.begin_step(seed, step)
        factor = rate_factor(training.schedule, step, epoch_steps)
        for name, optimiser in optimisers.items():
            optimiser.param_groups[0]["lr"] = rates[name] * factor
        source, target = batches(step)
        losses = take_step(translator, updates, optimisers, source, target, training.bfloat16)
        curve.add(step, losses)
        if step in training.checkpoints:
            curve.pull()
            on_checkpoint(step)
        if step % training.save_every == 0:
            curve.pull()
            save_state(states, step, translator, optimisers, curve)
        on_step(step, curve)
    curve.pull()
    return curve


def take_step(
    translator: Translator,
    updates: Sequence[Update],
    optimisers: Mapping[str, Adam],
    source: Tensor,
    target: Tensor,
    bfloat16: bool = False,
) -> Losses:
    """All updates of one training step, in order.

    Returns:
        Their losses and what the translator wants watched, by name, without gradient.
    """
    seen: Losses = {}
    fakes: Fakes = {}
    if any(update.fakes != "fresh" for update in updates):
        with _precision(source, bfloat16):
            fakes = translator.make_fakes(source, target)
    for update in updates:
        with learning_only(translator, update.learns):
            with _precision(source, bfloat16):
                if update.fakes == "fresh":
                    given = translator.make_fakes(source, target)
                elif update.fakes == "detached":
                    given = {name: fake.detach() for name, fake in fakes.items()}
                else:
                    given = fakes
                losses = update.losses(source, target, given)
            torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        for group in update.learns:
            optimisers[group.name].step()
        translator.zero_grad(set_to_none=True)
        seen |= {name: loss.detach() for name, loss in losses.items()}
    return seen | {name: value.detach() for name, value in translator.watched().items()}


def build_optimisers(updates: Sequence[Update]) -> dict[str, Adam]:
    """One Adam per parameter group, by its name."""
    groups = {group.name: group for update in updates for group in update.learns}
    return {
        name: Adam(
            _parameters(group),
            lr=group.learning_rate,
            betas=group.betas,
            weight_decay=group.weight_decay,
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


def _precision(like: Tensor, bfloat16: bool) -> torch.autocast:
    return torch.autocast(like.device.type, torch.bfloat16, enabled=bfloat16)
