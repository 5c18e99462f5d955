"""A line now and then: how fast, how long still, and whether the losses behave."""

import time
from collections.abc import Callable

from crosslook.translators.curve import Curve


class ProgressLine:
    """Says one line at most every ``every_s`` seconds, and one at the end."""

    def __init__(
        self, name: str, steps: int, say: Callable[[str], None], every_s: float = 5.0
    ) -> None:
        self.name, self.steps, self.say, self.every_s = name, steps, say, every_s
        self.began = self.last = time.monotonic()
        self.first: int | None = None

    def __call__(self, step: int, curve: Curve) -> None:
        """Tell of ``step``, if it is time to."""
        now = time.monotonic()
        if self.first is None:
            self.first, self.began = step, now
        if now - self.last < self.every_s and step < self.steps:
            return
        self.last = now
        rate = (step - self.first) / (now - self.began) if step > self.first else 0.0
        words = [f"{self.name}: step {step} of {self.steps}", f"{rate:.2f} steps/s"]
        if rate:
            words.append(f"{(self.steps - step) / rate:.0f} s left")
        words += [f"{k} {v:.3g}" for row in curve.rows[-1:] for k, v in row.items() if k != "step"]
        self.say(", ".join(words))
