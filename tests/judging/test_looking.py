import numpy as np
import pytest

from crosslook.errors import RadiometryError
from crosslook.judging.fakes import show_fakes
from crosslook.judging.looking import Images, read_index
from crosslook.patches.choosing import Side
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.scores.artefacts import l1_map
from crosslook.scores.of_images import grid_index, spectrum
from crosslook.translators.checkpoint import Card, load_translator, save_translator
from crosslook.translators.methods import create
from crosslook.translators.settings import GreySpeckleSettings
from crosslook.translators.translating import translate_pixels

CONTRACT = {
    "sensor": "optical",
    "unit": "reflectance",
    "composite_bands": ["B04", "B03", "B02"],
    "stretch": [[0.0, 0.254]] * 3,
    "ratio": None,
}
N = 40  # more than a batch


@pytest.fixture
def side(tmp_path):
    rng = np.random.default_rng(0)
    patches = [
        Patch(f"p{i}", f"s{i % 3}", (0, 0, 32, 32), "EPSG:32630", (10, 0, 0, 0, -10, 0))
        for i in range(N)
    ]
    pixels = [rng.integers(100, 120, (3, 32, 32)).astype(np.uint8) for _ in patches]
    pixels[35][:, 8:, 8:] = 250  # the liveliest
    write_patch_set(tmp_path / "set", zip(patches, pixels, strict=True), CONTRACT)
    names, scenes = (tuple(getattr(p, key) for p in patches) for key in ("name", "scene"))
    return Side(tmp_path / "set", names, scenes, "")


@pytest.fixture
def checkpoint(tmp_path):
    settings = GreySpeckleSettings(looks=4.0)
    translator = create("grey_speckle", settings, 3, 3, seed=0)
    card = Card("grey_speckle", settings, CONTRACT, CONTRACT, None, 0)
    save_translator(tmp_path / "only.safetensors", translator, card)
    return tmp_path / "only.safetensors"


def look(checkpoint, side, folder):
    show_fakes(checkpoint, side, side, [Images(folder, side.contract())])


def arrays(path):
    return dict(np.load(path, allow_pickle=False))


def test_maps_over_batches_are_those_over_all_patches_at_once(tmp_path, side, checkpoint):
    look(checkpoint, side, tmp_path / "out")

    maps, source = arrays(tmp_path / "out/maps/only.npz"), np.concatenate(list(side.batches()))
    translator, _ = load_translator(checkpoint)
    fake = np.stack([translate_pixels(translator, patch) for patch in source])
    assert [len(batch) for batch in side.batches()] == [32, 8]
    assert list(maps["bands"]) == ["B04", "B03", "B02"]
    expected = l1_map(source.astype(float), fake.astype(float)) / 1000
    assert maps["l1"] == pytest.approx(expected, abs=1e-6)
    assert maps["means"] == pytest.approx(expected.mean(axis=(1, 2)), abs=1e-6)
    assert maps["spectrum"] == pytest.approx(spectrum(fake), rel=1e-6)
    assert read_index(tmp_path / "out/maps/only.npz") == grid_index(maps["spectrum"])


def test_the_example_is_the_liveliest_source_with_its_own_fake_and_map(tmp_path, side, checkpoint):
    look(checkpoint, side, tmp_path / "out")

    example = arrays(tmp_path / "out/example/only.npz")
    assert (example["source"][:, 8:, 8:] == 250).all()
    levels = l1_map(example["source"][None].astype(float), example["fake"][None].astype(float))
    assert example["l1"] == pytest.approx(levels / 1000, abs=1e-6)


def test_real_patches_of_another_radiometry_are_refused(tmp_path, side, checkpoint):
    other = CONTRACT | {"stretch": [[0.0, 0.5]] * 3}
    one = Patch("a", "s", (0, 0, 32, 32), "EPSG:32630", (10, 0, 0, 0, -10, 0))
    write_patch_set(tmp_path / "other", [(one, np.ones((3, 32, 32), np.uint8))], other)
    real = Side(tmp_path / "other", ("a",), ("s",), "")

    with pytest.raises(RadiometryError, match="the set of real patches has stretch"):
        show_fakes(checkpoint, side, real, [])
