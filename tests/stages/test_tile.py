import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from crosslook.checks.splits import places_disjoint
from crosslook.cli import main
from crosslook.patches.patch_set import read_patch_set
from crosslook.patches.splits import patch_ground
from crosslook.scenes.catalogue import write_catalogue
from crosslook.scenes.radiometry import Radiometry

TRUE_COLOUR = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
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


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def patches(folder, name):
    return read_patch_set(folder / "build/tile" / name)


def test_every_set_is_written_and_counted(tiled):
    record = json.loads((tiled / "results/tile.json").read_text())

    written = [path.parent for path in (tiled / "build/tile").rglob("contract.json")]
    assert sorted(path.relative_to(tiled / "build/tile").as_posix() for path in written) == sorted(
        record["sets"]
    )
    for name, counts in record["sets"].items():
        assert len(patches(tiled, name)) == counts["patches"]
    assert record["sets"]["optical"]["patches"] == 16
    assert record["sets"]["sar_labelled"]["patches"] == 0
    assert record["sets"]["sar_test"]["boxes"] == {"port": 1}


def test_sets_of_one_sensor_have_one_contract(tiled):
    record = json.loads((tiled / "results/tile.json").read_text())

    for name in record["sets"]:
        sensor = Path(name).name.split("_")[0]
        assert patches(tiled, name).contract == record["contracts"][sensor]


def test_no_judged_ground_is_learnt_from(tiled):
    def ground(*names):
        return [patch_ground(p) for name in names for p in patches(tiled, name).patches]

    learnt = ground("optical", "sar", "optical_labelled", "sar_labelled")
    assert places_disjoint(learnt, ground("sar_dev", "sar_test", "held_out/sar")) == []
    assert places_disjoint(ground("sar_dev"), ground("sar_test")) == []


def test_a_domain_of_its_own_adds_sets_and_leaves_the_others_as_they_are(
    tiled, make_scene, small_world
):
    before = contents(tiled / "build/tile")
    winter = [
        replace(make_scene(name, TRUE_COLOUR, split, origin=origin), domain="winter")
        for name, split, origin in (
            ("ice", "unlabelled", (500_000, 4_100_000)),
            ("thaw", "train", (500_000, 4_200_000)),
            ("frost", "dev", (500_000, 4_300_000)),
        )
    ]
    write_catalogue(tiled / "data", [*small_world, *winter])
    assert CliRunner().invoke(main, ["tile"]).exit_code == 0

    after = contents(tiled / "build/tile")
    added = {path.parts[:2] for path in after.keys() - before.keys()}
    assert {path: after[path] for path in before} == before
    assert added == {("domains", "winter"), ("held_out", "winter")}
    assert {p.scene for p in patches(tiled, "domains/winter").patches} == {"ice", "thaw"}
    assert {p.scene for p in patches(tiled, "held_out/winter").patches} == {"frost"}
    record = json.loads((tiled / "results/tile.json").read_text())
    assert record["sets"]["domains/winter"]["by_scene"] == {"ice": 16, "thaw": 16}
    assert record["contracts"]["winter"] == record["contracts"]["optical"]


def test_a_domain_may_have_a_stretch_of_its_own(project, make_scene, small_world):
    wide = {"domains": {"winter": {"reflectance": [0.0, 1.0]}}}
    folder = project({"seed": 0, "tile": TILE | wide})
    ice = make_scene("ice", TRUE_COLOUR, "unlabelled", origin=(500_000, 4_100_000))
    write_catalogue(folder / "data", [*small_world, replace(ice, domain="winter")])
    assert CliRunner().invoke(main, ["tile"]).exit_code == 0

    winter, summer = patches(folder, "domains/winter"), patches(folder, "optical")
    assert winter.contract["stretch"] == [[0.0, 1.0]] * 3
    assert summer.contract["stretch"] == [[0.0, 0.3]] * 3
    assert winter.pixels(0).max() < 0.31 * 255 < summer.pixels(0).max()


@pytest.mark.parametrize(
    ("domains", "message"),
    [
        ({"snow": {"reflectance": [0.0, 1.0]}}, "domain 'snow' has settings in section tile and"),
        ({"winter": {"vv_db": [-20.0, 0.0]}}, "its scenes are optical, and section tile has"),
    ],
)
def test_settings_of_no_domain_or_of_the_other_sensor_are_refused(
    project, make_scene, small_world, domains, message
):
    folder = project({"seed": 0, "tile": TILE | {"domains": domains}})
    ice = make_scene("ice", TRUE_COLOUR, "unlabelled", origin=(500_000, 4_100_000))
    write_catalogue(folder / "data", [*small_world, replace(ice, domain="winter")])

    assert message in CliRunner().invoke(main, ["tile"]).output


def test_held_out_patches_are_a_grid_over_the_scenes_of_split_dev(tiled):
    held_out = patches(tiled, "held_out/sar").patches

    assert [path.name for path in (tiled / "build/tile/held_out").iterdir()] == ["sar"]
    assert {patch.scene for patch in held_out} == {"dev"}
    assert [patch.window for patch in held_out][:2] == [(0, 0, 16, 16), (16, 0, 16, 16)]
    assert len(held_out) == 16


def test_sets_of_a_domain_that_is_gone_are_taken_away(tiled, make_scene, small_world):
    winter = make_scene("ice", TRUE_COLOUR, "unlabelled", origin=(500_000, 4_100_000))
    write_catalogue(tiled / "data", [*small_world, replace(winter, domain="winter")])
    CliRunner().invoke(main, ["tile"])
    write_catalogue(tiled / "data", small_world)
    CliRunner().invoke(main, ["tile"])

    assert list((tiled / "build/tile/domains").iterdir()) == []


def test_a_domain_of_both_sensors_is_refused(project, small_world):
    folder = project({"seed": 0, "tile": TILE})
    mixed = [replace(scene, domain="winter") for scene in small_world[:2]]
    write_catalogue(folder / "data", [*mixed, *small_world[2:]])

    result = CliRunner().invoke(main, ["tile"])

    assert result.output == (
        "Error: domain 'winter' has scenes of both sensors, 'harbour' is optical and 'radar' sar: "
        "give one of them another domain.\n"
    )


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
