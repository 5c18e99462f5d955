"""The contract of all translators: an ordered list of updates, and one call after training."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Fakes = dict[str, Tensor]  # name -> (B, C, H, W): what the generators made of one batch
Losses = dict[str, Tensor]  # name -> (), already weighted, ready to be summed


@dataclass(frozen=True)
class ParameterGroup:
    """Networks that share one Adam optimiser."""

    name: str  # unique within a translator
    networks: tuple[nn.Module, ...]
    learning_rate: float
    betas: tuple[float, float]
    weight_decay: float = 0.0  # times the weights, added to their gradients


@dataclass(frozen=True)
class Update:
    """One optimiser step of a training step.

    ``fakes`` says what ``losses`` is given: the fakes of this training step with their gradient
    ("shared", for one update only), the same ones held constant ("detached"), or new ones
    ("fresh").
    """

    name: str
    losses: Callable[[Tensor, Tensor, Fakes], Losses]
    learns: tuple[ParameterGroup, ...]  # everything else is frozen meanwhile
    fakes: Literal["shared", "detached", "fresh"]


class Translator(nn.Module, ABC):
    """Learns source -> target from patches that are not paired.

    ``source`` is (B, C_source, H, W) and ``target`` (B, C_target, H, W), float32 in [-1, 1].
    Item b of one has no relation to item b of the other.
    """

    has_styles: ClassVar[bool] = False  # one source has many translations, see ``translate``
    reach_px = 96  # beyond it a source pixel changes no fake pixel, the norms' statistics aside
    _model: Tensor | None = None  # see styled_like

    def __init__(self) -> None:
        super().__init__()
        self.draw = torch.Generator()  # both are set anew at every step, see begin_step
        self.dice = random.Random(0)
        self.step = 0  # of the training, from 1; 0 outside of one
        self.draw.manual_seed(0)
        self.exported_only = False  # from a checkpoint: other networks are as they were drawn

    @abstractmethod
    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        """Turn (B, C_source, H, W) into (B, C_target, H, W), both in [-1, 1].

        The only call that is needed after training. H and W are multiples of 4. The same source
        and variant give the same fake, whatever else is in the batch.

        Args:
            source: the images.
            variant: from 0. Where ``has_styles``, each one is another style; elsewhere all are one.
        """

    def views(self, source: Tensor) -> dict[str, Tensor]:
        """What else is worth seeing of a translation: a few words -> (B, 3, H, W) in [-1, 1].

        In the order in which they are to be shown. Of a translator from a checkpoint, only what
        ``exported`` holds can be seen.
        """
        return {}

    @contextmanager
    def styled_like(self, image: Tensor) -> Iterator[None]:
        """Meanwhile ``translate`` gives every source the style of ``image``, (1, C_source, H, W).

        For methods that have styles; the others do as they always do.
        """
        self._model = image
        try:
            yield
        finally:
            self._model = None

    def style_images(self, source: Tensor) -> Tensor:
        """The images that decide the styles of ``source``, one for each of its images."""
        return source if self._model is None else self._model.expand(len(source), -1, -1, -1)

    def exported(self) -> Mapping[str, nn.Module]:
        """The networks and tables that ``translate`` needs: what a checkpoint holds."""
        return {}

    def fit(self, source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]) -> None:
        """Take from all patches, (N, C, H, W) uint8, what needs no training step."""

    def updates(self) -> list[Update]:
        """The updates of a training step, in the order of the method's reference."""
        return []

    def make_fakes(self, source: Tensor, target: Tensor) -> Fakes:
        """Run the generators once on a batch."""
        raise NotImplementedError(f"{type(self).__name__} has no training step.")

    def watched(self) -> Losses:
        """Values of the step just taken that stand beside its losses; nothing learns from them."""
        return {}

    def memory(self) -> dict[str, Tensor]:
        """What the next step depends on besides the weights: image pools, loss histories."""
        return {}

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        """Take back what ``memory`` gave."""

    def begin_step(self, seed: int, step: int, part: int = 0) -> None:
        """Derive every random number of this step, or this part of it, from these three.

        So a resumed run draws what the uninterrupted one would have drawn. Tensors are drawn where
        the networks are: a GPU need not wait for them.
        """
        self.step = step
        device = next((p.device for p in self.parameters()), self.draw.device)
        if self.draw.device != device:
            self.draw = torch.Generator(device)
        words = [seed, step, part] if part else [seed, step]
        self.draw.manual_seed(int(np.random.SeedSequence(words).generate_state(1)[0]))
        self.dice.seed(" ".join(map(str, words)))
