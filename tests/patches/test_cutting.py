import json
from dataclasses import replace

import numpy as np
import pytest
from rasterio.errors import RasterioIOError
from shapely.geometry import shape

from crosslook.checks.splits import places_disjoint
from crosslook.errors import DiskError
from crosslook.patches.annotations import coco_to_geojson, geojson_to_boxes, to_pixels
from crosslook.patches.cutting import is_constant, make_patch, write_labelled, write_unlabelled
from crosslook.patches.patch_set import read_patch_set, write_patch_set
from crosslook.patches.splits import patch_ground
from crosslook.patches.tile_params import DetectionWindows, UnlabelledWindows
from crosslook.scenes.cloud_raster import write_classes
from crosslook.scenes.clouds import C
from crosslook.scenes.composites import composite, contract, shared_contract
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.raster import open_scene, read_composite
from crosslook.scenes.stretches import OpticalComposite, SarComposite
from crosslook.scenes.windows import grid

SAR = SarComposite()
TRUE_COLOUR = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
GRID = UnlabelledWindows(size_px=16, stride_px=16)
AROUND = DetectionWindows(size_px=32, negatives_per_scene=2, min_side_px=4)


def unlabelled(folder, scenes, windows=GRID, settings=SAR):
    return write_unlabelled(folder, scenes, settings, windows, shared_contract(scenes, settings))


def labelled(folder, scenes, seed=0, windows=AROUND, classes=("port",)):
    said = shared_contract(scenes, SAR)
    return write_labelled(folder, scenes, SAR, windows, classes, said, seed)


def files(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in found}


def test_a_grid_patch_shows_its_window_of_the_scene(tmp_path, make_scene):
    pixels = np.random.default_rng(0).uniform(-25, -5, (2, 64, 64)).astype(np.float32)
    scene = make_scene("a", pixels=pixels)

    record = unlabelled(tmp_path / "out", [scene])
    made = read_patch_set(tmp_path / "out")

    assert record == {"patches": 16, "by_scene": {"a": 16}, "dropped": {}}
    assert made.patches[6].name == "a_r00016_c00032"
    assert made.patches[6].window == (32, 16, 16, 16)
    whole = composite(pixels, scene.radiometry, SAR)
    assert np.array_equal(made.pixels(6), whole[:, 16:32, 32:48])


def test_a_set_is_what_reading_each_window_by_itself_makes(tmp_path, make_scene):
    scene = make_scene("a", size=(90, 70))
    said = shared_contract([scene], SAR)
    with open_scene(scene) as dataset:
        alone = []
        for window in grid(scene.size, 16, 12):
            pixels = read_composite(dataset, scene, SAR, window)
            alone.append((make_patch(scene, window, pixels, said), pixels))

    unlabelled(tmp_path / "set", [scene], UnlabelledWindows(16, 12))
    write_patch_set(tmp_path / "alone", alone, said)

    assert files(tmp_path / "set") == files(tmp_path / "alone")


@pytest.mark.parametrize("workers", [2, 5])
def test_no_byte_depends_on_the_number_of_workers(tmp_path, make_scene, workers):
    hole = np.random.default_rng(0).uniform(-25, -5, (2, 64, 64)).astype(np.float32)
    hole[:, 20:40, 20:40] = np.nan
    scenes = [
        make_scene("a", size=(96, 128), boxes=[(10, 10, 22, 20), (90, 60, 110, 75)]),
        make_scene("hole", pixels=hole, boxes=[(1, 1, 15, 15)]),
        make_scene("tiny", size=(8, 40), boxes=[(1, 1, 7, 7)]),
    ]
    said = shared_contract(scenes, SAR)

    def make(count):
        grids, boxes = tmp_path / f"grid {count}", tmp_path / f"boxes {count}"
        return (
            write_unlabelled(grids, scenes, SAR, GRID, said, count),
            write_labelled(boxes, scenes, SAR, AROUND, ("port",), said, 0, count),
            files(grids),
            files(boxes),
        )

    assert make(workers) == make(1)


def test_a_disk_that_is_full_ends_the_cutting_in_one_line(tmp_path, make_scene, monkeypatch):
    class Full:
        def __init__(self, *args, **kwargs):
            raise RasterioIOError("No space left on device")

    scene = make_scene("a")
    monkeypatch.setattr("rasterio.io.DatasetWriter.write", Full)

    with pytest.raises(DiskError, match=r"a_r00000_c00000.tif: could not be written \(No space"):
        unlabelled(tmp_path / "out", [scene])
    assert not (tmp_path / "out").exists()


def test_patches_are_dropped_for_a_reason(tmp_path, make_scene):
    pixels = np.random.default_rng(0).uniform(-25, -5, (2, 32, 32)).astype(np.float32)
    pixels[:, :16, :16] = np.nan
    pixels[:, :16, 16:] = -12.0
    scenes = [make_scene("a", pixels=pixels), make_scene("tiny", size=(8, 40))]

    record = unlabelled(tmp_path / "out", scenes)

    assert record["by_scene"] == {"a": 2, "tiny": 0}
    assert record["dropped"] == {"no data": 1, "constant": 1, "scene smaller than a patch": 1}


def test_the_share_of_data_may_be_lower_when_asked_for(tmp_path, make_scene):
    pixels = np.random.default_rng(0).uniform(-25, -5, (2, 16, 16)).astype(np.float32)
    pixels[:, :4] = np.nan
    scene = make_scene("a", pixels=pixels)

    unlabelled(tmp_path / "out", [scene], UnlabelledWindows(16, 16, min_valid=0.7))

    assert [patch.valid for patch in read_patch_set(tmp_path / "out").patches] == [0.75]


def test_every_place_is_wholly_in_a_patch_and_negatives_have_none(tmp_path, make_scene):
    scene = make_scene("a", size=(96, 128), boxes=[(10, 10, 22, 20), (90, 60, 110, 75)])

    record = labelled(tmp_path / "out", [scene])

    assert record["places"] == {"port": 2}
    assert record["boxes"] == {"port": 2}
    assert record["places_never_whole"] == 0
    assert record["patches_without_places"] == 2
    assert record["patches"] == 4


def test_boxes_of_the_patches_lead_back_to_the_label_on_the_map(tmp_path, make_scene):
    box = (41.25, 33.5, 57.75, 44.0)
    scene = make_scene("a", size=(96, 96), boxes=[box])

    labelled(tmp_path / "out", [scene])
    made = read_patch_set(tmp_path / "out")
    (row,) = [row for row in made.labels()["annotations"] if not row["truncated"]]
    real = dict(made.labels(), annotations=[row])
    (there,) = coco_to_geojson(real, made.patches)["features"]

    found = to_pixels(shape(there["geometry"]), scene.crs, scene.affine).bounds
    assert found == pytest.approx(box, abs=0.01)
    ((_, _, back),) = geojson_to_boxes({"features": [there]}, made.patches)
    assert back == pytest.approx(row["bbox"], abs=0.01)


def test_a_patch_file_lies_where_its_window_lies(tmp_path, make_scene):
    import rasterio

    scene = make_scene("a", size=(96, 96), boxes=[(41, 33, 57, 44)])
    labelled(tmp_path / "out", [scene])

    for patch in read_patch_set(tmp_path / "out").patches:
        with rasterio.open(tmp_path / "out" / "images" / f"{patch.name}.tif") as file:
            column, row = patch.window[:2]
            assert file.transform.c == 500_000 + 10 * column
            assert file.transform.f == 4_000_000 - 10 * row
            assert file.crs == scene.crs


def test_judging_sets_do_not_change_with_the_seed_and_count_places_once(tmp_path, make_scene):
    boxes = [(10, 10, 40, 14), (22, 16, 26, 46), (44, 30, 75, 34)]  # windows must overlap
    scene = make_scene("a", size=(128, 128), boxes=boxes)

    first = labelled(tmp_path / "one", [scene], seed=None)
    second = labelled(tmp_path / "two", [scene], seed=None)

    assert first["boxes"] == {"port": 3}
    assert first["places_never_whole"] == 0
    assert first == second
    texts = [(tmp_path / name / "coco.json").read_bytes() for name in ("one", "two")]
    assert texts[0] == texts[1]


def test_the_same_seed_gives_the_same_bytes(tmp_path, make_scene):
    scene = make_scene("a", size=(128, 128), boxes=[(50, 50, 60, 60)])

    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        labelled(tmp_path / name, [scene], seed)
    made = {name: files(tmp_path / name) for name in ("one", "two", "other")}

    assert made["one"] == made["two"]
    assert made["one"] != made["other"]


def test_negatives_lie_in_the_labelled_area_and_the_rest_is_to_be_ignored(tmp_path, make_scene):
    scene = make_scene("a", size=(96, 128), boxes=[(66, 40, 80, 60)], area=(0, 0, 70, 96))

    labelled(tmp_path / "out", [scene])
    made = read_patch_set(tmp_path / "out")

    for i, patch in enumerate(made.patches):
        column = patch.window[0]
        outside = [row for row in made.boxes(i) if row["place"] is None]
        assert bool(outside) == (column + 32 > 70)
        if outside:
            assert outside[0]["bbox"] == pytest.approx([70 - column, 0, column - 38, 32], abs=0.05)
            assert outside[0]["iscrowd"] == 1


def test_places_of_other_classes_are_background(tmp_path, make_scene):
    scene = make_scene("a", size=(64, 64), boxes=[(10, 10, 30, 30)], label="marina")

    record = labelled(tmp_path / "out", [scene])

    assert record["places"] == {"port": 0}
    assert record["boxes"] == {"port": 0}


def test_categories_count_from_1_in_the_order_of_the_classes(tmp_path, make_scene):
    scene = make_scene("a", boxes=[(10, 10, 30, 30)])

    labelled(tmp_path / "out", [scene], classes=("ship", "port"))
    coco = json.loads((tmp_path / "out" / "coco.json").read_text())

    assert [(c["id"], c["name"]) for c in coco["categories"]] == [(1, "ship"), (2, "port")]
    assert {row["category_id"] for row in coco["annotations"]} == {2}


def test_a_set_without_scenes_is_an_empty_patch_set(tmp_path):
    said = contract(Radiometry("sigma0_db", ("VV", "VH")), SAR)

    record = write_labelled(tmp_path / "out", [], SAR, AROUND, ("port",), said, 0)
    made = read_patch_set(tmp_path / "out")

    assert record["patches"] == len(made) == 0
    assert made.contract == said
    assert made.labels()["annotations"] == []


def test_patches_of_one_polarisation_say_so(tmp_path, make_scene):
    unlabelled(tmp_path / "out", [make_scene("a", Radiometry("sigma0_db", ("VV",)))])
    made = read_patch_set(tmp_path / "out")

    assert {patch.polarisations for patch in made.patches} == {1}
    assert made.contract["composite_bands"] == ["VV", "VV", "VV"]


def test_in_a_mixed_set_every_patch_says_its_unit(tmp_path, make_scene):
    bands = ("B04", "B03", "B02")
    scenes = [
        make_scene("grey", Radiometry("grey8", bands)),
        make_scene("lit", Radiometry("reflectance", bands, 1e-4)),
    ]
    said = shared_contract(scenes, OpticalComposite(), allow_mixed_optical=True)

    write_unlabelled(tmp_path / "out", scenes, OpticalComposite(), GRID, said)

    units = {p.scene: p.notes["unit"] for p in read_patch_set(tmp_path / "out").patches}
    assert units == {"grey": "grey8", "lit": "reflectance"}


def test_training_and_judging_patches_share_no_ground(tmp_path, small_world):
    by_id = {scene.id: scene for scene in small_world}
    unlabelled(tmp_path / "sar", [by_id["radar"]])
    labelled(tmp_path / "dev", [by_id["dev"]], None)

    def ground(name):
        return [patch_ground(patch) for patch in read_patch_set(tmp_path / name).patches]

    assert places_disjoint(ground("sar"), ground("dev")) == []
    assert places_disjoint(ground("dev"), ground("dev")) != []


def test_a_patch_of_one_colour_is_constant_whatever_its_no_data():
    pixels = np.full((3, 4, 4), 7, np.uint8)
    pixels[:, 0] = 0

    assert is_constant(pixels)
    pixels[1, 2, 2] = 8
    assert not is_constant(pixels)


def test_a_patch_without_any_data_is_constant():
    assert is_constant(np.zeros((3, 4, 4), np.uint8))


def test_windows_smaller_than_eight_pixels_are_refused():
    with pytest.raises(ValueError, match="size_px=4 must be >= 8"):
        UnlabelledWindows(4, 4)


def test_a_label_may_reach_over_the_scene_border(tmp_path, make_scene):
    scene = make_scene("a", boxes=[(-10, 20, 30, 40)])

    record = labelled(tmp_path / "out", [scene])
    made = read_patch_set(tmp_path / "out")

    (row,) = made.labels()["annotations"]
    assert row["visible"] == pytest.approx(0.75, abs=1e-3)
    assert record["places_never_whole"] == 1
    x, y, width, height = row["bbox"]
    assert (x, y) >= (0, 0) and x + width <= 32 and y + height <= 32


def test_patches_carry_the_shares_of_clouds_that_their_scene_tells(tmp_path, make_scene):
    scene = make_scene("a", TRUE_COLOUR, size=(32, 32), boxes=[(2, 2, 12, 12)])
    scene = replace(scene, clouds=tmp_path / "clouds.tif")
    classes = np.full((32, 32), C.CLEAR, np.uint8)
    classes[:8, 16:] = C.CLOUD
    write_classes(scene.clouds, classes, ("cloud", "snow"), scene.crs, scene.affine)
    settings = OpticalComposite()
    said = shared_contract([scene], settings)

    write_unlabelled(tmp_path / "grid", [scene], settings, GRID, said)
    write_labelled(tmp_path / "boxes", [scene], settings, AROUND, ["port"], said, None)

    notes = [patch.notes for patch in read_patch_set(tmp_path / "grid").patches]
    assert [one["cloud"] for one in notes] == [0, 0.5, 0, 0]
    assert notes[0] == {"cloud": 0, "shadow": None, "snow": 0, "bright": None}
    (whole,) = read_patch_set(tmp_path / "boxes").patches
    assert whole.notes["cloud"] == 8 * 16 / 32**2


def test_patches_of_a_scene_without_a_class_raster_carry_no_shares(tmp_path, make_scene):
    scene = make_scene("a", TRUE_COLOUR, size=(32, 32))
    settings = OpticalComposite()

    write_unlabelled(tmp_path / "g", [scene], settings, GRID, shared_contract([scene], settings))

    assert {len(patch.notes) for patch in read_patch_set(tmp_path / "g").patches} == {0}
