"""A trained translator on disk: the networks that ``translate`` needs, and what they are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from crosslook.errors import CheckpointError, ParamsError
from crosslook.patches.patch_set import require_contract
from crosslook.translators.methods import create, method_named
from crosslook.translators.naming import Checkpoint, checkpoint_named, checkpoint_order
from crosslook.translators.settings import Settings
from crosslook.translators.tensor_files import read_tensors, write_tensors
from crosslook.translators.translator import Translator

T = TypeVar("T")


@dataclass(frozen=True)
class Card:
    """What a translator checkpoint says about itself."""

    method: str
    settings: Settings
    source: dict[str, Any]  # radiometry contract of the patches that it is fed
    target: dict[str, Any]  # radiometry contract of the patches that it makes
    step: Checkpoint  # None: nothing was trained
    seed: int

    @property
    def channels(self) -> tuple[int, int]:
        """Source and target bands."""
        return len(self.source["composite_bands"]), len(self.target["composite_bands"])


def save_translator(path: Path, translator: Translator, card: Card) -> None:
    """Write what ``translate`` needs; equal weights and cards give equal bytes."""
    tensors = {
        f"{name}.{key}": tensor
        for name, network in translator.exported().items()
        for key, tensor in network.state_dict().items()
    }
    contract = {"source": card.source, "target": card.target}
    about = {
        "method": card.method,
        "params": card.settings.as_dict(),
        "contract": contract,
        "step": card.step,
        "seed": card.seed,
    }
    write_tensors(path, tensors, about)


def load_translator(
    path: Path,
    method: str | None = None,
    channels: tuple[int, int] | None = None,
    source: Mapping[str, Any] | None = None,
) -> tuple[Translator, Card]:
    """Read a translator, ready to translate.

    Args:
        path: the safetensors file.
        method: what it must be, where the caller knows it.
        channels: source and target bands that it must have.
        source: radiometry contract of the patches that it will be fed.

    Raises:
        CheckpointError: if the file is damaged, of another method or of other band counts.
        RadiometryError: if ``source`` differs from what it was trained on.
    """
    tensors, about = read_tensors(path)
    card = _card(path, about)
    if method is not None and method != card.method:
        raise CheckpointError(
            f"{path} holds a {card.method!r} translator, but {method!r} was asked for: train "
            f"{method!r}, or ask for {card.method!r}."
        )
    if channels is not None and channels != card.channels:
        raise CheckpointError(
            f"{path} turns {card.channels[0]} bands into {card.channels[1]}, but {channels[0]} "
            f"into {channels[1]} was asked for: train it again on such patches."
        )
    if source is not None:
        require_contract(source, card.source, "the set of patches to translate", str(path))
    translator = create(card.method, card.settings, *card.channels, seed=0)
    _fill(path, translator, tensors)
    translator.exported_only = True
    return translator.eval(), card


def list_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, by rising step.

    Raises:
        CheckpointError: if there is none.
    """
    found = {path: checkpoint_named(path.stem) for path in folder.glob("*.safetensors")}
    paths = sorted(found, key=lambda path: checkpoint_order(found[path]))
    if not paths:
        raise CheckpointError(
            f"{folder} holds no checkpoint: run 'crosslook train_translator {folder.name}' first."
        )
    return paths


def _card(path: Path, about: Any) -> Card:
    try:
        return Card(
            method=about["method"],
            settings=_built(method_named(about["method"]).settings, about["params"]),
            source=about["contract"]["source"],
            target=about["contract"]["target"],
            step=about["step"],
            seed=about["seed"],
        )
    except (KeyError, TypeError, ValueError, ParamsError) as error:
        raise CheckpointError(
            f"{path} was made by another version of crosslook ({error}): train it again."
        ) from None


def _built(kind: type[T], values: Mapping[str, Any]) -> T:
    """Dataclass ``kind`` from its fields as JSON has them: lists for tuples, dicts for settings."""
    hints, ready = get_type_hints(kind), dict(values)
    for key, value in values.items():
        if isinstance(value, Mapping):
            ready[key] = _built(hints[key], value)
        elif isinstance(value, list):
            ready[key] = tuple(value)
    return kind(**ready)


def _fill(path: Path, translator: Translator, tensors: Mapping[str, Any]) -> None:
    wanted = {
        f"{name}.{key}": tensor
        for name, network in translator.exported().items()
        for key, tensor in network.state_dict().items()
    }
    for name in sorted(wanted.keys() | tensors.keys()):
        found = tuple(tensors[name].shape) if name in tensors else "nothing"
        expected = tuple(wanted[name].shape) if name in wanted else "nothing"
        if found != expected:
            raise CheckpointError(
                f"{path}: {name} is {found}, but its settings ask for {expected}: train it again."
            )
    for name, tensor in wanted.items():
        tensor.copy_(tensors[name])
