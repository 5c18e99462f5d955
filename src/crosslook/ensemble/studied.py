"""Protocols "paper" and "nested": checkpoint and fusion are chosen here, in every fold.

``plan`` chooses the checkpoints and says what has to be fused; the jobs run anywhere; ``models``
puts the answers together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from crosslook.ensemble.folding import Picks, Repeats, pick, predicted
from crosslook.ensemble.fusion import Answers
from crosslook.ensemble.jobs import Fused, FuseJob
from crosslook.ensemble.labelled import Labelled, Rows
from crosslook.ensemble.models import Model, Trained, by_translation
from crosslook.ensemble.naming import row_names
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.errors import StaleError
from crosslook.patches.boxes import from_coco_results
from crosslook.scores.matching import match, prepare


@dataclass(frozen=True)
class Plan:
    """What one protocol chose, and what is still to be fused."""

    images: Labelled
    repeats: Repeats
    seen: Mapping[int, Rows]  # id of a detector -> what it saw on ``images``
    picks: Mapping[tuple[str, str], Picks]
    jobs: Sequence[FuseJob]


def plan(
    trained: Sequence[Trained],
    seen: Sequence[Rows],
    images: Labelled,
    repeats: Repeats,
    params: TuneFusionParams,
    seed: int,
) -> Plan:
    """Choose the checkpoints of every fold.

    Args:
        trained: every detector of every checkpoint, earlier ones first.
        seen: what each of them saw on ``images``.
        images: all labelled images of the protocol.
        repeats: of folds.
        params: ensembles, and trials of the study in each fold.
        seed: of the studies; each fold has its own stream.

    Raises:
        InputError: if a fold learns from images without an object.
        StaleError: if a member of an ensemble was not trained.
    """
    truth, ids = prepare(images.ground_truth), images.image_ids
    rows = {id(one): found for one, found in zip(trained, seen, strict=True)}
    matches = {key: match(truth, found) for key, found in rows.items()}
    picks = pick(by_translation(trained), matches, images, repeats)
    answers = {key: from_coco_results(found, ids) for key, found in rows.items()}
    jobs = []
    for d, detector in enumerate(dict.fromkeys(one.detector for one in trained)):
        for e, (ensemble, members) in enumerate(params.ensembles.items()):
            if missing := [name for name in members if (detector, name) not in picks]:
                raise StaleError(
                    f"ensemble {ensemble} needs {', '.join(missing)} of {detector}, which was not "
                    "trained: see results/train_detector."
                )
            for r, folds in enumerate(repeats):
                chosen: list[Answers] = []
                for f in range(len(folds)):
                    of_fold = {}
                    for name in members:
                        choice = picks[detector, name]
                        of_fold[name] = answers[id(choice.group[choice.chosen[r, f]])]
                    chosen.append(of_fold)
                seeds = [_seed(seed, d, e, r, f) for f in range(len(folds))]
                jobs.append(
                    FuseJob(
                        detector, ensemble, r, images.ground_truth, folds, chosen, params, seeds
                    )
                )
    return Plan(images, repeats, rows, picks, jobs)


def models(plan: Plan, fused: Iterable[Fused], ensembles: Sequence[str]) -> list[Model]:
    """The models of a protocol: every detector with every translation, and the ensembles.

    Args:
        plan: from ``plan``.
        fused: what its jobs gave.
        ensembles: their names, in order.
    """
    made = [predicted(picks, plan.repeats, plan.seen) for picks in plan.picks.values()]
    about = {model.detector: model for model in reversed(made)}
    found = {(one.detector, one.ensemble, one.repeat): one for one in fused}
    for detector in dict.fromkeys(model.detector for model in made):
        for ensemble, names in row_names(ensembles).items():
            parts = [found[detector, ensemble, r] for r in range(len(plan.repeats))]
            answers = (tuple(p.tuned for p in parts), tuple(p.equal for p in parts))
            for name, seen in zip(names, answers, strict=True):
                first = about[detector]
                made.append(
                    replace(first, translation=name, checkpoint=None, seen=seen, checkpoint_share=1)
                )
    return made


def _seed(seed: int, *place: int) -> int:
    return int(np.random.SeedSequence([seed, *place]).generate_state(1)[0])
