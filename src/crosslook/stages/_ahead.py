"""Units of one translation, and in the same worker processes those of the ones after it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crosslook import engine, params
from crosslook.engine import Pool
from crosslook.errors import CrosslookError

if TYPE_CHECKING:
    from crosslook.resume import Unit


@dataclass(frozen=True)
class Work:
    """A job, which leaves its result in ``job.folder``, and the unit that keeps it."""

    job: Any
    unit: "Unit"


def after(translation: str, key: str, find: Callable[[str], Iterable[Work]]) -> Iterator[Work]:
    """What ``find`` finds for the translations behind this one in list ``key`` of params.yaml.

    Of those whose turn has not come yet, because something of them is missing, nothing is said.
    """
    names = params.names(key)
    for other in names[names.index(translation) + 1 :]:
        with suppress(CrosslookError):
            yield from find(other)


def run(do: Callable[[Any], Any], own: Sequence[Work], later: Iterable[Work], pool: Pool) -> None:
    """Do what is not done of ``own``, in its order; then go on with ``later``.

    Args:
        do: a module-level function that does a job and returns it.
        own: the units that have to be done.
        later: looked at only when there is something to do; what fails of it comes up again.
        pool: of workers.

    Raises:
        whatever a job of ``own`` raises.
    """
    from crosslook import resume

    missing = [one for one in own if not one.unit.done]
    behind = [one for one in later if not one.unit.done] if missing else []
    jobs = engine.run(do, [one.job for one in (*missing, *behind)], pool)
    for one, job in zip(missing, jobs, strict=False):  # those of ``behind`` wait behind
        resume.finish(one.unit, job.folder)
    with suppress(CrosslookError):
        for one, job in zip(behind, jobs, strict=True):
            resume.finish(one.unit, job.folder)
