from pathlib import Path

import pytest

from crosslook.errors import InputError, ParamsError
from crosslook.stages._translations import held_out_patches, read_translation, unlabelled_patches

SNOW = {"method": "cyclegan", "steps": 1, "source": "seasons", "target": "seasons"}


@pytest.fixture
def tiles(project):
    folder = project(
        {
            "seed": 0,
            "translations": ["none", "real_sar"],
            "scenery": ["snow"],
            "train_translator": {"every": {"steps": 1}, "snow": SNOW},
        }
    )
    for name in ("optical", "sar", "domains/seasons", "held_out/sar", "held_out/seasons"):
        (folder / "build/tile" / name).mkdir(parents=True)
    return folder


def test_a_translation_has_the_domains_of_its_method_unless_it_says_others(tiles):
    ends = {
        name: (read_translation(name).source, read_translation(name).target)
        for name in ("none", "real_sar", "snow")
    }

    assert ends == {
        "none": ("optical", "sar"),
        "real_sar": ("sar", "sar"),
        "snow": ("seasons", "seasons"),
    }


def test_patches_of_a_domain_lie_where_tile_puts_them(tiles):
    assert unlabelled_patches("sar") == Path("build/tile/sar")
    assert unlabelled_patches("seasons") == Path("build/tile/domains/seasons")
    assert held_out_patches("sar") == Path("build/tile/held_out/sar")
    assert held_out_patches("seasons") == Path("build/tile/held_out/seasons")


def test_a_domain_without_scenes_of_split_dev_has_nothing_held_out(tiles):
    with pytest.raises(InputError, match=r"held_out holds .* 'optical'\. There is: sar, seasons\."):
        held_out_patches("optical")


@pytest.mark.parametrize("name", ["..", "", "held_out", "seasons/images"])
def test_no_name_leads_out_of_the_folder(tiles, name):
    with pytest.raises(InputError, match="no patches of domain"):
        unlabelled_patches(name)


def test_an_unknown_key_is_compared_with_the_fields_of_all_three(tiles, project):
    project(
        {
            "translations": ["none"],
            "train_translator": {"every": {"steps": 1}, "none": {"select_sorce": {}}},
        }
    )

    with pytest.raises(ParamsError, match=r"'select_sorce'\. Did you mean 'select_source'\?"):
        read_translation("none")
