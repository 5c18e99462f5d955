"""Where a stage reads and writes. The only place that spells the top-level folders."""

from pathlib import Path

DATA = Path("data")
PARAMS = Path("params.yaml")
PROFILES = Path("params")
STORE = Path("mlruns")
WORK = Path(".work")
PROMOTIONS = Path("results/promotions.jsonl")


def build(stage: str, *keys: str) -> Path:
    """The folder of big outputs of a stage, or of one instance of it."""
    return Path("build", stage, *keys)


def results(stage: str, *keys: str) -> Path:
    """The JSON of a stage: results/STAGE.json, or results/STAGE/KEY.json for an instance."""
    path = Path("results", stage, *keys)
    return path.with_name(path.name + ".json")


def work(stage: str) -> Path:
    """The folder of resumable state of a stage; neither git nor DVC knows it."""
    return WORK / stage


def checkpoint(step: int | None) -> str:
    """The folder or file name of a training step: step_000300, or 'only' where there is none."""
    return "only" if step is None else f"step_{step:06d}"


def checkpoint_step(name: str) -> int | None:
    """The training step of a folder or file name; the inverse of ``checkpoint``."""
    return None if name == "only" else int(name.removeprefix("step_"))
