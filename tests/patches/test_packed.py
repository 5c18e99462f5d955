import json
import multiprocessing
import pickle
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from crosslook.errors import InputError
from crosslook.patches.datasets import UnpairedPatches, hold, read_array
from crosslook.patches.packed import open_packed, pack
from crosslook.patches.patch_set import Patch, read_patch_set, write_patch_set

CONTRACT = {"composite_bands": ["B04", "B03", "B02"], "stretch": [[0.0, 0.3]] * 3, "ratio": None}
KEY = "0123456789abcdef" * 4
OTHER_KEY = "0123456789abcdef" + "f" * 48  # the same folder


def write_set(folder, sizes=((8, 9),) * 3, contract=CONTRACT):
    rng = np.random.default_rng(0)
    patches = [
        (
            Patch(f"p{i}", "s", (0, 0, *size[::-1]), "EPSG:32631", (10, 0, 0, 0, -10, 0)),
            rng.integers(0, 256, (3, *size), dtype=np.uint8),
        )
        for i, size in enumerate(sizes)
    ]
    return write_patch_set(folder, patches, contract)


@pytest.fixture
def patches(tmp_path):
    return write_set(tmp_path / "set")


@pytest.fixture
def place(patches, tmp_path):
    """The folder of a packed set."""
    pack(patches, tmp_path / "packed", KEY)
    return tmp_path / "packed" / KEY[:16]


def written(place):
    """Tells whether the pixels were written anew: a replaced file is another inode."""
    return (place / "pixels.npy").stat().st_ino


def test_packed_pixels_are_those_of_the_patches_in_their_order(patches, tmp_path):
    packed = pack(patches, tmp_path / "packed", KEY)

    assert np.array_equal(packed.pixels, read_array(patches))
    assert packed.pixels.dtype == np.uint8
    assert (len(packed), packed.contract) == (3, CONTRACT)


def test_the_second_time_nothing_is_written(patches, place, tmp_path):
    before = written(place)

    pack(patches, tmp_path / "packed", KEY)

    assert written(place) == before


def test_opening_needs_no_patch_set(patches, place):
    assert np.array_equal(open_packed(place).pixels, read_array(patches))


def test_opening_needs_no_geotiff_reader(place):
    code = (
        "import sys; sys.modules['rasterio'] = None\n"
        "from pathlib import Path\n"
        "from crosslook.patches.datasets import UnpairedPatches\n"
        "from crosslook.patches.packed import open_packed\n"
        "one = open_packed(Path(sys.argv[1]))\n"
        "print(UnpairedPatches(one, one, 2, 8, 0).at(1)[0].shape)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=False
    )

    assert done.stdout == "(2, 3, 8, 8)\n", done.stderr


def test_packed_pixels_cannot_be_written_to(place):
    with pytest.raises(ValueError, match="read-only"):
        open_packed(place).pixels[0] = 0


def truncate(place):
    path = place / "pixels.npy"
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_bit(place):
    path = place / "pixels.npy"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def empty(place):
    (place / "pixels.npy").write_bytes(b"")


def put_other_pixels(place):
    np.save(place / "pixels.npy", np.zeros((3, 3, 8, 9), np.float32))


def remove_about(place):
    (place / "packed.json").unlink()


def halve_about(place):
    path = place / "packed.json"
    path.write_text(path.read_text()[:40])


@pytest.mark.parametrize(
    "damage", [truncate, flip_a_bit, empty, put_other_pixels, remove_about, halve_about]
)
def test_a_damaged_file_is_refused_and_packed_again(damage, patches, place, tmp_path):
    damage(place)

    with pytest.raises(InputError, match="pack the set again"):
        open_packed(place)
    packed = pack(patches, tmp_path / "packed", KEY)

    assert np.array_equal(packed.pixels, read_array(patches))
    assert sorted(path.name for path in place.iterdir()) == ["packed.json", "pixels.npy"]


def test_a_file_of_another_patch_set_is_packed_again(place, tmp_path):
    other = write_set(tmp_path / "other", sizes=((6, 6),) * 3)

    packed = pack(other, tmp_path / "packed", OTHER_KEY)

    assert np.array_equal(packed.pixels, read_array(other))
    assert open_packed(place).key == OTHER_KEY


def test_a_file_of_another_radiometry_is_packed_again(place, tmp_path):
    before = written(place)
    other = write_set(tmp_path / "other", contract=CONTRACT | {"ratio": "db"})

    packed = pack(other, tmp_path / "packed", KEY)

    assert written(place) != before
    assert packed.contract["ratio"] == "db"


def test_patches_of_two_sizes_are_refused_and_leave_nothing(tmp_path):
    two = write_set(tmp_path / "set", sizes=((8, 8), (9, 9)))

    with pytest.raises(InputError, match=r"patch p1 is \(9, 9\) px, the first is \(8, 8\)"):
        pack(two, tmp_path / "packed", KEY)

    assert [path for path in (tmp_path / "packed").rglob("*") if path.is_file()] == []


def test_an_empty_set_says_where_to_look(tmp_path):
    with pytest.raises(InputError, match=r"holds no patch: look into results/tile.json"):
        pack(write_set(tmp_path / "set", sizes=()), tmp_path / "packed", KEY)


def test_packing_holds_one_patch_in_memory_at_a_time(tmp_path):
    size = (256, 256)
    many = write_set(tmp_path / "set", sizes=(size,) * 12)
    tracemalloc.start()

    pack(many, tmp_path / "packed", KEY)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 3 * size[0] * size[1]


def test_it_travels_as_the_path_of_its_file(place):
    packed = open_packed(place)
    drawn = UnpairedPatches(packed, packed, batch=2, crop=4, seed=0)

    sent = pickle.dumps(drawn)

    assert packed.pixels.tobytes()[:50] not in sent
    assert np.array_equal(pickle.loads(sent).at(3)[1], drawn.at(3)[1])


def test_a_set_held_in_memory_travels_with_its_pixels(patches):
    held = hold(patches)

    arrived = pickle.loads(pickle.dumps(held))

    assert np.array_equal(arrived.pixels, read_array(patches))
    assert (arrived.contract, arrived.path) == (CONTRACT, None)
    assert hold(held) is held


def pack_at_once(barrier, folder, answers):
    patches = read_patch_set(folder / "set")
    barrier.wait(60)
    answers.put(int(pack(patches, folder / "packed", KEY).pixels.sum()))


def test_two_processes_may_pack_at_the_same_time(tmp_path):
    patches = write_set(tmp_path / "set", sizes=((32, 32),) * 40)
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(2), context.Queue()
    both = [
        context.Process(target=pack_at_once, args=(barrier, tmp_path, answers)) for _ in range(2)
    ]
    for process in both:
        process.start()
    sums = [answers.get(timeout=120) for _ in both]
    for process in both:
        process.join()

    assert sums == [int(read_array(patches).sum())] * 2
    place = tmp_path / "packed" / KEY[:16]
    assert sorted(path.name for path in place.iterdir()) == ["packed.json", "pixels.npy"]
    assert json.loads((place / "packed.json").read_text())["shape"] == [40, 3, 32, 32]
