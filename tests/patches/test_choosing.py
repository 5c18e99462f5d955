import numpy as np
import pytest

from crosslook.errors import InputError
from crosslook.patches.choosing import choose_sides, spread
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.patches.selection_params import Selection

CONTRACT = {"sensor": "sar", "composite_bands": ["a", "b", "c"], "stretch": [[0, 1]] * 3}
ALL = ((), ())


def patch(name, scene, **more):
    place = (name, scene, (0, 0, 8, 8), "EPSG:32630", (10, 0, 0, 0, -10, 0))
    return Patch(*place, **more)


def many(scene, n, **more):
    return [patch(f"{scene}_{i}", scene, **more) for i in range(n)]


def write(folder, patches):
    write_patch_set(folder, [(one, np.ones((3, 8, 8), np.uint8)) for one in patches], CONTRACT)
    return folder


def names(patches, chosen):
    return [patches[i].name for i in chosen]


def test_scenes_give_as_many_as_each_other_while_they_can():
    patches = [*many("a", 20), *many("b", 20), *many("c", 2)]

    scenes = [patches[i].scene for i in spread(patches, 12)]

    assert sorted(scenes) == ["a"] * 5 + ["b"] * 5 + ["c"] * 2


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
    assert held.source.words == "held-out optical patches, 13 of 13 from 1 scene"
    assert own.source.folder == seen
    assert own.source.words == (
        "optical patches that the translator learnt from (held out: 13), 14 of 30 from 1 scene"
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

    assert (set(sides.source.scenes), set(sides.real.scenes)) == ({"b"}, {"w"})
    assert sides.n == 13


def test_too_few_patches_are_refused_naming_the_side(tmp_path):
    target = write(tmp_path / "held_out/sar", many("t", 11))
    seen = write(tmp_path / "optical", many("s", 30))

    with pytest.raises(InputError, match="has 11 whole patches of the target domain that are kept"):
        choose_sides((tmp_path / "none", target), seen, ALL, 20)
