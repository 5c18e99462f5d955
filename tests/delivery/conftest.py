import pytest

from crosslook.delivery.bundle import make_recipe, write_bundle
from crosslook.delivery.promotion import Candidate
from crosslook.detectors.settings import DetectionSettings
from crosslook.ensemble.fusion import FusionRules

CANDIDATE = Candidate(
    "faster_rcnn", "tuned", {"cut": 0.75, "none": 0.25}, {"cut": 200, "none": None},
    FusionRules(0.5, 0.0), 0.4, 0.5,
)  # fmt: skip
DETECTION = DetectionSettings(score_threshold=0.0, batch_size=2)


@pytest.fixture
def candidate():
    return CANDIDATE


@pytest.fixture
def contract(sar_contract):
    return sar_contract


@pytest.fixture
def detection():
    return DETECTION


@pytest.fixture
def weights(tmp_path, write_detector):
    """Files of two detectors."""
    return {
        name: write_detector(tmp_path / f"{name}.safetensors", seed)
        for seed, name in enumerate(("cut", "none"))
    }


@pytest.fixture
def bundle(tmp_path, weights, contract):
    """The folder of an ensemble of two."""
    folder = tmp_path / "bundle"
    write_bundle(folder, make_recipe(CANDIDATE, weights, DETECTION, contract), weights)
    return folder
