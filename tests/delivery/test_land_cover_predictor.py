import numpy as np
import pytest

from crosslook.classifier.checkpoint import load_classifier
from crosslook.classifier.classifying import classify_image
from crosslook.delivery.land_cover_predictor import LandCoverPredictor, example
from crosslook.errors import InputError, RadiometryError

RNG = np.random.default_rng(0)
S1 = RNG.normal(-14, 3, (3, 2, 8, 8)).astype(np.float32)
S2 = RNG.normal(0.12, 0.03, (3, 3, 8, 8)).astype(np.float32)


@pytest.fixture
def predictor(write_classifier, tmp_path):
    return LandCoverPredictor(*load_classifier(write_classifier(tmp_path / "model.safetensors")))


def as_image(patches, path, geotiff):
    """The patches side by side."""
    geotiff(path, np.concatenate(list(patches), axis=2))
    return path


@pytest.mark.parametrize(("sensor", "patches"), [("s1", S1), ("s2", S2)])
def test_patches_get_the_shares_that_classify_gives_them(
    predictor, sensor, patches, tmp_path, geotiff
):
    patches = patches.copy()
    patches[1, 0, :3] = np.nan
    image = as_image(patches, tmp_path / "image.tif", geotiff)
    expected = classify_image(image, predictor.network, predictor.card, sensor)

    rows = predictor.predict(patches, sensor)

    found = [[row["shares"][name] for name in ("forest", "water")] for row in rows]
    np.testing.assert_allclose(found, expected.shares, atol=1e-6)
    assert [row["valid"] for row in rows] == expected.valid.tolist() == [1.0, 0.625, 1.0]


def test_the_class_is_that_of_the_largest_share(predictor):
    for row in predictor.predict(S1):
        assert sum(row["shares"].values()) == pytest.approx(1, abs=1e-6)
        assert row["shares"][row["class"]] == max(row["shares"].values())


def test_the_number_of_bands_tells_the_sensor(predictor):
    assert predictor.predict(S1) == predictor.predict(S1, "s1")
    assert predictor.predict(S2) == predictor.predict(S2, "s2")


def test_a_patch_without_data_has_no_class(predictor):
    patches = S1[:2].copy()
    patches[0, :, :5] = np.nan

    first, second = predictor.predict(patches)

    assert first == {"class": None, "shares": {}, "valid": 0.375}
    assert second["class"] is not None


def test_the_patches_stay_as_they_are(predictor):
    patches = S1 - 20
    before = patches.copy()

    predictor.predict(patches)

    np.testing.assert_array_equal(patches, before)


def test_no_patches_have_no_answers(predictor):
    assert predictor.predict(S1[:0]) == []


def test_two_sensors_of_as_many_bands_must_be_told_apart(predictor, write_classifier, tmp_path):
    one = predictor.card.sensors["s1"]
    path = write_classifier(tmp_path / "two.safetensors", sensors={"s1": one, "palsar": one})
    two = LandCoverPredictor(*load_classifier(path))

    with pytest.raises(InputError) as error:
        two.predict(S1)

    assert str(error.value) == (
        "patches of 2 bands may be of palsar (VV, VH) or s1 (VV, VH): say which, "
        'params={"sensor": "palsar"}.'
    )
    assert len(two.predict(S1, "palsar")) == 3


def test_bands_of_no_sensor_are_refused(predictor):
    with pytest.raises(InputError) as error:
        predictor.predict(np.zeros((1, 5, 8, 8), np.float32))

    assert str(error.value) == (
        "patches of 5 bands; the model takes s1 (VV, VH) or s2 (B04, B03, B02)."
    )


def test_a_wrong_or_unknown_sensor_is_refused(predictor):
    with pytest.raises(InputError, match=r"patches of 2 bands; of s2 the model takes 3, in this"):
        predictor.predict(S1, "s2")
    with pytest.raises(RadiometryError, match="is of sensor 's3'; the model knows s1, s2"):
        predictor.predict(S1, "s3")


@pytest.mark.parametrize("wrong", [S1[0], S1[:, :, :4], S1.astype(np.float64)])
def test_patches_of_another_shape_or_type_are_refused(predictor, wrong):
    with pytest.raises(InputError, match=r"the model takes \(N, bands, 8, 8\) of float32"):
        predictor.predict(wrong)


def test_numbers_of_another_unit_are_refused(predictor):
    with pytest.raises(InputError, match=r"outside of what s1 .* Give physical values\."):
        predictor.predict(np.full((1, 2, 8, 8), 0.05, np.float32))
    with pytest.raises(InputError, match=r"patches of s2: .* deviations from the mean"):
        predictor.predict(np.full((1, 3, 8, 8), 1200, np.float32))


def test_the_example_is_the_mean_of_each_band(predictor):
    patch = example(predictor.card.sensors["s2"], 8)

    assert (patch.shape, patch.dtype) == ((1, 3, 8, 8), np.float32)
    np.testing.assert_allclose(patch[0, :, 3, 3], [0.1, 0.12, 0.14], rtol=1e-6)
