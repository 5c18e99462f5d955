"""Ways to run the same training step, and the methods that take one."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from crosslook.translators.methods import TRANSLATORS
from crosslook.translators.precision import use_bfloat16
from crosslook.translators.settings import NetworkSettings, Precision, Training

METHODS = tuple(
    name for name, method in TRANSLATORS.items() if issubclass(method.settings, NetworkSettings)
)


@dataclass(frozen=True)
class Variant:
    """How a step is run; the mathematics is the same in all."""

    name: str
    precision: Precision = "float32"
    fused: bool = False  # Adam does a whole parameter group in one call
    compile: Literal["off", "on", "graphs"] = "off"
    channels_last: bool = False
    tf32: bool = True  # in convolutions on a GPU, where torch takes it unless told otherwise

    def training(self, device: str, size: int) -> Training:
        """What the training loop is told."""
        return Training(
            steps=1,
            crop=size,
            device=device,
            precision=self.precision,
            compile=self.compile,
            channels_last=self.channels_last,
        )

    def runs_in(self, device: str) -> str:
        """The precision of its networks."""
        return "bfloat16" if use_bfloat16(self.precision, device) else "float32"


PLAIN = Variant("plain")


def known_variants(device: str) -> dict[str, Variant]:
    """All that can be measured on ``device``, by name."""
    usual = Training(steps=1, device=device)
    default = Variant(
        name="default",
        precision=usual.precision,
        fused=True,
        compile=usual.compile,
        channels_last=usual.channels_last,
    )
    known = [PLAIN, default, replace(default, name="compile", compile="on")]
    if device.startswith("cuda"):
        known += [
            replace(default, name="nhwc", channels_last=True),
            replace(default, name="graphs", compile="graphs"),
            replace(PLAIN, name="no-tf32", tf32=False),
        ]
    return {variant.name: variant for variant in known}


def usual_variants(device: str) -> tuple[str, ...]:
    """The names of those that are measured unless told otherwise."""
    on_gpu = device.startswith("cuda")
    return ("plain", "default", "nhwc", "compile", "graphs") if on_gpu else ("plain", "default")


def settings_of(method: str, width: int | None) -> Any:
    """The papers' settings of ``method``, or its networks ``width`` channels wide."""
    settings: Any = TRANSLATORS[method].settings()
    return settings if width is None else replace(settings, width=width, discriminator_width=width)
