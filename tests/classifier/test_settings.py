import subprocess
import sys

import pytest

from crosslook.classifier.settings import (
    LossSettings,
    MiningSettings,
    NetworkSettings,
    TrainingSettings,
    TrunkWeights,
)


def test_the_merging_network_of_a_resnet50_goes_from_2048_to_1024():
    assert NetworkSettings("resnet50").merged == (2048, 1536, 1024)
    assert NetworkSettings("resnet18").embedding == 256
    assert NetworkSettings("resnet18", merging=(64, 32, 16)).merged == (64, 32, 16)


def test_defaults_are_the_documented_ones():
    losses, mining, training = LossSettings(), MiningSettings(), TrainingSettings()

    assert (losses.classification_weight, losses.triplet_weight) == (1.0, 0.1)
    assert (losses.negative_weight, losses.margin, losses.reversal) == (1.0, 1.0, 0.1)
    assert (mining.similar, mining.different) == (0.7, 0.5)
    assert (training.learning_rate, training.head_rate) == (3e-4, 1e-3)
    assert (training.weight_decay, training.warmup_share) == (0.05, 0.05)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (NetworkSettings, {"merging": (4, 2)}, r"merging=\[4, 2\] must give three widths"),
        (NetworkSettings, {"dropout": 1.0}, "dropout=1.0 lie in"),
        (LossSettings, {"reversal": -0.1}, r"\{'reversal': -0.1\} must be >= 0"),
        (LossSettings, {"triplet_weight": float("nan")}, "must be >= 0"),
        (LossSettings, {"temperature": 0.0}, "temperature=0.0"),
        (MiningSettings, {"similar": 0.4}, "different=0.5 must be > 0 and at most similar=0.4"),
        (MiningSettings, {"early_share": 1.5}, "early_share=1.5"),
        (TrainingSettings, {"steps": 0}, "must be >= 1"),
        (TrainingSettings, {"steps": 1, "batch": 1}, "batch >= 2"),
        (TrainingSettings, {"steps": 1, "head_rate": 0.0}, "head_rate=0.0"),
        (TrunkWeights, {"path": "a.pth", "sha256": "A" * 64}, "run sha256sum on a.pth"),
    ],
)
def test_a_value_out_of_range_is_named(kind, values, message):
    with pytest.raises(ValueError, match=message):
        kind(**values)


def test_weights_are_refused_for_a_trunk_that_has_none():
    with pytest.raises(ValueError, match="there are none for backbone 'tiny'"):
        NetworkSettings("tiny", weights={"s1": TrunkWeights("a.pth", "0" * 64)})


def test_settings_and_configurations_need_neither_torch_nor_numpy():
    code = (
        "import sys, crosslook.classifier.settings, crosslook.classifier.configurations;"
        "print([name for name in ('torch', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
