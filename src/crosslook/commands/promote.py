"""promote: what is best on dev, an ensemble and a land-cover model -> registered models."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crosslook import __version__, outputs, params, results
from crosslook.commands import _clean
from crosslook.detectors.settings import DetectionSettings
from crosslook.errors import StaleError
from crosslook.translators.naming import checkpoint_name

if TYPE_CHECKING:
    from crosslook.tracking.registered import Registered
    from crosslook.tracking.registry import Try

NAME = "promote"
TRAINED = "train_classifier"

Line = dict[str, Any]


@dataclass(frozen=True)
class _Offer:
    """What is better than the champion."""

    digest: str
    words: str
    line: Mapping[str, Any]  # what its record says of it alone
    write: Callable[[Path], None]  # its bundle
    tries: Sequence["Try"]


@click.command(NAME, short_help="register the ensemble and the land-cover model best on dev")
@click.option("--force", is_flag=True, help="Promote them even if the champions are better on dev.")
def command(force: bool) -> None:
    """Register ``models:/crosslook@champion`` and ``models:/crosslook-landcover@champion``.

    The first is the ensemble with the highest AP on dev, the second the land-cover model, of those
    that take every sensor, with the highest weighted F1 on dev, mean over sensors. Each is promoted
    only if it is better than its champion; one that is not does not keep the other back.

    Refuses uncommitted changes and stale results. Writes build/promote/DIGEST and one line to
    results/promotions.jsonl or results/promotions_landcover.jsonl; commit that.
    """
    from datetime import UTC, datetime

    from crosslook.delivery.champion import NothingToPromote
    from crosslook.tracking import promotions, records, registered, registry, store

    commit = _clean.commit()
    _clean.require_fresh_pipeline()
    instances = {key: params.names(key) for key in ("translations", "scenery", "detectors")}
    about = {
        "results": records.digest(records.gather(instances)),
        "commit": commit,
        "crosslook": __version__,
        "date": datetime.now(UTC).date().isoformat(),
    }

    refused = []
    for kind, find in ((registered.ENSEMBLE, _ensemble), (registered.LAND_COVER, _land_cover)):
        lines = promotions.read(kind.record)
        try:
            found = find(kind, lines[-1] if lines else None, force)
        except NothingToPromote as reason:
            refused.append(str(reason))
            continue
        line = {kind.key: found.digest, **found.line, **about}
        bundle = outputs.build(NAME, found.digest)
        found.write(bundle)
        with store.opened(outputs.STORE) as index:
            number = registry.promote(index, kind, bundle, line, found.tries)
        promotions.append(kind.record, line)
        click.echo(
            f"{NAME}: {kind.champion} is version {number}, {found.words}. Now commit {kind.record}."
        )
    if len(refused) == len(registered.ALL):
        raise StaleError(" ".join(refused))
    for words in refused:
        click.echo(f"{NAME}: {words}", err=True)


def _ensemble(kind: "Registered", champion: Line | None, force: bool) -> _Offer:
    """The best ensemble of results/tune_fusion.json."""
    from crosslook.delivery.bundle import make_recipe, write_bundle
    from crosslook.delivery.champion import Rated, require_better
    from crosslook.delivery.promotion import best, candidates, scores_on_test
    from crosslook.patches.patch_set import read_patch_set

    found = best(candidates(results.read(outputs.results("tune_fusion"))["detectors"]))
    detection = params.read(DetectionSettings, "detect_test", "detection")
    dev = read_patch_set(outputs.build("tile", "sar_dev"))
    weights = {
        member: outputs.build("train_detector", member, found.detector, checkpoint_name(step))
        / "weights.safetensors"
        for member, step in found.checkpoints.items()
    }
    recipe = make_recipe(found, weights, detection, dev.contract)
    before = Rated(champion[kind.key], champion["dev"]["ap"]) if champion else None
    require_better(kind.words, "AP", Rated(recipe.digest, found.ap), before, force)
    line = {
        "detector": found.detector,
        "fusion": found.fusion,
        "members": recipe.members,
        "rules": recipe.rules,
        "dev": {"ap": found.ap, "ar": found.ar},
        "test": scores_on_test(found, results.read(outputs.results("evaluate"))),
    }
    words = (
        f"the {found.fusion} ensemble of {len(recipe.members)} {found.detector}, "
        f"AP {found.ap:.3f} on dev"
    )
    return _Offer(
        recipe.digest,
        words,
        line,
        lambda folder: write_bundle(folder, recipe, weights),
        [(dev.pixels(0)[None], None)],
    )


def _land_cover(kind: "Registered", champion: Line | None, force: bool) -> _Offer:
    """The best land-cover model of results/train_classifier.json."""
    from crosslook.classifier.checkpoint import load_classifier
    from crosslook.delivery.champion import Rated, require_better
    from crosslook.delivery.land_cover_bundle import MODEL, make_recipe, write_bundle
    from crosslook.delivery.land_cover_predictor import example
    from crosslook.delivery.land_cover_promotion import best, candidates

    record = outputs.results(TRAINED)
    found = best(candidates(results.read(record)["scores"] if record.exists() else []))
    model = outputs.build(TRAINED, found.member.name) / MODEL
    _, card = load_classifier(model)
    recipe = make_recipe(model, card)
    before = Rated(champion[kind.key], champion["dev"]["weighted"]) if champion else None
    require_better(kind.words, "weighted F1", Rated(recipe.digest, found.f1), before, force)
    line = {
        "member": found.member.name,
        "configuration": card.configuration,
        "samples": card.samples,
        "seed": card.seed,
        "sensors": {name: radiometry["bands"] for name, radiometry in card.sensors.items()},
        "classes": card.classes,
        "dev": found.dev,
        "test": found.test,
    }
    return _Offer(
        recipe.digest,
        f"{found.member.name}, weighted F1 {found.f1:.3f} on dev (mean of {len(card.sensors)} "
        "sensors)",
        line,
        lambda folder: write_bundle(folder, recipe, model),
        [
            (example(radiometry, card.size_px), {"sensor": sensor})
            for sensor, radiometry in card.sensors.items()
        ],
    )
