import subprocess
import sys
from typing import get_args, get_type_hints

import pytest

from crosslook.detectors.engines import ENGINES, build, engine
from crosslook.detectors.settings import Architecture
from crosslook.errors import MissingPackageError


def test_every_engine_that_settings_know_is_there():
    assert set(ENGINES) == set(get_args(get_type_hints(Architecture)["engine"]))


def test_the_engines_are_imported_when_they_are_asked_for():
    check = "import sys, crosslook.detectors.engines; sys.exit('torchvision' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_an_engine_whose_library_is_missing_is_one_line_that_says_what_to_do(monkeypatch):
    monkeypatch.setitem(ENGINES, "detectron2", ("no_such_library.of_ours", "build"))

    with pytest.raises(MissingPackageError, match=r"needs no_such_library, .* 'torchvision'\.$"):
        build(Architecture(engine="detectron2"), 1, seed=0)


def test_without_detectron2_its_engine_is_one_line_that_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "detectron2", None)
    monkeypatch.delitem(sys.modules, "crosslook.detectors.detectron2", raising=False)

    with pytest.raises(MissingPackageError) as caught:
        build(Architecture(engine="detectron2"), 1, seed=0)
    assert str(caught.value) == (
        "engine 'detectron2': needs detectron2, which cannot be imported here. Install it as "
        "docs/detectors.md says, or set engine to 'torchvision'."
    )


def test_an_engine_is_found_by_its_name():
    assert engine("torchvision").__name__ == "build_torchvision"
