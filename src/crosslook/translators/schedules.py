"""The learning rate as a function of the step alone: nothing to save, nothing to resume."""

import math

from crosslook.translators.settings import Schedule


def linear_factor(done: int, constant: int, decay: int) -> float:
    """What the learning rate is multiplied with after ``done`` epochs or iterations.

        1 - max(0, done + 1 - constant) / (decay + 1)

    The rule of CycleGAN's and CUT's reference: the first smaller rate is that of unit
    ``constant`` + 1, counted from 1; the last one is 1 / (decay + 1), not 0.
    """
    return 1.0 - max(0, done + 1 - constant) / (decay + 1)


def halved_factor(done: int, every: int) -> float:
    """What the learning rate is multiplied with after ``done`` epochs or iterations.

    The rule of MUNIT's reference: unit ``every``, counted from 1, is the first with half the rate.
    """
    return float(0.5 ** ((done + 1) // every))


def epoch_length(source_patches: int, target_patches: int, batch: int) -> int:
    """Steps of an epoch: the larger set is seen once."""
    return math.ceil(max(source_patches, target_patches) / batch)


def rate_factor(schedule: Schedule, step: int, epoch_steps: int) -> float:
    """The factor at ``step`` (from 1); ``epoch_steps`` counts for the epoch clock only."""
    unit = epoch_steps if schedule.clock == "epochs" else 1
    done = (step - 1) // unit
    if schedule.halve_every:
        return halved_factor(done, schedule.halve_every)
    return linear_factor(done, schedule.constant, schedule.decay)


def last_step(schedule: Schedule, epoch_steps: int) -> float:
    """The last step with a learning rate above 0; infinite where it is halved for ever."""
    if schedule.halve_every:
        return math.inf
    unit = epoch_steps if schedule.clock == "epochs" else 1
    return unit * (schedule.constant + schedule.decay)
