"""The loss curve: one row per few steps, and the alarm when a loss is not finite."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch

from crosslook.translators.translator import Losses

Row = dict[str, float]


@dataclass
class Curve:
    """Means of the losses over ``log_every`` steps.

    Losses stay on their device until a row is due: asking for a number at every step would make a
    GPU wait for it.
    """

    log_every: int
    rows: list[Row] = field(default_factory=list)  # {"step": last step of the row, name: mean}
    recent: list[Row] = field(default_factory=list)  # {name: value} of steps not yet in a row
    _waiting: list[tuple[int, Losses]] = field(default_factory=list)

    def add(self, step: int, losses: Losses) -> None:
        """Take the losses of one step.

        Raises:
            FloatingPointError: naming the first step and loss that are not finite.
        """
        self._waiting.append((step, losses))
        if step % self.log_every == 0:
            self.pull()
            self.rows.append(_in_order({"step": step} | mean(self.recent)))
            self.recent = []

    def pull(self) -> None:
        """Bring all waiting losses here and look at them.

        Raises:
            FloatingPointError: naming the first step and loss that are not finite.
        """
        waiting, self._waiting = self._waiting, []
        for step, losses in waiting:
            values = torch.stack([loss.detach() for loss in losses.values()]).tolist()
            for name, value in zip(losses, values, strict=True):
                if not math.isfinite(value):
                    raise FloatingPointError(f"loss {name} is {value} at step {step}.")
            self.recent.append(dict(zip(losses, values, strict=True)))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a saved state."""
        return {"rows": self.rows, "recent": self.recent}

    def take(self, saved: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.rows = [_in_order(row) for row in saved["rows"]]
        self.recent, self._waiting = saved["recent"], []


def mean(rows: list[Row]) -> Row:
    """The mean of each name over the rows."""
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def _in_order(row: Row) -> Row:
    """The step, then the losses by name: a saved state does not keep the order they came in."""
    return {"step": row["step"]} | {name: row[name] for name in sorted(row) if name != "step"}
