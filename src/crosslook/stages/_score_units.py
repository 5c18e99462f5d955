"""The resumable units of ``score_translator``: real patches, fakes, and scores of both."""

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from crosslook import outputs, results
from crosslook.engine import Pool
from crosslook.scores.embedder_settings import EmbedderSettings
from crosslook.scores.score_settings import ScoreSettings
from crosslook.stages._translations import (
    Translation,
    held_out_patches,
    read_translation,
    unlabelled_patches,
)

if TYPE_CHECKING:
    from crosslook.judging.consistency import Reading
    from crosslook.judging.embedding_choice import Chosen
    from crosslook.judging.scoring import Kept, ScoreJob
    from crosslook.patches.choosing import Sides
    from crosslook.resume import Unit
    from crosslook.scores.of_labels import Contrast

STAGE = "score_translator"
VERSION = 1  # raise it when the same inputs would give other embeddings or scores
COVER_VERSION = 1  # the same, of class shares


@dataclass(frozen=True)
class Work:
    """One checkpoint: the job, and the units that its parts are kept in."""

    job: "ScoreJob"
    fakes: "Unit"
    cover: "Unit | None"  # class shares of the fakes; None: no land-cover model reads them
    scores: "Unit"

    @property
    def parts(self) -> "list[tuple[Unit, Kept]]":
        """The units, each with what the job is told of it."""
        job = self.job
        found = [(self.fakes, job.fakes), (self.scores, job.scores)]
        return [*found, (self.cover, job.cover)] if self.cover and job.cover else found

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return all(unit.done for unit, _ in self.parts)


@dataclass(frozen=True)
class Cover:
    """A land-cover model that reads sources and fakes, and what it says of the sources."""

    reading: "Reading"
    source: "Unit"


@dataclass(frozen=True)
class Plan:
    """What there is to do for one translation, and what is done already of its real side."""

    wanted: Translation
    sides: "Sides"
    chosen: "Chosen"
    contrast: "Contrast | str"
    cover: Cover | str  # or why there is none
    real: "dict[str, Unit]"  # embeddings by embedder, and "": the spectrum
    beside: dict[str, Any]  # real against real, by embedder and kind
    work: list[Work]


def plan(translation: str, settings: ScoreSettings, pool: Pool) -> Plan:
    """Choose the patches of both sides, look at the real ones, and list the checkpoints."""
    from crosslook.judging.embedding_choice import choose_embedders
    from crosslook.judging.scoring import find_contrast
    from crosslook.patches.choosing import choose_sides

    wanted = read_translation(translation)
    held_out = outputs.build("tile", "held_out", wanted.source), held_out_patches(wanted.target)
    every, (of_source, of_target) = wanted.training.select, wanted.domains.selects
    seen, selects = unlabelled_patches(wanted.source), ((every, of_source), (every, of_target))
    sides = choose_sides(held_out, seen, selects, settings.patches)
    chosen = choose_embedders(settings.embedders, sides.real)
    contrast = find_contrast(
        outputs.build("translate", translation), outputs.build("tile", "sar_dev")
    )
    real = _real(sides, chosen, settings, pool)
    beside = _beside(sides, real, settings)
    cover = _cover(sides, settings, pool)
    work = _work(wanted, sides, chosen, contrast, cover, real, settings, pool)
    return Plan(wanted, sides, chosen, contrast, cover, real, beside, work)


def finish(work: Work, job: "ScoreJob") -> None:
    """Keep what a job made."""
    from crosslook import resume

    for unit, kept in replace(work, job=job).parts:
        if not kept.done:
            resume.finish(unit, kept.folder)


def arrays(done: Plan) -> "list[Unit]":
    """What is laid into the build folder beside the pictures."""
    found = [*done.real.values(), *(one.fakes for one in done.work)]
    if not isinstance(done.cover, str):
        found.append(done.cover.source)
    return found + [one.cover for one in done.work if one.cover]


def entry_of(done: Plan, work: Work, settings: ScoreSettings) -> dict[str, Any]:
    """What the record says of one checkpoint."""
    from crosslook.judging.consistency import SOURCE, cover, judge_consistency, with_consistency

    entry = results.read(work.scores.out / "scores.json")
    if isinstance(done.cover, str) or work.cover is None:
        return with_consistency(entry, None, {"reason": done.cover})
    source = cover(done.cover.source.out, SOURCE)
    fake = cover(work.cover.out, work.job.checkpoint.stem)
    scenes, drawn = done.sides.source.scenes, (settings.replicates, settings.seed)
    return with_consistency(
        entry, *judge_consistency(done.cover.reading, source, fake, scenes, *drawn)
    )


def _real(
    sides: "Sides", chosen: "Chosen", settings: ScoreSettings, pool: Pool
) -> "dict[str, Unit]":
    """Units of the real patches, made if need be. All translations to one target share them."""
    from crosslook import resume
    from crosslook.judging.looking import RealJob, look_at_real

    key = {"patches": results.digest_folder(sides.real.folder), "names": sides.real.names}
    units = {}
    for name, about in {**chosen.keys, "": sides.n}.items():
        depends_on = {**key, "by": about, "threads": pool.threads}
        units[name] = resume.unit(STAGE, f"real-{name or 'images'}", depends_on, VERSION)
        if not units[name].done:
            network = settings.embedders.get(name, EmbedderSettings())
            job = RealJob(sides.real, sides.n, name, network, units[name].state)
            resume.finish(units[name], look_at_real(job))
    return units


def _beside(sides: "Sides", real: "dict[str, Unit]", settings: ScoreSettings) -> dict[str, Any]:
    """The scores of real patches against other real ones, by embedder and kind."""
    from crosslook import resume
    from crosslook.judging.looking import REAL, embeddings
    from crosslook.judging.scoring import score_real

    found = {}
    for name in [name for name in real if name]:
        depends_on = {"real": real[name].key, "n": sides.n, **_judging(settings)}
        unit = resume.unit(STAGE, f"beside-{name}", depends_on, VERSION)
        if not unit.done:
            embedded = embeddings(real[name].out, name, REAL)
            resume.finish(unit, score_real(sides, embedded, settings, unit.state))
        found[name] = results.read(unit.out / "scores.json")
    return found


def _cover(sides: "Sides", settings: ScoreSettings, pool: Pool) -> Cover | str:
    """How a land-cover model reads both sides, and the sources read, which translations share."""
    from crosslook import resume
    from crosslook.judging.consistency import choose_reading, read_source

    reading = choose_reading(settings.classifier, sides.source, sides.real)
    if isinstance(reading, str):
        return reading
    depends_on = {
        "patches": results.digest_folder(sides.source.folder),
        "names": sides.source.names,
        "by": [reading.sha256, reading.source],
        "threads": pool.threads,
    }
    unit = resume.unit(STAGE, f"cover-{sides.source.folder.name}", depends_on, COVER_VERSION)
    if not unit.done:
        resume.finish(unit, read_source(reading, sides.source, unit.state))
    return Cover(reading, unit)


def _work(
    wanted: Translation,
    sides: "Sides",
    chosen: "Chosen",
    contrast: "Contrast | str",
    cover: Cover | str,
    real: "dict[str, Unit]",
    settings: ScoreSettings,
    pool: Pool,
) -> list[Work]:
    from crosslook import resume
    from crosslook.judging.looking import REAL, embeddings
    from crosslook.judging.scoring import ScoreJob
    from crosslook.translators.checkpoint import list_checkpoints

    labelled = outputs.build("tile", f"{wanted.settings.source}_labelled")
    embedded = {name: embeddings(real[name].out, name, REAL) for name in chosen.known}
    source = {"patches": results.digest_folder(sides.source.folder), "names": sides.source.names}
    looked_at = {"source": source, "by": chosen.keys, "threads": pool.threads}
    judged_by = {"real": {name: unit.key for name, unit in real.items()}, **_judging(settings)}
    judged_by |= {"contrast": contrast, "sources": results.digest_folder(labelled)}
    work = []
    for path in list_checkpoints(outputs.build("train_translator", wanted.name)):
        name = f"{wanted.name}-{path.stem}"
        of_labels = outputs.build("translate", wanted.name, path.stem)
        digest = results.digest_file(path)
        fakes = resume.unit(STAGE, f"{name}-fakes", {**looked_at, "checkpoint": digest}, VERSION)
        of_cover = None
        if not isinstance(cover, str):
            by = [cover.reading.sha256, cover.reading.fake]
            inputs = {"source": source, "checkpoint": digest, "by": by, "threads": pool.threads}
            of_cover = resume.unit(STAGE, f"{name}-cover", inputs, COVER_VERSION)
        inputs = {**judged_by, "fakes": fakes.key, "labelled": results.digest_folder(of_labels)}
        scores = resume.unit(STAGE, f"{name}-scores", inputs, VERSION)
        job = ScoreJob(
            path,
            sides.source,
            sides.real,
            embedded,
            settings,
            (of_labels, labelled),
            contrast,
            _kept(fakes),
            None if of_cover is None else _kept(of_cover),
            None if isinstance(cover, str) else cover.reading,
            _kept(scores),
        )
        work.append(Work(job, fakes, of_cover, scores))
    return work


def _kept(unit: "Unit") -> "Kept":
    from crosslook.judging.scoring import Kept

    return Kept(unit.out if unit.done else unit.state, unit.done)


def _judging(settings: ScoreSettings) -> dict[str, Any]:
    """The settings that scores of embeddings depend on."""
    known = asdict(settings)
    return {name: known[name] for name in ("forest", "replicates", "draws", "seed")}
