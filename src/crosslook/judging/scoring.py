"""Units of work for the engine: one checkpoint of a translator to score."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.judging.consistency import Cover, Reading
from crosslook.judging.fakes import Looker, show_fakes
from crosslook.judging.looking import Embedding, Images, embeddings, read_index
from crosslook.patches.choosing import Side, Sides
from crosslook.patches.patch_set import read_patch_set
from crosslook.scores.of_embeddings import Embedded, judge, judge_at, judge_real
from crosslook.scores.of_labels import Contrast, label_survival, real_contrast
from crosslook.scores.quality import named
from crosslook.scores.score_settings import ScoreSettings
from crosslook.translators.naming import checkpoint_named
from crosslook.writing import write_json


def find_contrast(labelled: Path, real: Path) -> Contrast | str:
    """How real labelled boxes stand out; or why no label of the fakes can be judged.

    Args:
        labelled: folder of labelled fakes, which need not be there.
        real: labelled real patches of the target, never those of split test.
    """
    if not labelled.is_dir():
        return "no labelled fakes are made of this translation"
    try:
        return real_contrast(read_patch_set(real))
    except ValueError as error:
        return str(error)


@dataclass(frozen=True)
class Kept:
    """A part of the work: where it is, or is to be made."""

    folder: Path
    done: bool


@dataclass(frozen=True)
class ScoreJob:
    """One checkpoint to score, by paths and settings only: it can travel to another process."""

    checkpoint: Path
    source: Side
    real: Side  # those that are compared with the fakes come first
    embedded: Mapping[str, Path]  # embedder -> embeddings of all real patches
    settings: ScoreSettings  # its embedders are among these
    labelled: tuple[Path, Path]  # fakes with labels, and their sources
    contrast: Contrast | str  # of real labelled boxes; or why no label is judged
    fakes: Kept  # embeddings/, maps/ and example/ of the checkpoint
    cover: Kept | None  # cover/ of the checkpoint; None: no land-cover model reads it
    reading: Reading | None  # by which that is made
    scores: Kept  # scores.json


def score_checkpoint(job: ScoreJob) -> ScoreJob:
    """Look at what the checkpoint makes of the sources, and score it: whatever is not done yet.

    Returns the job, for whoever runs several.

    Raises:
        CrosslookError: as ``fakes.show_fakes``.
    """
    if lookers := _lookers(job):
        show_fakes(job.checkpoint, job.source, job.real, lookers)
    if not job.scores.done:
        _score(job)
    return job


def _lookers(job: ScoreJob) -> list[Looker]:
    """Those whose part is not done."""
    found: list[Looker] = []
    if not job.fakes.done:
        found.append(Images(job.fakes.folder, job.source.contract()))
        for name in job.embedded:
            found.append(Embedding(job.fakes.folder, name, job.settings.embedders[name]))
    if job.cover and job.reading and not job.cover.done:
        found.append(Cover(job.cover.folder, job.reading))
    return found


def _score(job: ScoreJob) -> None:
    """Write scores.json: everything but the semantic consistency."""
    scores: dict[str, float | None] = {}
    details: dict[str, Any] = {}
    for name in job.embedded:
        _score_embeddings(job, name, scores, details)
    maps = job.fakes.folder / "maps" / f"{job.checkpoint.stem}.npz"
    made = dict(np.load(maps, allow_pickle=False))
    scores["checkerboard"] = read_index(maps)
    if scores["checkerboard"] is None:
        details["checkerboard"] = {"reason": "the patches are smaller than 32 px"}
    for band, unit, mean in zip(made["bands"], made["units"], made["means"], strict=True):
        scores[named("l1", str(band))] = float(mean)
        details[named("l1", str(band))] = {"unit": str(unit), "compared": str(made["words"])}
    lost = _score_labels(job, scores, details)
    entry = {
        "checkpoint": checkpoint_named(job.checkpoint.stem),
        "scores": scores,
        "details": details,
        "lost": lost,
    }
    write_json(job.scores.folder / "scores.json", short(entry))


def score_real(sides: Sides, embedded: Path, settings: ScoreSettings, folder: Path) -> Path:
    """Write ``folder``/scores.json: the scores of real patches against other real ones, by kind.

    Args:
        sides: whose real side was embedded.
        embedded: the embeddings.
        settings: of forest and draws.
        folder: is returned.
    """
    real = Embedded(np.load(embedded, allow_pickle=False), sides.real.scenes)
    found = judge_real(real, sides.n, settings.forest, settings.draws, settings.seed)
    write_json(
        folder / "scores.json", short({kind: asdict(drawn) for kind, drawn in found.items()})
    )
    return folder


def short(value: Any) -> Any:
    """Plain values with six digits, so that a record does not depend on the last bits of a CPU."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: short(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [short(one) for one in value]
    return value


def _score_embeddings(
    job: ScoreJob, name: str, scores: dict[str, float | None], details: dict[str, Any]
) -> None:
    """All scores of one embedder; where real against real is smaller, the fakes at that size."""
    settings, n = job.settings, len(job.source)
    everything = Embedded(np.load(job.embedded[name], allow_pickle=False), job.real.scenes)
    path = embeddings(job.fakes.folder, name, job.checkpoint.stem)
    features = np.load(path, allow_pickle=False)
    fake, real = Embedded(features, job.source.scenes), everything[:n]
    judged = judge(real, fake, settings.forest, settings.replicates, settings.seed)
    scores |= {named(kind, name): value for kind, value in judged.scores.items()}
    details |= {named(kind, name): dict(one) for kind, one in judged.details.items()}
    fewer = len(everything) // 2
    if fewer < n:
        at = judge_at(everything, fake, fewer, settings.forest, settings.draws, settings.seed)
        for kind, drawn in at.items():
            details.setdefault(named(kind, name), {})["at_n"] = asdict(drawn)


def _score_labels(
    job: ScoreJob, scores: dict[str, float | None], details: dict[str, Any]
) -> list[Mapping[str, Any]]:
    """Label survival, and the boxes that were lost."""
    scores["survival"] = None
    if isinstance(job.contrast, str):
        details["survival"] = {"reason": job.contrast}
        return []
    fakes, sources = (read_patch_set(folder) for folder in job.labelled)
    if not len(fakes):
        details["survival"] = {"reason": "there are no labelled fakes"}
        return []
    found = label_survival(fakes, sources, job.contrast)
    scores["survival"] = found.share
    details["survival"] = dict(found.counts) | {"band": job.contrast.name}
    if found.share is None:
        details["survival"]["reason"] = "no box could be judged"
    return list(found.lost)
