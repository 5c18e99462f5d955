import numpy as np
import pytest
from contracts import SAR

from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.patches.variants import repeat_labels, repeat_patches
from crosslook.scores.of_labels import label_survival, real_contrast

X, Y, SIDE = 20, 24, 12


def image(seed=0, dx=0, rise=100):
    """Noise with one object in all bands; the ratio is the brightest of them."""
    pixels = np.random.default_rng(seed).integers(60, 90, (3, 64, 64)).astype(np.uint8)
    pixels[:, Y : Y + SIDE, X + dx : X + dx + SIDE] += np.uint8(rise)
    pixels[2] += 50
    return pixels


def write(folder, images, variants=1):
    """Labelled patches; each box lies where the object of ``image()`` does."""
    n = len(images) // variants
    place = ((0, 0, 64, 64), "EPSG:32630", (10, 0, 0, 0, -10, 0))
    patches = [Patch(f"p{i}", "s", *place) for i in range(n)]
    ids = [{"id": i + 1, "width": 64, "height": 64, "file_name": f"p{i}.tif"} for i in range(n)]
    rows = [{"bbox": [X, Y, SIDE, SIDE], "area": SIDE**2, "iscrowd": 0} for _ in range(n)]
    rows = [row | {"id": i, "image_id": i, "category_id": 1} for i, row in enumerate(rows, 1)]
    rows.append(rows[0] | {"id": n + 1, "bbox": [0, 0, 5, 5], "iscrowd": 1})  # to be ignored
    coco = {"images": ids, "annotations": rows, "categories": [{"id": 1, "name": "port"}]}
    named = [patch for _, patch, _ in repeat_patches(patches, variants)]
    pairs = zip(named, images, strict=True)
    return write_patch_set(folder, pairs, SAR, repeat_labels(coco, variants))


@pytest.fixture
def real(tmp_path):
    return real_contrast(write(tmp_path / "real", [image(seed) for seed in (5, 6, 7)]))


def test_the_band_is_the_brightest_of_those_in_decibels(real):
    assert (real.name, real.reference.boxes) == ("VV", 3)
    assert real.as_dict()["share"] == 1


def test_survivors_vanished_and_moved_ones_are_counted_and_the_lost_are_listed(tmp_path, real):
    sources = write(tmp_path / "sources", [image(i) for i in range(3)])
    fakes = write(tmp_path / "fakes", [image(0), image(1, rise=0), image(2, dx=5)])

    found = label_survival(fakes, sources, real)

    assert found.share == pytest.approx(1 / 3)
    assert dict(found.counts) == {"survived": 1, "vanished": 1, "moved": 1, "unjudged": 0}
    assert [(one["image"], one["fate"]) for one in found.lost] == [
        ("p1", "vanished"),
        ("p2", "moved"),
    ]


def test_every_variant_is_compared_with_its_own_source(tmp_path, real):
    sources = write(tmp_path / "sources", [image(0), image(1)])
    fakes = write(tmp_path / "fakes", [image(0), image(0, rise=0), image(1), image(1)], 2)

    found = label_survival(fakes, sources, real)

    assert [one["image"] for one in found.lost] == ["p0_s1"]


def test_sets_that_do_not_belong_together_are_refused(tmp_path, real):
    sources = write(tmp_path / "sources", [image(0), image(1)])
    fakes = write(tmp_path / "fakes", [image(0), image(1), image(2)])

    with pytest.raises(ValueError, match="3 fakes cannot come from 2 sources"):
        label_survival(fakes, sources, real)


def test_no_real_patch_is_no_measure(tmp_path):
    empty = write_patch_set(
        tmp_path / "none", [], SAR, {"images": [], "annotations": [], "categories": []}
    )

    with pytest.raises(ValueError, match="no real labelled patch"):
        real_contrast(empty)


def test_each_fake_is_compared_with_its_own_source(tmp_path, real):
    flat = np.full((3, 64, 64), 80, np.uint8)  # without edges no shift can be told
    sources = write(tmp_path / "sources", [image(0), flat])
    fakes = write(tmp_path / "fakes", [image(0, dx=5), image(1, dx=5)])

    lost = {one["image"]: one["shift_px"] for one in label_survival(fakes, sources, real).lost}

    assert lost["p0"] == (5, 0)
    assert lost.get("p1") is None
