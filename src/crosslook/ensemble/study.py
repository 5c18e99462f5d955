"""A seeded Optuna study that a kill cannot change: its trials stand in a journal of JSON lines.

A study that was killed asks its freshly seeded sampler the same questions again and takes the
answers from the journal, so it repeats no trial and ends as if it had never been interrupted.
(Optuna's own storages keep the trials but not the sampler's state, and pickles are not read here.)
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import optuna

from crosslook.ensemble.fusion import FusionRules
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.writing import write_text


@dataclass(frozen=True)
class Score:
    """AP and AR100, 0..1."""

    ap: float
    ar: float

    @property
    def value(self) -> float:
        """What the study maximises."""
        return self.ap + self.ar


@dataclass(frozen=True)
class Trial:
    """One point of the search and what it scored."""

    number: int
    params: dict[str, float]  # weight/MEMBER, iou_threshold, skip_threshold, as the sampler gave it
    ap: float
    ar: float

    @property
    def score(self) -> Score:
        return Score(self.ap, self.ar)


def run(
    score: Callable[[Mapping[str, float]], Score],
    members: Sequence[str],
    params: TuneFusionParams,
    seed: int,
    journal: Path | None = None,
) -> list[Trial]:
    """Maximise AP + AR100 with the TPE sampler.

    The first trials are equal weights at an IoU of .55 with nothing skipped, then each member
    emphasised.

    Args:
        score: what one point of the search is worth; asked only for points not in the journal.
        members: each has a weight.
        params: number of trials and the searched ranges.
        seed: of the sampler.
        journal: the trials so far; it belongs to one ``score`` and one seed. None: nothing is kept.

    Returns:
        Every trial, in order.
    """
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        sampler = optuna.samplers.TPESampler(seed=seed)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for start in _starts(members, params):
            study.enqueue_trial(start)
        known = _read(journal) if journal else []
        trials: list[Trial] = []
        for number in range(params.trials):
            asked = study.ask()
            values = _suggest(asked, members, params)
            if number < len(known) and known[number].params == values:
                trials.append(known[number])
            else:
                known = []  # what follows in the journal answered other questions
                found = score(values)
                trials.append(Trial(number, values, found.ap, found.ar))
                if journal:
                    write_text(journal, "".join(json.dumps(asdict(done)) + "\n" for done in trials))
            study.tell(asked, trials[-1].score.value)
        return trials
    finally:
        optuna.logging.set_verbosity(verbosity)


def _suggest(
    trial: optuna.Trial, members: Sequence[str], params: TuneFusionParams
) -> dict[str, float]:
    """The search space, in one place."""
    values = {
        f"weight/{name}": trial.suggest_float(f"weight/{name}", params.lowest_weight, 1.0)
        for name in members
    }
    for name in ("iou_threshold", "skip_threshold"):
        values[name] = trial.suggest_float(name, *getattr(params, name))
    return values


def _starts(members: Sequence[str], params: TuneFusionParams) -> list[dict[str, float]]:
    low, high = params.iou_threshold
    thresholds = {
        "iou_threshold": min(max(FusionRules.iou_threshold, low), high),
        "skip_threshold": params.skip_threshold[0],
    }
    emphasised = members if len(members) > 1 else ()
    return [
        {
            f"weight/{name}": 1.0 if loud in (name, None) else params.lowest_weight
            for name in members
        }
        | thresholds
        for loud in (None, *emphasised)
    ]


def _read(journal: Path) -> list[Trial]:
    """The trials of an earlier run, up to the first line that is not one."""
    trials: list[Trial] = []
    if journal.exists():
        for line in journal.read_text().splitlines():
            try:
                row = json.loads(line)
                params = {str(name): float(value) for name, value in row["params"].items()}
                trials.append(Trial(int(row["number"]), params, float(row["ap"]), float(row["ar"])))
            except (ValueError, TypeError, KeyError, AttributeError):
                break
    return trials
