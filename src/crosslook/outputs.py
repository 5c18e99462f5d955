"""Where a stage reads and writes. The only place that spells the top-level folders."""

from pathlib import Path

DATA = Path("data")
PARAMS = Path("params.yaml")
PROFILES = Path("params")
STORE = Path("mlruns")
WORK = Path(".work")
PROMOTIONS = Path("results/promotions.jsonl")
PROMOTIONS_LANDCOVER = Path("results/promotions_landcover.jsonl")


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
