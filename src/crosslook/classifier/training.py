"""The training loop: one optimiser for everything, resumable to the byte."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.optim import AdamW, Optimizer

from crosslook.classifier.configurations import Configuration
from crosslook.classifier.log import Log
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patches import Batch
from crosslook.classifier.settings import TrainingSettings
from crosslook.classifier.states import load_newest_state, save_state
from crosslook.classifier.stepping import Moment, Values, batch_losses, moment
from crosslook.errors import ParamsError


def train(
    network: LandCoverNetwork,
    configuration: Configuration,
    batches: Callable[[int], Batch],
    settings: TrainingSettings,
    seed: int,
    states: Path | None,
    on_step: Callable[[int, Log], None] = lambda step, log: None,
    say: Callable[[str], None] = lambda words: None,
) -> Log:
    """Train ``network`` in place up to ``settings.steps``, going on from the newest state.

    Killed anywhere and called again, it ends with the bytes of an uninterrupted run (on a CPU,
    with the same number of threads).

    Args:
        network: of the sensors of ``configuration``; changed in place, and left on the CPU.
        configuration: which losses.
        batches: gives the batch of a step, from 1, and the same one whenever it is asked.
        settings: of the training.
        seed: of all that the steps draw.
        states: folder of saved states; None saves none.
        on_step: called after every step.
        say: is told what a resumed run found.

    Raises:
        FloatingPointError: naming the first loss that is not finite, and its step.
        ParamsError: if the device is not there.
    """
    device = _require_device(settings.device)
    network.to(device)
    optimiser, log = build_optimiser(network, settings), Log(settings.log_every)
    rates = [group["lr"] for group in optimiser.param_groups]
    done = load_newest_state(states, network, optimiser, log, say) if states else 0
    bfloat16 = use_bfloat16(settings.precision, device)
    network.train()
    for step in range(done + 1, settings.steps + 1):
        torch.manual_seed(int(np.random.SeedSequence([seed, 7, step]).generate_state(1)[0]))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * rate_factor(step, settings.steps, settings.warmup_share)
        now = moment(step, settings.steps, settings.losses, settings.mining)
        batch = batches(step).to(device)
        losses, health = take_step(
            network, optimiser, configuration, batch, settings, now, bfloat16
        )
        log.add(step, losses, health)
        if states and step % settings.save_every == 0:
            log.pull()
            save_state(states, step, network, optimiser, log)
        on_step(step, log)
    log.pull()
    network.to("cpu").eval()
    return log


def take_step(
    network: LandCoverNetwork,
    optimiser: Optimizer,
    configuration: Configuration,
    batch: Batch,
    settings: TrainingSettings,
    now: Moment,
    bfloat16: bool = False,
) -> tuple[Values, Values]:
    """Learn from one batch; returns its losses and measures of health, as ``batch_losses``."""
    losses, health = batch_losses(
        network, batch, configuration, settings.losses, settings.mining, now, bfloat16
    )
    optimiser.zero_grad(set_to_none=True)
    torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return losses, health


def build_optimiser(network: LandCoverNetwork, settings: TrainingSettings) -> AdamW:
    """AdamW over everything: the two heads have a rate of their own, biases and norms no decay."""
    heads = {id(p) for head in (network.classifier, network.modality) for p in head.parameters()}
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        rate = settings.head_rate if id(parameter) in heads else settings.learning_rate
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return AdamW(
        [
            {"params": learn, "lr": rate, "weight_decay": decay}
            for (rate, decay), learn in groups.items()
        ],
        betas=settings.betas,
        fused=True,
    )


def rate_factor(step: int, steps: int, warmup_share: float) -> float:
    """What a learning rate is multiplied with at ``step``, from 1.

    A straight rise over the first ``warmup_share`` of the steps, then half a cosine down to .01.
    """
    rise = max(1, round(warmup_share * steps))
    if step < rise:
        return step / rise
    share = (step - rise) / max(1, steps - rise)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))


def use_bfloat16(precision: str, device: str) -> bool:
    """Whether the networks run in bfloat16; "auto" means: on a GPU that multiplies it."""
    if precision != "auto":
        return precision == "bfloat16"
    return device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def _require_device(device: str) -> str:
    if device == "cuda" and not torch.cuda.is_available():
        raise ParamsError("device: 'cuda' is set, but torch finds no GPU here. Set it to 'cpu'.")
    return device
