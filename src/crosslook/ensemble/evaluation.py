"""All protocols together: the rows of the table, their differences, and what stands beside them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crosslook.ensemble import protocol as dev_protocol
from crosslook.ensemble import studied
from crosslook.ensemble.differences import differences, pairs
from crosslook.ensemble.evaluation_settings import EvaluateParams
from crosslook.ensemble.folding import grouped_folds, same_images
from crosslook.ensemble.jobs import Fused, FuseJob
from crosslook.ensemble.labelled import Labelled, Rows, pooled, pooled_rows
from crosslook.ensemble.models import Model, Trained
from crosslook.ensemble.operating import operating_points
from crosslook.ensemble.over_training import over_training
from crosslook.ensemble.scoring import Scored, score
from crosslook.ensemble.settings import TuneFusionParams

Run = Callable[[Sequence[FuseJob]], Iterable[Fused]]


@dataclass(frozen=True)
class Evaluation:
    """What the stage writes."""

    rows: Rows
    differences: Rows
    operating_points: Rows
    checkpoints: Rows
    fused: list[Model]  # the ensembles of protocol "dev", with what they saw on test


def evaluate(
    trained: Sequence[Trained],
    dev: Labelled,
    test: Labelled,
    chosen: Sequence[Mapping[str, Any]],
    tuned: Mapping[str, Mapping[str, Mapping[str, Any]]],
    params: EvaluateParams,
    fusion: TuneFusionParams,
    seed: int,
    area_km2: float | None,
    run: Run,
) -> Evaluation:
    """Score every model under every protocol.

    Args:
        trained: every detector of every checkpoint, earlier ones first, with what it saw on splits
            "dev" and "test".
        dev: the images of split dev.
        test: those of split test.
        chosen: the rows of results/choose.json.
        tuned: detector -> ensemble -> its record in results/tune_fusion.json.
        params: protocols, folds and replicates.
        fusion: what the study may search.
        seed: of folds, studies and draws.
        area_km2: what the test images show; None where it is not known.
        run: does the jobs, in their order.

    Raises:
        InputError: if images have no labelled object.
        StaleError: if results of stages before do not fit together.
    """
    singles = dev_protocol.singles(chosen, trained, "test")
    fused = dev_protocol.ensembles(tuned, singles, test.ground_truth)
    models = [*singles, *fused]
    scored = {"dev": score(models, test, "dev", params, seed)}

    plans = {}
    if "paper" in params.protocols:
        seen = [one.seen["test"] for one in trained]
        plans["paper"] = studied.plan(trained, seen, test, same_images(test), fusion, seed)
    if "nested" in params.protocols:
        both, raised = pooled(dev, test)
        seen = [pooled_rows(one.seen["dev"], one.seen["test"], raised) for one in trained]
        nested = params.nested
        repeats, how = grouped_folds(both, nested.folds, nested.repeats, seed)
        quick = replace(fusion, trials=nested.trials)
        plans["nested"] = studied.plan(trained, seen, both, repeats, quick, seed)
    answers = list(run([job for plan in plans.values() for job in plan.jobs]))
    for name, plan in plans.items():
        mine, answers = answers[: len(plan.jobs)], answers[len(plan.jobs) :]
        made = studied.models(plan, mine, list(fusion.ensembles))
        if name == "paper":
            scored["paper"] = score(made, test, "paper", params, seed)
        else:
            scored["nested"] = score(made, both, "nested", params, seed, (repeats, how))

    before = dev_protocol.singles(chosen, trained, "dev")
    before += dev_protocol.ensembles(tuned, before, dev.ground_truth)
    ordered = {name: scored[name] for name in params.protocols}
    return Evaluation(
        rows=[row for one in ordered.values() for row in one.rows],
        differences=[
            row
            for name, one in ordered.items()
            for row in _differences(name, one, chosen, tuned, fusion)
        ],
        operating_points=operating_points(
            before, models, dev.ground_truth, test.ground_truth, area_km2
        ),
        checkpoints=over_training(trained, {"dev": dev, "test": test}, params, seed),
        fused=fused,
    )


def _differences(
    name: Any,
    scored: Scored,
    chosen: Sequence[Mapping[str, Any]],
    tuned: Mapping[str, Mapping[str, Mapping[str, Any]]],
    fusion: TuneFusionParams,
) -> Rows:
    """One family per detector. Under "dev", dev says what is best; else the protocol's own AP."""
    rows = []
    for detector in dict.fromkeys(row["detector"] for row in scored.rows):
        mine = [row for row in scored.rows if row["detector"] == detector]
        ap = {row["translation"]: row["ap"] for row in mine}
        if name == "dev":
            records = tuned.get(detector, {})
            gan = dev_protocol.best_gan(chosen, detector)
            singles = {key: one["best_single"]["translation"] for key, one in records.items()}
        else:
            gan = dev_protocol.best_gan(mine, detector)
            singles = {
                key: max(members, key=lambda member: ap[member])
                for key, members in fusion.ensembles.items()
            }
        wanted = pairs(list(ap), list(singles), gan, singles)
        drawn = [one for one in scored.drawn if one.model.detector == detector]
        rows += differences(drawn, wanted, name)
    return rows
