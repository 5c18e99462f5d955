import json
import shutil

import rasterio
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.scenes.catalogue import write_catalogue


def test_good_data_passes_and_is_described(project, small_world, check_sections):
    folder = project(check_sections)
    write_catalogue(folder / "data", small_world)

    result = CliRunner().invoke(main, ["check_data"])

    assert result.exit_code == 0, result.output
    assert result.output == "4 scenes, no problem\n"
    record = json.loads((folder / "results/check_data.json").read_text())
    assert record["problems"] == []
    assert record["counts"]["optical_train"]["labels"] == {"port": 1}


def test_all_problems_are_printed_and_the_stage_fails_with_one_line(
    project, small_world, check_sections
):
    folder = project(check_sections)
    write_catalogue(folder / "data", small_world)
    small_world[1].image.unlink()
    small_world[2].labels.write_text("{")

    result = CliRunner().invoke(main, ["check_data"])

    lines = result.output.splitlines()
    assert result.exit_code == 1
    assert lines[0] == "radar: data/sar/radar.tif is missing."
    assert lines[1].startswith("data/labels/dev.geojson is not JSON")
    assert lines[2].startswith("Error: data/ has 2 problems, the first: radar: data/sar/radar.tif")
    assert len(json.loads((folder / "results/check_data.json").read_text())["problems"]) == 2


def test_a_test_scene_copied_into_dev_stops_the_run_in_one_line(
    project, small_world, make_scene, check_sections
):
    folder, test = project(check_sections), small_world[-1]
    copy = make_scene("innocent", split="dev", boxes=[(5, 5, 20, 20)], origin=(560_000, 4_000_000))
    shutil.copy(test.image, copy.image)
    write_catalogue(folder / "data", [*small_world, copy])

    result = CliRunner().invoke(main, ["check_data"])

    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == (
        "Error: data/ has 2 problems, the first: innocent and test share 0.41 km² of ground, but "
        "one is learnt from and the other judged on: leave one of them out. All stand in "
        "results/check_data.json."
    )


def test_a_copy_with_another_georeference_stops_the_run_too(
    project, small_world, make_scene, check_sections
):
    folder, test = project(check_sections), small_world[-1]
    with rasterio.open(test.image) as file:
        pixels = file.read()
    place = {"crs": "EPSG:32632", "origin": (300_000, 5_000_000)}
    copy = make_scene("innocent", split="dev", boxes=[(5, 5, 20, 20)], pixels=pixels, **place)
    write_catalogue(folder / "data", [*small_world, copy])

    result = CliRunner().invoke(main, ["check_data"])

    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == (
        "Error: data/ has 1 problem, the first: innocent (dev) and test (test) hold the same "
        "pixels in 2 of 2 blocks: leave one of them out. All stand in results/check_data.json."
    )


def test_a_backwards_range_is_refused(project, check_sections):
    project(check_sections | {"check_data": {"plausible_db": [30, -60]}})

    result = CliRunner().invoke(main, ["check_data"])

    assert result.output == (
        "Error: check_data: plausible_db=[30.0, -60.0] must be low, then high.\n"
    )
