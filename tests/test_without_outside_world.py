"""Networks, losses, translators and their benchmark need torch and numpy, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFUSE = """
import sys

REFUSED = {
    "click", "dvc", "ensemble_boxes", "matplotlib", "mlflow", "optuna", "PIL", "pycocotools",
    "rasterio", "safetensors", "scipy", "shapely", "torchvision", "yaml",
}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
"""


@pytest.fixture
def alone(tmp_path):
    """Run python where those are refused, in the processes that it starts as well."""
    (tmp_path / "sitecustomize.py").write_text(REFUSE)
    paths = os.pathsep.join([str(tmp_path), str(ROOT / "src")])

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": paths},
        )

    return run


def test_they_are_refused_indeed(alone):
    assert "No module named 'rasterio'" in alone("-c", "import rasterio").stderr


def test_networks_losses_and_translators_import(alone):
    modules = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for package in ("networks", "losses", "translators")
        for path in sorted((ROOT / "src/crosslook" / package).glob("*.py"))
    ]

    done = alone("-c", "\n".join(f"import {module}" for module in modules))

    assert len(modules) > 30
    assert (done.returncode, done.stderr) == (0, "")


def test_the_benchmark_runs(alone, tmp_path):
    done = alone(
        ROOT / "benchmarks/translators.py",
        *("--methods", "cut", "--sizes", "32", "--width", "2", "--repeats", "1", "--threads", "1"),
        *("--parts", "steps", "--json", "told.json", "--markdown", "told.md", "--strict"),
    )

    assert done.returncode == 0, done.stderr
    assert "Training step, batch 1, networks 2 channels wide" in done.stdout
    assert json.loads((tmp_path / "told.json").read_text())["steps"][0]["method"] == "cut"
    assert "| cut | 32 |" in (tmp_path / "told.md").read_text()
