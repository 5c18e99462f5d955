import json

import numpy as np
import pytest

from crosslook.patches.packed import Packed
from crosslook.results import digest_folder
from crosslook.translators import making
from crosslook.translators.alarm_settings import Alarms
from crosslook.translators.alarms import (
    PROBES,
    Probes,
    as_record,
    draw_probes,
    flagged,
    measure,
    try_checkpoint,
)
from crosslook.translators.making import make_checkpoints
from crosslook.translators.methods import TRANSLATORS
from crosslook.translators.settings import NetworkSettings

METHODS = [
    pytest.param(name, marks=() if name in ("cut", "munit") else pytest.mark.slow)
    for name, method in TRANSLATORS.items()
    if issubclass(method.settings, NetworkSettings)
]
RNG = np.random.default_rng(0)
REAL = {"variation": 1.0, "saturated": 0.0, "distance": [0.02, 0.05]}


def nothing(_):
    return None


def numbered(count, size=4):
    """Patch i holds nothing but the number i + 1."""
    levels = np.arange(1, count + 1, dtype=np.uint8)
    return Packed({}, np.ones((count, 2, size, size), np.uint8) * levels[:, None, None, None])


def drawn(patches):
    return patches[:, 0, 0, 0].tolist()


def noise(low=1, high=256, count=6):
    return RNG.integers(low, high, (count, 2, 16, 16)).astype(np.uint8)


def test_probes_are_a_function_of_patches_and_seed():
    first, again, other = (draw_probes(numbered(40), numbered(50), seed) for seed in (3, 3, 4))

    assert drawn(first.sources) == drawn(again.sources) != drawn(other.sources)
    assert drawn(first.targets) == drawn(again.targets)


def test_the_halves_of_real_targets_share_no_patch():
    probes = draw_probes(numbered(40), numbered(50), 0)

    assert len(probes.sources) == len(probes.targets) == len(probes.others) == PROBES
    assert not set(drawn(probes.targets)) & set(drawn(probes.others))


def test_few_patches_make_few_probes_and_fewer_make_none():
    assert len(draw_probes(numbered(3), numbered(9), 0).targets) == 3
    assert len(draw_probes(numbered(9), numbered(5), 0).sources) == 2
    assert draw_probes(numbered(9), numbered(3), 0) is None
    assert draw_probes(numbered(1), numbered(9), 0) is None


def test_real_targets_in_the_place_of_fakes_raise_no_alarm():
    probes = Probes(noise(), noise(), noise())

    real = probes.real()
    assert real["variation"] == pytest.approx(1, abs=0.1)
    assert real["saturated"] == pytest.approx(0, abs=0.01)
    assert max(real["distance"]) < 0.02
    assert flagged(real, real, Alarms()) == {}


def test_each_way_to_go_wrong_raises_its_own_alarm():
    targets = noise(60, 200)
    one_answer = np.repeat(targets[:1], 6, axis=0)
    black_and_white = np.where(targets > 190, np.uint8(255), targets)
    brighter = targets + np.uint8(50)

    def names(images):
        return list(flagged(measure(images, targets), REAL, Alarms(max_saturated=0.05)))

    assert names(noise(60, 200)) == []
    assert names(one_answer) == ["variation"]
    assert names(black_and_white) == ["saturated"]
    assert names(brighter) == ["distance"]


def test_a_distance_counts_above_what_real_targets_have_in_that_band():
    values = {"variation": 1.0, "saturated": 0.0, "distance": [0.11, 0.14]}

    assert flagged(values, REAL, Alarms(max_distance=0.1)) == {}
    assert flagged(values, REAL, Alarms(max_distance=0.08)) == {
        "distance": "histograms lie 0.09 of the stretch farther from real targets than real ones "
        "do, above 0.08"
    }


def test_thresholds_of_nought_and_one_never_warn():
    worst = {"variation": 0.0, "saturated": 1.0, "distance": [1.0, 1.0]}

    assert set(flagged(worst, REAL, Alarms())) == {"variation", "saturated", "distance"}
    assert flagged(worst, REAL, Alarms(True, 0.0, 1.0, 1.0)) == {}


def test_what_has_no_number_is_not_compared():
    flat = np.full((4, 2, 8, 8), 9, np.uint8)

    values = measure(noise(), flat)
    assert values["variation"] is None
    assert "variation" not in flagged(values, REAL, Alarms())


def test_impossible_thresholds_are_refused():
    with pytest.raises(ValueError, match=r"max_distance=2 must lie in 0\.\.1"):
        Alarms(max_distance=2)
    with pytest.raises(ValueError, match="min_variation=-1 must be >= 0"):
        Alarms(min_variation=-1)


def test_the_record_names_thresholds_and_what_is_flagged():
    row = {"checkpoint": 3, "variation": 0.1, "saturated": 0.0, "distance": [0.0, 0.0]}
    found = {"count": 6, "real": REAL, "checkpoints": [row]}

    assert as_record(found, ["VH", "VV"], Alarms()) == {
        "probes": {
            "images": 6,
            "bands": ["VH", "VV"],
            "real": REAL,
            "thresholds": {"min_variation": 0.25, "max_saturated": 0.1, "max_distance": 0.1},
        },
        "alarms": [row | {"flagged": ["variation"]}],
    }


@pytest.fixture
def sets(patch_set):
    return patch_set("optical", "optical", 5), patch_set("sar", "sar", 6)


@pytest.mark.parametrize("method", METHODS)
def test_a_training_gives_the_same_bytes_with_and_without_alarms(
    method, sets, settings_of, training, tmp_path
):
    course = training(average=0.5, steps=4, checkpoints=(1, 4))

    def train(name, watched):
        make_checkpoints(
            method, settings_of(method), course, 0, *sets, tmp_path / name, nothing, watched
        )
        return digest_folder(tmp_path / name)

    assert train("with", tmp_path / "found") == train("without", None)
    assert sorted(path.stem for path in (tmp_path / "found").iterdir()) == [
        "step_000001",
        "step_000001_average",
        "step_000004",
        "step_000004_average",
    ]


def test_what_is_found_of_a_checkpoint_is_found_again_in_its_file(
    sets, settings_of, training, tmp_path
):
    made = make_checkpoints(
        "cut", settings_of("cut"), training(), 0, *sets, tmp_path, nothing, tmp_path / "found"
    )
    probes = draw_probes(making.hold(sets[0]), making.hold(sets[1]), 0)

    found = json.loads((tmp_path / "found/step_000003.json").read_text())
    assert found == try_checkpoint(made / "step_000003.safetensors", probes)


def test_an_alarm_is_one_line_that_names_the_method_and_the_checkpoint(
    sets, settings_of, training, tmp_path
):
    lines = []
    strict = training(alarms=Alarms(min_variation=1000.0))

    make_checkpoints(
        "cut", settings_of("cut"), strict, 0, *sets, tmp_path, lines.append, tmp_path / "found"
    )

    alarms = [line for line in lines if "alarm" in line]
    assert len(alarms) == 2
    assert alarms[0].startswith("cut: alarm at step_000003: fakes differ from each other by 0.")
    assert "below 1000" in alarms[0]


def test_a_checkpoint_that_is_not_finite_is_an_alarm(
    sets, settings_of, training, tmp_path, monkeypatch
):
    from crosslook.translators import alarms

    def broken(*_):
        raise FloatingPointError

    made = make_checkpoints("cut", settings_of("cut"), training(), 0, *sets, tmp_path, nothing)
    monkeypatch.setattr(alarms, "translate_pixels", broken)
    probes = draw_probes(making.hold(sets[0]), making.hold(sets[1]), 0)

    values = try_checkpoint(made / "step_000003.safetensors", probes)
    assert flagged(values, REAL, Alarms()) == {"finite": "its fakes are not finite"}
