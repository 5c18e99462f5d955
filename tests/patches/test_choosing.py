import numpy as np
import pytest

from crosslook.errors import InputError
from crosslook.patches.choosing import choose_sides, in_halves, spread
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.patches.selection_params import Selection

CONTRACT = {"sensor": "sar", "composite_bands": ["a", "b", "c"], "stretch": [[0, 1]] * 3}
ALL = ((), ())


def patch(name, scene, window=(0, 0, 8, 8), **more):
    place = (name, scene, window, "EPSG:32630", (10, 0, 0, 0, -10, 0))
    return Patch(*place, **more)


def many(scene, n, **more):
    """On two scenes."""
    return [patch(f"{scene}_{i}", f"{scene}{i % 2}", **more) for i in range(n)]


def write(folder, patches):
    write_patch_set(folder, [(one, np.ones((3, 8, 8), np.uint8)) for one in patches], CONTRACT)
    return folder


def names(patches, chosen):
    return [patches[i].name for i in chosen]


def test_scenes_give_as_many_as_each_other_while_they_can():
    patches = [*many("a", 40), *many("c", 4)]

    scenes = [patches[i].scene for i in spread(patches, 14)]

    assert sorted(scenes) == ["a0"] * 5 + ["a1"] * 5 + ["c0"] * 2 + ["c1"] * 2


def test_fewer_are_the_first_of_more_whatever_the_order_of_the_set():
    patches = [*many("a", 20), *many("b", 20)]

    assert spread(patches, 7) == spread(patches, 30)[:7]
    assert names(patches[::-1], spread(patches[::-1], 9)) == names(patches, spread(patches, 9))
    assert sorted(spread(patches, 99)) == list(range(40))


def test_sources_are_held_out_where_there_are_enough_of_them(tmp_path):
    target = write(tmp_path / "held_out/sar", many("t", 40))
    seen = write(tmp_path / "optical", many("s", 30))
    few = write(tmp_path / "held_out/optical", many("h", 13))

    held = choose_sides((few, target), seen, ALL, 13)
    own = choose_sides((few, target), seen, ALL, 14)

    assert (held.n, held.source.folder, len(held.real)) == (13, few, 26)
    assert held.source.words == "held-out optical patches, 13 of 13 from 2 scenes"
    assert own.source.folder == seen
    assert own.source.words == (
        "optical patches that the translator learnt from (held out: 13), 14 of 30 from 2 scenes"
    )


def test_a_patch_is_never_on_both_sides(tmp_path):
    both = write(tmp_path / "held_out/sar", many("t", 60))
    seen = write(tmp_path / "sar", many("s", 30))

    sides = choose_sides((both, both), seen, ALL, 20)

    assert sides.source.folder == both
    assert not set(sides.source.names) & set(sides.real.names)
    assert choose_sides((both, both), seen, ALL, 25).source.folder == seen


def test_patches_with_no_data_or_that_a_selection_drops_are_not_chosen(tmp_path):
    white = many("w", 13, notes={"snow": 0.9})
    bare = many("b", 13, notes={"snow": 0.0})
    held_out = write(tmp_path / "held_out/seasons", [*white, *bare, *many("x", 9, valid=0.5)])
    selects = ([Selection(max_snow=0.1)], [Selection(min_snow=0.5)])

    sides = choose_sides((held_out, held_out), tmp_path / "none", selects, 50)

    assert (set(sides.source.scenes), set(sides.real.scenes)) == ({"b0", "b1"}, {"w0", "w1"})
    assert sides.n == 13


def test_too_few_patches_are_refused_naming_the_side(tmp_path):
    target = write(tmp_path / "held_out/sar", many("t", 11))
    seen = write(tmp_path / "optical", many("s", 30))

    with pytest.raises(InputError, match="has 11 whole patches of the target domain that are kept"):
        choose_sides((tmp_path / "none", target), seen, ALL, 20)


def test_a_single_scene_is_parted_across_its_longer_side_and_halves_share_no_ground():
    places = [(column, 0, 20, 20) for column in (0, 20, 30, 40, 60, 80)]
    patches = [patch(f"p{i}", "one", place) for i, place in enumerate(places)]

    found = {patch.name: patch.scene for patch in in_halves(patches)}

    assert found == {
        "p0": "one, half 1",
        "p1": "one, half 1",
        "p2": "one, half 1",
        "p4": "one, half 2",
        "p5": "one, half 2",
    }
    assert in_halves([*patches, patch("q", "two")])[:6] == patches


def test_the_words_tell_of_halves(tmp_path):
    windows = [(0, row, 10, 10) for row in range(0, 600, 10)]
    alone = [patch(f"t{i}", "one", window) for i, window in enumerate(windows)]
    target = write(tmp_path / "held_out/sar", alone)
    seen = write(tmp_path / "optical", many("s", 60))

    sides = choose_sides((tmp_path / "none", target), seen, ALL, 20)

    assert sides.real.words.startswith("held-out sar patches, 20 of 60 from the halves of one")
    assert len(set(sides.real.scenes[:20])) == 2
