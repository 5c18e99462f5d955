"""A seeded Optuna study that a kill cannot change: its trials stand in a journal of JSON lines.

A study that was killed asks its freshly seeded sampler the same questions again and takes the
answers from the journal, so it repeats no trial and ends as if it had never been interrupted.
(Optuna's own storages keep the trials but not the sampler's state, and pickles are not read here.)
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optuna

from crosslook.ensemble.settings import TuneFusionParams
from crosslook.ensemble.space import shares, starts, suggest
from crosslook.errors import MissingPackageError
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
    params: dict[str, float]  # as the sampler gave it: see ``space``
    weights: dict[str, float]  # member -> its share, sum 1
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
    """Maximise AP + AR100.

    The first trials are equal weights at an IoU of .55 with nothing skipped, then each member
    emphasised.

    Args:
        score: what one point of the search is worth; asked only for points not in the journal.
        members: each has a weight.
        params: number of trials, sampler, space and the searched ranges.
        seed: of the sampler.
        journal: the trials so far; it belongs to one ``score`` and one seed. None: nothing is kept.

    Returns:
        Every trial, in order.

    Raises:
        MissingPackageError: if the sampler needs a package that is not there.
    """
    with quiet():
        study = optuna.create_study(direction="maximize", sampler=_sampler(params, seed))
        for start in starts(members, params):
            study.enqueue_trial(start)
        known = _read(journal) if journal else []
        trials: list[Trial] = []
        for number in range(params.trials):
            asked = study.ask()
            values = suggest(asked, members, params)
            if number < len(known) and known[number].params == values:
                trials.append(known[number])
            else:
                found = score(values)
                weights = shares(values, members, params)
                trials.append(Trial(number, values, weights, found.ap, found.ar))
                if journal:
                    _keep(journal, trials, whole=number == 0 or bool(known))
                known = []  # what follows in the journal answered other questions
            study.tell(asked, trials[-1].score.value)
        return trials


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna tells warnings and errors only."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(verbosity)


def _sampler(params: TuneFusionParams, seed: int) -> optuna.samplers.BaseSampler:
    if params.sampler == "tpe":
        return optuna.samplers.TPESampler(seed=seed)
    if find_spec("cmaes") is None:
        raise MissingPackageError(
            "sampler 'cmaes' needs the package cmaes, which is not installed: "
            "'pip install cmaes', or choose 'tpe'."
        )
    return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)


def _keep(journal: Path, trials: Sequence[Trial], whole: bool) -> None:
    """Add the last trial to the journal; ``whole`` writes it anew instead."""
    if whole:
        write_text(journal, "".join(_line(trial) for trial in trials))
        return
    with journal.open("a") as file:
        file.write(_line(trials[-1]))


def _line(trial: Trial) -> str:
    return json.dumps(asdict(trial)) + "\n"


def _read(journal: Path) -> list[Trial]:
    """The trials of an earlier run, up to the first line that is not one."""
    trials: list[Trial] = []
    if journal.exists():
        for line in journal.read_text().splitlines():
            try:
                row = json.loads(line)
                params, weights = _numbers(row["params"]), _numbers(row["weights"])
                scores = float(row["ap"]), float(row["ar"])
                trials.append(Trial(int(row["number"]), params, weights, *scores))
            except (ValueError, TypeError, KeyError, AttributeError):
                break
    return trials


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in values.items()}
