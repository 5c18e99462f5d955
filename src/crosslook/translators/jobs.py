"""Units of work for the engine: one translator to train."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from crosslook.patches.packed import Packed, pack
from crosslook.patches.patch_set import read_patch_set
from crosslook.patches.selection import select
from crosslook.patches.selection_params import Selection
from crosslook.translators.alarms import Watch, draw_probes
from crosslook.translators.checkpoint import list_checkpoints
from crosslook.translators.making import Say, make_checkpoints
from crosslook.translators.naming import checkpoint_named
from crosslook.translators.settings import NetworkSettings, Settings, Training
from crosslook.writing import write_json


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
    watched: Path | None = None  # gets what was found of each checkpoint; None: none is tried

    @property
    def learns(self) -> bool:
        """Whether the method has training steps."""
        return isinstance(self.settings, NetworkSettings)

    @property
    def watches(self) -> bool:
        """Whether its checkpoints are tried for alarms."""
        return self.learns and self.watched is not None


def train_set(job: TrainJob, say: Say) -> Path:
    """Do a ``TrainJob``: ``make_checkpoints`` of the patches that it selects of its sets."""
    sets = _sets(job)
    return make_checkpoints(
        job.method, job.settings, job.training, job.seed, *sets, job.folder, say, job.watched
    )


def watch_set(job: TrainJob, made: Path, folder: Path) -> None:
    """Write ``folder``/watched.json: what was found of each checkpoint in ``made``.

    Checkpoints of which nothing is found in ``job.watched`` are tried now. The thresholds play no
    part. Without enough patches for probes, ``count`` is 0 and nothing else is there.

    Raises:
        ValueError: if the job does not say where things are found.
        CheckpointError: if a checkpoint is damaged.
    """
    if job.watched is None:
        raise ValueError("watched is None: there is no folder to look into.")
    source, target = _sets(job)
    probes = draw_probes(source, target, job.seed)
    if probes is None:
        write_json(folder / "watched.json", {"count": 0, "real": {}, "checkpoints": []})
        return
    watch = Watch(probes, job.training.alarms, job.watched, job.training.device, lambda _: None)
    named = [(checkpoint_named(path.stem), path) for path in list_checkpoints(made)]
    rows = [{"checkpoint": step} | watch.values(step, path) for step, path in named]
    found = {"count": len(probes.sources), "real": watch.real, "checkpoints": rows}
    write_json(folder / "watched.json", found)


def _sets(job: TrainJob) -> tuple[Packed, Packed]:
    sets = zip((job.source, job.target), job.keys, job.selects, strict=True)
    source, target = (_pack_selected(job, *one) for one in sets)
    return source, target


def _pack_selected(job: TrainJob, folder: Path, key: str, own: Selection) -> Packed:
    whole = read_patch_set(folder)
    chosen = select(select(whole, job.training.select), own)
    if len(chosen) < len(whole):
        names = "\n".join([key, *(patch.name for patch in chosen.patches)])
        key = hashlib.sha256(names.encode()).hexdigest()
    return pack(chosen, job.packed, key)
