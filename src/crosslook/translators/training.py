"""The one training loop. It knows the contract of translators and nothing of any method."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from crosslook.translators.averaging import MovingAverage
from crosslook.translators.compiling import begin_graphs
from crosslook.translators.curve import Curve
from crosslook.translators.naming import Checkpoint, averaged
from crosslook.translators.precision import use_bfloat16
from crosslook.translators.schedules import last_step, rate_factor
from crosslook.translators.settings import Training
from crosslook.translators.states import load_newest_state, save_state
from crosslook.translators.stepping import Batch, build_optimisers, take_step
from crosslook.translators.translator import Translator

Batches = Callable[[int], Batch]  # step, from 1 -> source, target in [-1, 1]


def train(
    translator: Translator,
    batches: Batches,
    training: Training,
    epoch_steps: int,
    seed: int,
    states: Path,
    on_checkpoint: Callable[[Checkpoint], None],
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
            goes on from before it. With ``training.average``, it is called a second time with the
            averaged weights in place.
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
    curve, average = Curve(training.log_every), MovingAverage(translator, training.average)
    bfloat16 = use_bfloat16(training.precision, training.device)
    done = load_newest_state(states, translator, optimisers, average, curve, say)
    for step in range(done + 1, training.steps + 1):
        begin = partial(translator.begin_step, seed, step)
        begin()
        begin_graphs(training)
        factor = rate_factor(training.schedule, step, epoch_steps)
        for name, optimiser in optimisers.items():
            optimiser.param_groups[0]["lr"] = rates[name] * factor
        images = batches(step)
        losses = take_step(
            translator, updates, optimisers, *images, bfloat16, training.accumulate, begin
        )
        average.follow(step)
        curve.add(step, losses)
        if step in training.checkpoints:
            curve.pull()
            on_checkpoint(step)
            if training.average:
                with average.in_place():
                    on_checkpoint(averaged(step))
        if step % training.save_every == 0:
            curve.pull()
            save_state(states, step, translator, optimisers, average, curve)
        on_step(step, curve)
    curve.pull()
    return curve
