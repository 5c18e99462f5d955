"""Two ways not to do it: pairs of vectors multiplied out in memory, and keys encoded twice."""

from collections.abc import Callable
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy

from clocks import Record, empty, timed
from crosslook.translators.cut import CUT
from crosslook.translators.translator import Fakes, Losses
from measuring import Job, measure_memory, stepper
from variants import settings_of


def measure_broadcast_memory(job: Job) -> Record:
    """As ``measure_memory``, with ``broadcast_nce`` in the place of DCLGAN's loss."""
    with patch("crosslook.translators.dclgan.batch_nce", broadcast_nce):
        return measure_memory(job) | {"way": "broadcast"}


def measure_keys(job: Job) -> Record:
    """Encoder passes of a step of CUT, and its seconds beside one that encodes its keys again."""
    torch.set_num_threads(job.threads)
    found: Record = {"size": job.size, "variants": {}}
    steps = {}
    for name, kind in (("once", CUT), ("again", KeysAgain)):
        translator = kind(3, 3, settings_of("cut", job.width)).to(job.device)
        steps[name] = stepper(translator, job.variants[0], job)
        images = _images_encoded(translator, steps[name])
        found["variants"][name] = empty() | {"passes": len(images), "images": sum(images)}
        steps[name]()
    for _ in range(job.repeats):
        for name, step in steps.items():
            timed(step, job.steps, job.device, found["variants"][name])
    return found


def broadcast_nce(query: Tensor, key: Tensor, temperature: float = 0.07) -> Tensor:
    """``batch_nce`` by ``cosine_similarity`` of (N, 1, D) and (1, N, D), for N places.

    Every pair's product lies in memory, (N, N, D), once and more often for the gradient.
    """
    n = query.shape[0] * query.shape[1]
    pairs = query.reshape(n, 1, -1), key.detach().reshape(1, n, -1)
    logits = cosine_similarity(*pairs, dim=2) / temperature
    return cross_entropy(logits, torch.arange(n, device=query.device))


class KeysAgain(CUT):
    """CUT that encodes source and target a second time, for the keys."""

    def generator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        with torch.no_grad():
            both = torch.cat([source, target])
            keys = self.target_generator.encode(both, self.settings.layers)
        again = {f"key/{i}": key for i, key in enumerate(keys)}
        return super().generator_losses(source, target, fakes | again)


def _images_encoded(translator: CUT, step: Callable[[], None]) -> list[int]:
    """Take a step; how many images each pass through the encoder's first layer had."""
    passes: list[int] = []
    hook = translator.target_generator.layers[0].register_forward_hook(
        lambda layer, given, made: passes.append(len(made))
    )
    step()
    hook.remove()
    return passes
