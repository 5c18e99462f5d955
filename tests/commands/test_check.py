import numpy as np
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.scenes.catalogue import write_catalogue


def test_clean_data_gives_a_page_and_ends_with_0(project, small_world, check_sections):
    folder = project(check_sections)
    write_catalogue(folder / "data", small_world)

    result = CliRunner().invoke(main, ["check"])

    assert result.exit_code == 0, result.output
    assert result.output.startswith("build/check/index.html: 4 scenes, ")
    assert "No problem was found." in (folder / "build/check/index.html").read_text()
    assert not (folder / "results").exists()


def test_every_fault_is_named_on_the_page_and_the_command_ends_with_1(
    project, small_world, make_scene, geotiff, check_sections
):
    folder = project(
        check_sections | {"tile": check_sections["tile"] | {"classes": ["port", "airfield"]}}
    )
    harbour, radar, dev, test = small_world
    bright = np.random.default_rng(0).integers(1100, 3000, (3, 64, 64)).astype(np.uint16)
    geotiff(harbour.image, bright)
    swapped = np.stack([np.full((64, 64), level, np.float32) for level in (-19, -12)])
    geotiff(radar.image, swapped, origin=(520_000, 4_000_000))
    power = np.random.default_rng(1).uniform(0.01, 0.3, (2, 64, 64)).astype(np.float32)
    geotiff(dev.image, power, origin=(540_000, 4_000_000))
    over = make_scene("over", origin=(560_320, 4_000_000))
    write_catalogue(folder / "data", [harbour, radar, dev, test, over])

    result = CliRunner().invoke(main, ["check", "--output", "here/page.html"])

    page = (folder / "here/page.html").read_text()
    assert result.exit_code == 1
    for words in (
        "harbour: the darkest hundredth of B",
        "radar: VH is brighter than VV in 100%",
        "dev: hardly any backscatter lies below 0 dB: is it linear power?",
        "over and test share 0.20 km² of ground",
        "class &#x27;airfield&#x27; has no label in split train",
    ):
        assert words in page, words
    assert result.output.splitlines()[-1].startswith("Error: data/ has 5 problems, the first: ")
    assert result.output.splitlines()[-1].endswith(" All stand in here/page.html.")


def test_a_page_of_another_kind_is_refused(project, check_sections):
    project(check_sections)

    result = CliRunner().invoke(main, ["check", "--output", "page.pdf"])

    assert result.output == "Error: page.pdf: the page is written as .html; change --output.\n"


def test_a_page_that_cannot_be_written_leaves_nothing(project, small_world, check_sections):
    folder = project(check_sections)
    write_catalogue(folder / "data", small_world)
    (folder / "full").write_text("a file, no folder")

    result = CliRunner().invoke(main, ["check", "--output", "full/page.html"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: full/page.html: could not be written")
    assert (folder / "full").read_text() == "a file, no folder"
