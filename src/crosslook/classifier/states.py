"""The state of a running training: enough to go on as if it had never stopped.

One safetensors file per saved step: weights, statistics, optimiser and log. Rates, batches and
random numbers need nothing: they follow from the step. The newest two are kept, so that a damaged
one costs time, not the run.
"""

import re
from collections.abc import Callable
from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer

from crosslook.classifier.log import Log
from crosslook.classifier.tensor_files import below, read_tensors, write_tensors
from crosslook.errors import CheckpointError

KEPT = 2


def save_state(folder: Path, step: int, network: nn.Module, optimiser: Optimizer, log: Log) -> None:
    """Write the state after ``step`` and delete all but the newest two."""
    tensors = {f"network/{name}": tensor for name, tensor in network.state_dict().items()}
    for index, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{key}": value for key, value in values.items()}
    path = folder / f"step_{step:07d}.safetensors"
    write_tensors(path, tensors, {"step": step, "log": log.as_dict()})
    for old in _newest_first(folder)[KEPT:]:
        old.unlink()


def load_newest_state(
    folder: Path, network: nn.Module, optimiser: Optimizer, log: Log, say: Callable[[str], None]
) -> int:
    """Take the newest whole state; returns its step, 0 when there is none.

    ``say`` is told of each state that is damaged and of the step from which the run goes on.
    """
    for path in _newest_first(folder):
        try:
            tensors, about = read_tensors(path)
        except CheckpointError as error:
            say(f"{error} Going back to the state before it.")
            continue
        network.load_state_dict(below("network/", tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in below("optimiser/", tensors).items():
            index, _, key = name.partition("/")
            moments.setdefault(int(index), {})[key] = tensor
        optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
        log.take(about["log"])
        say(f"going on after step {about['step']}.")
        return int(about["step"])
    return 0


def _newest_first(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("step_*") if re.fullmatch(r"step_\d+", path.stem)]
    return sorted(found, key=lambda path: path.stem, reverse=True)
