"""Units of work for the engine: one translator to train."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from crosslook.patches.packed import Packed, pack
from crosslook.patches.patch_set import read_patch_set
from crosslook.patches.selection import select
from crosslook.patches.selection_params import Selection
from crosslook.translators.making import Say, make_checkpoints
from crosslook.translators.settings import NetworkSettings, Settings, Training


@dataclass(frozen=True)
class TrainJob:
    """One translator to train, by paths and settings only: it can travel to another process."""

    method: str
    settings: Settings
    training: Training
    seed: int
    source: Path  # patch set
    target: Path  # patch set
    keys: tuple[str, str]  # digests of both
    packed: Path  # folder of packed patch sets, shared by all who train on the same ones
    folder: Path  # gets states/ and made/
    selects: tuple[Selection, Selection] = (Selection(), Selection())  # of source and target

    @property
    def learns(self) -> bool:
        """Whether the method has training steps."""
        return isinstance(self.settings, NetworkSettings)


def train_set(job: TrainJob, say: Say) -> Path:
    """Do a ``TrainJob``: ``make_checkpoints`` of the patches that it selects of its sets."""
    sets = zip((job.source, job.target), job.keys, job.selects, strict=True)
    source, target = (_pack_selected(job, *one) for one in sets)
    return make_checkpoints(
        job.method, job.settings, job.training, job.seed, source, target, job.folder, say
    )


def _pack_selected(job: TrainJob, folder: Path, key: str, own: Selection) -> Packed:
    whole = read_patch_set(folder)
    chosen = select(select(whole, job.training.select), own)
    if len(chosen) < len(whole):
        names = "\n".join([key, *(patch.name for patch in chosen.patches)])
        key = hashlib.sha256(names.encode()).hexdigest()
    return pack(chosen, job.packed, key)
