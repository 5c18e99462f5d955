"""A line now and then: how fast, how long still, and whether the losses behave."""

import time
from collections.abc import Callable

from crosslook.translators.curve import Curve

MUCH_WAITING = 0.03  # share of the time; above it every line tells of it


class ProgressLine:
    """Says one line at most every ``every_s`` seconds, and one at the end.

    The last line tells what share of the time was spent ``waited`` for data, and every line does
    if the share is not small.
    """

    def __init__(
        self,
        name: str,
        steps: int,
        say: Callable[[str], None],
        every_s: float = 5.0,
        waited: Callable[[], float] | None = None,
    ) -> None:
        self.name, self.steps, self.say, self.every_s = name, steps, say, every_s
        self.waited = waited
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
        share = self.waited() if self.waited else 0.0
        if share > MUCH_WAITING or (self.waited and step >= self.steps):
            words.append(f"waited for data {100 * share:.1f} %")
        words += [f"{k} {v:.3g}" for row in curve.rows[-1:] for k, v in row.items() if k != "step"]
        self.say(", ".join(words))
