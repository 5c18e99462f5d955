import pytest

from crosslook.classifier.checkpoint import load_classifier
from crosslook.delivery import land_cover_bundle
from crosslook.delivery.bundle import make_recipe, write_bundle
from crosslook.delivery.promotion import Candidate
from crosslook.detectors.settings import DetectionSettings
from crosslook.ensemble.fusion import FusionRules


@pytest.fixture
def promoted(tmp_path, write_detector, sar_contract):
    """A function that makes a bundle below tmp_path/bundles; returns its line of promotions."""

    def make(seed=0):
        weights = {
            name: write_detector(tmp_path / f"{name}.safetensors", seed + n)
            for n, name in enumerate(("cut", "none"))
        }
        found = Candidate(
            "faster_rcnn",
            "tuned",
            {"cut": 0.75, "none": 0.25},
            {"cut": 200, "none": None},
            FusionRules(0.5, 0.0),
            0.4,
            0.5,
        )
        recipe = make_recipe(found, weights, DetectionSettings(score_threshold=0.0), sar_contract)
        write_bundle(tmp_path / "bundles" / recipe.digest, recipe, weights)
        test = {"dev": {"ap": 0.3, "ap_low": 0.2, "ap_high": 0.4}}
        dev = {"ap": 0.4, "ar": 0.5}
        return {"ensemble": recipe.digest, "dev": dev, "test": test, "commit": "abc"}

    return make


@pytest.fixture
def land_cover(tmp_path, write_classifier):
    """The line of promotions of a land-cover model, whose bundle is made below bundles."""
    path = write_classifier(tmp_path / "model.safetensors")
    recipe = land_cover_bundle.make_recipe(path, load_classifier(path)[1])
    land_cover_bundle.write_bundle(tmp_path / "bundles" / recipe.digest, recipe, path)
    dev = {"weighted": 0.6, "macro": 0.5, "sensors": {"s1": {"weighted": 0.5}}}
    return {"land_cover": recipe.digest, "dev": dev, "test": {"weighted": 0.4}, "commit": "abc"}
