"""The state of a running training: enough to go on as if it had never stopped.

One safetensors file per saved step: weights, optimisers, the moving average, the translator's
memory (image pools) and the loss curve. Schedules and random numbers need nothing: both follow from
the step. The newest two are kept, so that a damaged one costs time, not the run.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from torch import Tensor
from torch.optim import Optimizer

from crosslook.errors import CheckpointError
from crosslook.translators.averaging import MovingAverage
from crosslook.translators.curve import Curve
from crosslook.translators.naming import checkpoint_name, checkpoint_named, checkpoint_order
from crosslook.translators.tensor_files import read_tensors, write_tensors
from crosslook.translators.translator import Translator

KEPT = 2


def save_state(
    folder: Path,
    step: int,
    translator: Translator,
    optimisers: Mapping[str, Optimizer],
    average: MovingAverage,
    curve: Curve,
) -> None:
    """Write the state after ``step`` and delete all but the newest two."""
    tensors = {f"network/{name}": tensor for name, tensor in translator.state_dict().items()}
    for name, optimiser in optimisers.items():
        for index, values in optimiser.state_dict()["state"].items():
            for key, value in values.items():
                tensors[f"optimiser/{name}/{index}/{key}"] = value
    tensors |= {f"average/{name}": tensor for name, tensor in average.tensors().items()}
    tensors |= {f"memory/{name}": tensor for name, tensor in translator.memory().items()}
    path = folder / f"{checkpoint_name(step)}.safetensors"
    write_tensors(path, tensors, {"step": step, "curve": curve.as_dict()})
    for old in _newest_first(folder)[KEPT:]:
        old.unlink()


def load_newest_state(
    folder: Path,
    translator: Translator,
    optimisers: Mapping[str, Optimizer],
    average: MovingAverage,
    curve: Curve,
    say: Callable[[str], None],
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
        translator.load_state_dict(_below("network/", tensors))
        translator.recall(_below("memory/", tensors))
        average.take(_below("average/", tensors))
        for name, optimiser in optimisers.items():
            _restore(optimiser, _below(f"optimiser/{name}/", tensors))
        curve.take(about["curve"])
        step = int(about["step"])
        say(f"going on after step {step}.")
        return step
    return 0


def _newest_first(folder: Path) -> list[Path]:
    found = {path: checkpoint_named(path.stem) for path in folder.glob("step_*.safetensors")}
    return sorted(found, key=lambda path: checkpoint_order(found[path]), reverse=True)


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _restore(optimiser: Optimizer, saved: Mapping[str, Tensor]) -> None:
    """Put flattened optimiser state, named INDEX/KEY, back into place."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in saved.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = tensor
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
