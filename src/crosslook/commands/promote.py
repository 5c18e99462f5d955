"""promote: the ensemble that is best on dev -> registered model, line in promotions.jsonl."""

import click

from crosslook import __version__, outputs, params, results
from crosslook.commands import _clean
from crosslook.detectors.settings import DetectionSettings
from crosslook.translators.naming import checkpoint_name

NAME = "promote"


@click.command(NAME, short_help="register the ensemble that is best on dev as crosslook@champion")
@click.option("--force", is_flag=True, help="Promote it even if the champion is better on dev.")
def command(force: bool) -> None:
    """Register the best ensemble as ``models:/crosslook@champion``.

    Refuses uncommitted changes, stale results, and an ensemble that is not better on dev than the
    champion. Writes build/promote/DIGEST and one line to results/promotions.jsonl; commit that.
    """
    from datetime import UTC, datetime
    from functools import partial

    from crosslook.delivery.bundle import make_recipe, write_bundle
    from crosslook.delivery.promotion import best, candidates, require_better, scores_on_test
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.tracking import promotions, records, registry, store

    commit = _clean.commit()
    _clean.require_fresh_pipeline()
    detection = params.read(DetectionSettings, "detect_test", "detection")
    dev = read_patch_set(outputs.build("tile", "sar_dev"))
    instances = {key: params.names(key) for key in ("translations", "scenery", "detectors")}
    lines = promotions.read(outputs.PROMOTIONS)

    found = best(candidates(results.read(outputs.results("tune_fusion"))["detectors"]))
    trained = partial(outputs.build, "train_detector")
    weights = {
        member: trained(member, found.detector, checkpoint_name(step)) / "weights.safetensors"
        for member, step in found.checkpoints.items()
    }
    recipe = make_recipe(found, weights, detection, dev.contract)
    require_better(found, recipe.digest, lines[-1] if lines else None, force)
    line = {
        "ensemble": recipe.digest,
        "detector": found.detector,
        "fusion": found.fusion,
        "members": recipe.members,
        "rules": recipe.rules,
        "dev": {"ap": found.ap, "ar": found.ar},
        "test": scores_on_test(found, results.read(outputs.results("evaluate"))),
        "results": records.digest(records.gather(instances)),
        "commit": commit,
        "crosslook": __version__,
        "date": datetime.now(UTC).date().isoformat(),
    }

    bundle = outputs.build(NAME, recipe.digest)
    write_bundle(bundle, recipe, weights)
    with store.opened(outputs.STORE) as index:
        number = registry.promote(index, bundle, line, dev.pixels(0)[None])
    promotions.append(outputs.PROMOTIONS, line)
    click.echo(
        f"{NAME}: models:/crosslook@champion is version {number}, the {found.fusion} ensemble of "
        f"{len(recipe.members)} {found.detector}, AP {found.ap:.3f} on dev. Now commit "
        f"{outputs.PROMOTIONS}."
    )
