import json

import numpy as np
import pytest
from described_files import DESCRIPTION, described, write_folder
from sen12ms_files import write

from crosslook.errors import InputError
from crosslook.patches.land_cover_reading import read_folder


def test_any_folder_of_patches_is_read_by_its_description(tmp_path):
    write_folder(tmp_path)

    data = read_folder(tmp_path, described(tmp_path))

    assert data.places == tuple(f"{s}_{p}" for s in ("lake", "wood") for p in ("p1", "p2", "p10"))
    assert data.scenes == ("lake",) * 3 + ("wood",) * 3
    assert data.classes == ("water", "trees")
    assert data.shares[0] == pytest.approx([6 / 11, 5 / 11])  # 5 of 16 pixels are left out
    assert data.positions[:3, 0].tolist() == [0, 3, 6]


def test_values_are_scaled_shifted_clipped_and_standardised(tmp_path):
    write_folder(tmp_path)

    data = read_folder(tmp_path, described(tmp_path))

    assert data.sensors["radar"][0].tolist() == np.full((1, 4, 4), 1.0).tolist()
    assert data.sensors["optical"][:1][0, :, 0, 0] == pytest.approx([1.0, 0.0], abs=1e-6)


def test_patches_are_indexed_as_an_array_is(tmp_path):
    write_folder(tmp_path)

    patches = read_folder(tmp_path, described(tmp_path)).sensors["optical"]

    assert patches[2].shape == (2, 4, 4)
    assert patches[1:3].shape == (2, 2, 4, 4)
    assert patches[np.array([5, 0, 5])].shape == (3, 2, 4, 4)
    assert patches[[]].shape == (0, 2, 4, 4)
    with pytest.raises(IndexError):
        patches[6]


def test_a_place_is_a_scene_of_its_own_where_nothing_says_otherwise(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / f"x/{name}.tif", np.zeros((1, 2, 2), np.float32))
        write(tmp_path / f"y/{name}.tif", np.ones((1, 2, 2), np.uint8))
    sensors = {"x": {"files": "x/{patch}.tif", "bands": ["VV"]}}
    classes = {"files": "y/{patch}.tif", "table": {"water": 1, "land": 2}}

    data = read_folder(tmp_path, described(tmp_path, sensors=sensors, classes=classes))

    assert data.scenes == data.places == ("a", "b")


def test_names_of_places_and_scenes_may_be_patterns(tmp_path):
    write_folder(tmp_path)

    named = described(tmp_path, place="{patch} of {scene}", scene="the {scene}")
    data = read_folder(tmp_path, named)

    assert (data.places[0], data.scenes[0]) == ("p1 of lake", "the lake")


def test_broken_places_are_skipped_by_name(tmp_path):
    write_folder(tmp_path)

    data = read_folder(tmp_path, described(tmp_path, skip=["lake_p2"]))

    assert (len(data), data.dropped) == (5, {"skipped by name": 1})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sensors.radar.file", "x/{patch}.tif", "sensors.radar: unknown key 'file'. Did you mean"),
        ("sensors.radar.files", "../x/{scene}{patch}.tif", "must lie below the folder"),
        ("sensors.radar.files", "/x/{scene}{patch}.tif", "must lie below the folder"),
        ("sensors.radar.files", "x/patch.tif", "must be a pattern such as"),
        ("sensors.radar.files", "x/*{scene}{patch}.tif", "but no other"),
        ("sensors.radar.files", "x/{patch}.tif", "optical: .* expected .'patch'. as in the first"),
        ("sensors.radar.bands", "VV", "must be a list of names"),
        ("sensors.radar.mean", [1, 2], "a number for each of 1 bands or none, found 2 and 1"),
        ("sensors.radar.std", [0], "must be > 0"),
        ("sensors.radar.clip", ["low", "high"], "clip: expected numbers, found 'low'"),
        ("sensors.radar.clip", [0], "must be the lowest and highest value"),
        ("sensors.radar.scale", "1", "expected numbers, found '1'"),
        ("sensors", {}, "expected one or more, found none"),
        ("sensors", [], "sensors: expected an object, found"),
        ("classes.table", {"water": ["1"], "land": [2]}, "expected whole numbers, found"),
        ("classes.table", {"water": [1], "land": [1]}, "must stand once each"),
        ("classes.band", 0, "must be a whole number, counted from 1"),
        ("classes", {"table": {"water": 1, "land": 2}}, "classes: 'files' is required"),
        ("place", "{patch.__class__}", "but no other"),
        ("scene", "{city}", "no field 'city' in the patterns"),
        ("skip", "lake", "skip: expected a list of names"),
        ("author", "us", "unknown key 'author'. Known: sensors, classes"),
    ],
)
def test_a_description_that_cannot_be_is_refused_in_one_line(tmp_path, path, value, message):
    wrong = json.loads(json.dumps(DESCRIPTION))
    *parents, last = path.split(".")
    at = wrong
    for parent in parents:
        at = at[parent]
    at[last] = value

    with pytest.raises(InputError, match=message) as caught:
        described(tmp_path, **wrong)
    assert "\n" not in str(caught.value)
    assert "folder.json" in str(caught.value)


def test_an_unknown_code_is_named_with_its_file(tmp_path):
    write_folder(tmp_path, codes=(1, 7))

    with pytest.raises(
        InputError, match=r"lake_p1\.tif: 8 pixels have the code 7; the table knows"
    ):
        read_folder(tmp_path, described(tmp_path))


def test_a_band_that_is_not_there_is_named(tmp_path):
    write_folder(tmp_path)
    classes = DESCRIPTION["classes"] | {"band": 2}

    with pytest.raises(InputError, match="1 bands of uint8, expected class codes in band 2"):
        read_folder(tmp_path, described(tmp_path, classes=classes))
