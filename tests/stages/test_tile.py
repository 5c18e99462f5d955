import json

import pytest
from click.testing import CliRunner

from crosslook.checks.splits import places_disjoint
from crosslook.cli import main
from crosslook.patches.patch_set import read_patch_set
from crosslook.patches.splits import patch_ground
from crosslook.scenes.catalogue import write_catalogue
from crosslook.scenes.radiometry import Radiometry

TILE = {
    "classes": ["port"],
    "unlabelled": {"size_px": 16, "stride_px": 16},
    "detection": {"size_px": 32, "negatives_per_scene": 1, "min_side_px": 4},
}


@pytest.fixture
def tiled(project, small_world):
    folder = project({"seed": 0, "tile": TILE})
    write_catalogue(folder / "data", small_world)
    result = CliRunner().invoke(main, ["tile"])
    assert result.exit_code == 0, result.output
    return folder


def patches(folder, name):
    return read_patch_set(folder / "build/tile" / name)


def test_every_set_is_written_and_counted(tiled):
    record = json.loads((tiled / "results/tile.json").read_text())

    assert sorted(path.name for path in (tiled / "build/tile").iterdir()) == sorted(record["sets"])
    for name, counts in record["sets"].items():
        assert len(patches(tiled, name)) == counts["patches"]
    assert record["sets"]["optical"]["patches"] == 16
    assert record["sets"]["sar_labelled"]["patches"] == 0
    assert record["sets"]["sar_test"]["boxes"] == {"port": 1}


def test_sets_of_one_sensor_have_one_contract(tiled):
    record = json.loads((tiled / "results/tile.json").read_text())

    for name in record["sets"]:
        assert patches(tiled, name).contract == record["contracts"][name.split("_")[0]]


def test_no_judged_ground_is_learnt_from(tiled):
    def ground(*names):
        return [patch_ground(p) for name in names for p in patches(tiled, name).patches]

    learnt = ground("optical", "sar", "optical_labelled", "sar_labelled")
    assert places_disjoint(learnt, ground("sar_dev", "sar_test")) == []
    assert places_disjoint(ground("sar_dev"), ground("sar_test")) == []


def test_another_seed_leaves_the_judging_sets_as_they_are(tiled, project):
    before = {
        path.relative_to(tiled): path.read_bytes()
        for name in ("sar_dev", "sar_test")
        for path in (tiled / "build/tile" / name).rglob("*.*")
    }
    project({"seed": 5, "tile": TILE})
    CliRunner().invoke(main, ["tile"])

    assert before == {path: (tiled / path).read_bytes() for path in before}


def test_another_number_of_workers_changes_no_byte(tiled, project):
    def files():
        made = sorted(p for p in tiled.rglob("*") if p.is_file() and p.name != "params.yaml")
        return {path: path.read_bytes() for path in made}

    before = files()
    project({"seed": 0, "tile": TILE | {"workers": 1}})
    result = CliRunner().invoke(main, ["tile"])

    assert result.exit_code == 0
    assert files() == before


def test_no_worker_is_too_few(project):
    project({"seed": 0, "tile": TILE | {"workers": 0}})

    result = CliRunner().invoke(main, ["tile"])

    assert result.output == "Error: tile: workers=0 must be >= 1.\n"


def test_a_scene_of_another_radiometry_is_refused(project, small_world, make_scene):
    folder = project({"seed": 0, "tile": TILE})
    single = make_scene("single", Radiometry("sigma0_db", ("VV",)), "unlabelled")
    write_catalogue(folder / "data", [*small_world, single])

    result = CliRunner().invoke(main, ["tile"])

    assert result.exit_code == 1
    assert result.output == (
        "Error: scenes 'dev' and 'single' cannot share patches: composite_bands is "
        "['VH', 'VV', 'VH/VV'] in one and ['VV', 'VV', 'VV'] in the other. Keep one kind.\n"
    )
    assert not (folder / "build").exists()


def test_a_truncated_scene_is_refused_in_one_line(project, small_world):
    folder = project({"seed": 0, "tile": TILE})
    write_catalogue(folder / "data", small_world)
    image = small_world[1].image
    image.write_bytes(image.read_bytes()[:-100])

    result = CliRunner().invoke(main, ["tile"])

    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("Error: data/sar/radar.tif breaks off")


def test_a_missing_catalogue_says_how_to_make_one(project):
    project({"seed": 0, "tile": TILE})

    result = CliRunner().invoke(main, ["tile"])

    assert "data/scenes.json is missing: run 'crosslook simulate'" in result.output


def test_a_misspelt_setting_is_answered_with_the_right_one(project):
    project({"seed": 0, "tile": TILE | {"sar": {"ration": "db"}}})

    result = CliRunner().invoke(main, ["tile"])

    assert result.output == "Error: tile.sar: unknown key 'ration'. Did you mean 'ratio'?\n"
