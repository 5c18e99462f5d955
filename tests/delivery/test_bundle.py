from dataclasses import replace

import pytest

from crosslook.delivery.bundle import make_recipe, read_members, read_recipe, write_bundle
from crosslook.errors import CheckpointError, RadiometryError


def test_what_is_read_is_what_was_written(bundle, candidate, weights, detection, contract):
    recipe = make_recipe(candidate, weights, detection, contract)

    assert read_recipe(bundle) == recipe
    assert [member.name for member in recipe.members] == ["cut", "none"]
    assert recipe.members[0].checkpoint == 200
    assert recipe.categories == ({"id": 1, "name": "port"},)


def test_the_same_detectors_give_the_same_digest_and_bytes(
    bundle, candidate, weights, detection, contract, tmp_path
):
    recipe = make_recipe(candidate, weights, detection, contract)
    write_bundle(tmp_path / "again", recipe, weights)

    assert read_recipe(bundle).digest == recipe.digest
    for path in bundle.rglob("*.*"):
        again = tmp_path / "again" / path.relative_to(bundle)
        assert again.read_bytes() == path.read_bytes()


def test_other_weights_or_rules_give_another_digest(
    candidate, weights, detection, contract, write_detector
):
    first = make_recipe(candidate, weights, detection, contract).digest
    other = replace(candidate, shares={"cut": 0.5, "none": 0.5})

    assert make_recipe(other, weights, detection, contract).digest != first
    write_detector(weights["cut"], 7)
    assert make_recipe(candidate, weights, detection, contract).digest != first


def test_a_member_of_weight_zero_is_left_out(candidate, weights, detection, contract):
    alone = replace(candidate, shares={"cut": 1.0, "none": 0.0}, rules=None)

    recipe = make_recipe(alone, {"cut": weights["cut"]}, detection, contract)

    assert [member.name for member in recipe.members] == ["cut"]


def test_members_that_know_different_classes_are_refused(
    candidate, weights, detection, contract, write_detector
):
    write_detector(weights["none"], 1, kinds=({"id": 1, "name": "ship"},))

    with pytest.raises(CheckpointError, match=r"same classes, found .*port.*ship"):
        make_recipe(candidate, weights, detection, contract)


def test_a_member_of_another_sar_radiometry_is_refused(candidate, weights, detection, contract):
    with pytest.raises(RadiometryError, match="the detector of cut has ratio = 'amplitude'"):
        make_recipe(candidate, weights, detection, contract | {"ratio": "power"})


def test_a_member_that_learnt_optical_pixels_may_look_at_sar(
    candidate, weights, detection, contract, write_detector
):
    write_detector(weights["none"], 1, contract | {"sensor": "optical", "unit": "reflectance"})

    assert len(make_recipe(candidate, weights, detection, contract).members) == 2


def test_a_damaged_member_is_refused(bundle):
    (bundle / "members/cut.safetensors").write_bytes(b"half")

    with pytest.raises(CheckpointError, match=r"cut.safetensors: missing, or other bytes"):
        read_members(bundle, read_recipe(bundle))


@pytest.mark.parametrize("text", ["{", "{}", '{"format": 99}', "[]"])
def test_a_damaged_recipe_is_refused(bundle, text):
    (bundle / "ensemble.json").write_text(text)

    with pytest.raises(CheckpointError, match="not a whole ensemble"):
        read_recipe(bundle)


def test_a_missing_bundle_says_how_to_make_it(tmp_path):
    with pytest.raises(CheckpointError, match=r"ensemble.json is missing: run 'crosslook promote'"):
        read_recipe(tmp_path)
