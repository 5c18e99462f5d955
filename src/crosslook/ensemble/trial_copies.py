"""Copies of finished trials in a database, for a team or optuna-dashboard to look at.

Studies run in memory and are resumed from their journal; nothing is ever read back from here but
the number of trials that a study has. So a result cannot depend on the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import optuna
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from crosslook.ensemble.settings import TuneFusionParams
from crosslook.ensemble.space import ranges
from crosslook.ensemble.study import Trial, quiet
from crosslook.errors import InputError, MissingPackageError

PATIENCE_S = 10  # for a PostgreSQL server to answer


@dataclass(frozen=True)
class Copies:
    """An open database, or none."""

    url: URL | None = None
    storage: optuna.storages.RDBStorage | None = None

    def add(
        self, name: str, trials: Sequence[Trial], members: Sequence[str], params: TuneFusionParams
    ) -> int:
        """Add the trials that the study ``name`` does not have yet; none without a database.

        Each has the sampler's own parameters, AP + AR as its value, and AP, AR and the shares as
        attributes.

        Returns:
            How many were added.

        Raises:
            InputError: if the database does not answer any more.
        """
        if self.url is None:
            return 0
        bounds = {
            key: optuna.distributions.FloatDistribution(*both)
            for key, both in ranges(members, params).items()
        }
        with quiet(), _told(self.url):
            study = optuna.create_study(
                study_name=name, storage=self.storage, direction="maximize", load_if_exists=True
            )
            there = len(study.get_trials(deepcopy=False))
            new = trials[there:]
            study.add_trials([_frozen(trial, bounds) for trial in new])
        return len(new)


def connect(url: str | None, password: str | None = None) -> Copies:
    """Open the database, and make Optuna's tables in it where they are missing.

    Args:
        url: SQLAlchemy's, without a password; None: no copies are made.
        password: of the user in ``url``; None: the driver looks for one itself (PostgreSQL's in
            PGPASSWORD and ~/.pgpass).

    Raises:
        InputError: if the URL is none, or the database does not answer.
        MissingPackageError: if the driver that the URL names is not installed.
    """
    if url is None:
        return Copies()
    try:
        address = make_url(url)
    except ArgumentError:
        raise InputError(f"tune_fusion.storage is no URL of a database: {url!r}.") from None
    secret = address.set(password=password) if password else address
    waiting = address.get_backend_name() == "postgresql"
    options = {"connect_args": {"connect_timeout": PATIENCE_S}} if waiting else {}
    with quiet(), _told(address):
        storage = optuna.storages.RDBStorage(
            secret.render_as_string(hide_password=False), engine_kwargs=options
        )
    return Copies(address, storage)


def _frozen(
    trial: Trial, bounds: Mapping[str, optuna.distributions.BaseDistribution]
) -> optuna.trial.FrozenTrial:
    return optuna.trial.create_trial(
        params=trial.params,
        distributions=dict(bounds),
        value=trial.score.value,
        user_attrs={"ap": trial.ap, "ar": trial.ar, "shares": trial.weights},
    )


@contextmanager
def _told(url: URL) -> Iterator[None]:
    """A failing database in one line, without its password."""
    place = url.render_as_string()
    remedy = "start it, or set tune_fusion.storage to null; no result depends on it."
    try:
        yield
    except (ImportError, NoSuchModuleError) as error:
        raise MissingPackageError(
            f"tune_fusion.storage: no driver for {place} ({_first_line(error)}): install it (for "
            "postgresql+psycopg:// that is 'psycopg[binary]')."
        ) from None
    except SQLAlchemyError as error:
        reason = _first_line(getattr(error, "orig", None) or error)
        raise InputError(f"tune_fusion.storage: {place} fails ({reason}): {remedy}") from None
    except optuna.exceptions.StorageInternalError as error:
        cause = error.__cause__ or error
        reason = _first_line(getattr(cause, "orig", None) or cause)
        raise InputError(f"tune_fusion.storage: {place} fails ({reason}): {remedy}") from None
    except RuntimeError as error:  # tables of another version of Optuna
        raise InputError(f"tune_fusion.storage: {place}: {_first_line(error)}") from None


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
