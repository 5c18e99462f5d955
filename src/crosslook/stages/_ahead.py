"""Units of one translation, and in the same worker processes those of the ones after it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from crosslook import engine, params
from crosslook.engine import Pool
from crosslook.errors import CrosslookError

if TYPE_CHECKING:
    from crosslook.resume import Unit


@dataclass(frozen=True)
class AheadPool(Pool):
    """A pool that may go on with the translations behind the one that was asked for."""

    ahead: int = 0  # 1: it does

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ahead not in (0, 1):
            raise ValueError(f"ahead={self.ahead} must be 0 or 1.")


class Waiting(Protocol):
    """A job, and whether its result is kept already."""

    @property
    def job(self) -> Any:
        """What travels to a worker."""

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""


@dataclass(frozen=True)
class Work:
    """A job that leaves its result in ``job.folder``, and the unit that keeps it."""

    job: Any
    unit: "Unit"

    @property
    def done(self) -> bool:
        """Whether the unit is done."""
        return self.unit.done


W = TypeVar("W", bound=Waiting)


def keep(work: Work, job: Any) -> None:
    """Take what ``job`` left as the result of its unit."""
    from crosslook import resume

    resume.finish(work.unit, job.folder)


def after(
    translation: str, lists: Sequence[str], find: Callable[[str], Iterable[W]]
) -> Iterator[W]:
    """What ``find`` finds for the translations behind this one in the lists of params.yaml.

    Of those whose turn has not come yet, because something of them is missing, nothing is said.
    """
    names = params.names(*lists)
    for other in names[names.index(translation) + 1 :]:
        with suppress(CrosslookError):
            yield from find(other)


def run(
    do: Callable[[Any], Any],
    own: Sequence[W],
    later: Iterable[W],
    finish: Callable[[W, Any], None],
    pool: Pool,
) -> None:
    """Do what is not done of ``own``, in its order; then go on with ``later``.

    Args:
        do: a module-level function that does a job and returns it.
        own: what has to be done.
        later: looked at only when there is something to do; what fails of it comes up again.
        finish: keeps what a job made.
        pool: of workers.

    Raises:
        whatever a job of ``own`` raises.
    """
    missing = [one for one in own if not one.done]
    behind = [one for one in later if not one.done] if missing else []
    jobs = engine.run(do, [one.job for one in (*missing, *behind)], pool)
    for one, job in zip(missing, jobs, strict=False):  # those of ``behind`` wait behind
        finish(one, job)
    with suppress(CrosslookError):
        for one, job in zip(behind, jobs, strict=True):
            finish(one, job)
