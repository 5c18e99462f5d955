"""The store of resumable units in .work/: what was done stays done, what was begun goes on.

A unit is one piece of work with a key: the digest of everything that its result depends on (its
parameters, the digests of its inputs, and a version number that its author raises when the code
would give another result). Its folder is ``.work/STAGE/KEY/``:

    state/    whatever the running unit leaves to be able to go on; gone once it is done
    out/      its result, moved here whole

A unit whose ``out/`` is there is not run again. Nothing here is ever needed for correctness: the
whole of .work/ may be deleted, and only time is lost.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosslook import outputs
from crosslook.results import digest
from crosslook.writing import whole_folder


@dataclass(frozen=True)
class Unit:
    """One resumable piece of work."""

    stage: str
    name: str  # for people: "cut-000300-faster_rcnn"
    key: str

    @property
    def folder(self) -> Path:
        return outputs.work(self.stage) / f"{self.name}-{self.key[:16]}"

    @property
    def state(self) -> Path:
        """Where the running unit keeps what it needs to go on."""
        return self.folder / "state"

    @property
    def out(self) -> Path:
        """The finished result."""
        return self.folder / "out"

    @property
    def done(self) -> bool:
        return self.out.is_dir()


def unit(stage: str, name: str, depends_on: Mapping[str, Any], version: int) -> Unit:
    """Name a unit by all its result depends on; raise ``version`` when the code's result does."""
    return Unit(stage, name, digest({"depends_on": depends_on, "version": version}))


def finish(work: Unit, made: Path) -> None:
    """Take the folder ``made`` as the unit's result and forget its state."""
    with whole_folder(work.out) as temporary:
        copy(made, temporary)
    shutil.rmtree(work.state, ignore_errors=True)


def deliver(work: Unit, target: Path) -> None:
    """Put the finished unit's result at ``target``, replacing what is there."""
    with whole_folder(target) as temporary:
        copy(work.out, temporary)


def copy(source: Path, target: Path) -> None:
    """Copy a folder tree by hard links where the file system allows, else by bytes.

    Results are never edited in place, so two names for one file are safe.
    """
    shutil.copytree(source, target, copy_function=_link, dirs_exist_ok=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
