"""The log of a training: a row per few steps, and the alarm when a loss is not finite."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Row = dict[str, float]
Values = Mapping[str, Tensor]  # name -> ()


@dataclass
class Log:
    """Means over ``log_every`` steps of losses and of health measures.

    Values stay on their device until a row or a state is due. A health measure may be NaN where a
    step had nothing to measure: it is left out of the mean, and of the row where no step had it.
    """

    log_every: int
    rows: list[Row] = field(default_factory=list)  # {"step": the row's last, name: mean}
    recent: list[Row] = field(default_factory=list)  # of steps not yet in a row
    _waiting: list[tuple[int, Values, Values]] = field(default_factory=list)

    def add(self, step: int, losses: Values, health: Values) -> None:
        """Take what one step gave.

        Raises:
            FloatingPointError: naming the first step and loss that are not finite.
        """
        self._waiting.append((step, losses, health))
        if step % self.log_every == 0:
            self.pull()
            self.rows.append({"step": step} | _means(self.recent))
            self.recent = []

    def pull(self) -> None:
        """Bring all waiting values here and look at them.

        Raises:
            FloatingPointError: naming the first step and loss that are not finite.
        """
        waiting, self._waiting = self._waiting, []
        for step, losses, health in waiting:
            together = {**losses, **health}
            numbers = torch.stack([value.detach().float() for value in together.values()]).tolist()
            found = dict(zip(together, numbers, strict=True))
            for name in losses:
                if not math.isfinite(found[name]):
                    raise FloatingPointError(f"loss {name} is {found[name]} at step {step}.")
            self.recent.append({n: value for n, value in found.items() if math.isfinite(value)})

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a saved state."""
        return {"rows": self.rows, "recent": self.recent}

    def take(self, saved: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self.rows = [{"step": row["step"]} | row for row in saved["rows"]]
        self.recent, self._waiting = list(saved["recent"]), []


def thinned(rows: list[Row], most: int) -> list[Row]:
    """At most ``most`` rows, evenly spread, the last one among them."""
    if len(rows) <= most:
        return rows
    return [rows[round((k + 1) * len(rows) / most) - 1] for k in range(most)]


def _means(rows: list[Row]) -> Row:
    names = sorted({name for row in rows for name in row})
    found = {name: [row[name] for row in rows if name in row] for name in names}
    return {name: sum(values) / len(values) for name, values in found.items()}
