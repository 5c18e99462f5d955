import pytest
from click.testing import CliRunner

from crosslook import params
from crosslook.commands.simulate import command
from crosslook.errors import InputError

PARAMS = """
seed: 3
simulate:
  optical_scenes: 1
  optical_size: 256
  sar_unlabelled_scenes: 0
  swath_edges: 0
  sar_train_scenes: 0
  sar_dev_scenes: 0
  sar_test_scenes: 1
  sar_test_size: 256
"""


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS)
    params.load.cache_clear()
    yield tmp_path
    params.load.cache_clear()


def test_simulate_says_one_line_per_scene_and_a_summary():
    result = CliRunner().invoke(command, [], catch_exceptions=False)

    lines = result.output.splitlines()
    assert [line.split(":")[0] for line in lines] == ["optical_train_01", "sar_test_01", "data"]
    assert lines[-1] == "data: 2 scenes, 0.1 Mpx, seed 3."


def test_the_seed_comes_from_params_unless_given(project):
    run = CliRunner().invoke

    run(command, ["--output", "a"], catch_exceptions=False)
    run(command, ["--output", "b", "--seed", "3"], catch_exceptions=False)
    run(command, ["--output", "c", "--seed", "4"], catch_exceptions=False)

    a, b, c = (
        (project / name / "sar" / "sar_test_01.tif").read_bytes() for name in ("a", "b", "c")
    )
    assert a == b != c


def test_an_existing_folder_is_not_overwritten_without_force(project):
    (project / "data").mkdir()
    (project / "data" / "mine.tif").write_bytes(b"precious")

    result = CliRunner().invoke(command, [])

    assert isinstance(result.exception, InputError)
    assert str(result.exception) == (
        "data exists already: choose another --output, or replace it (--force)."
    )
    assert (project / "data" / "mine.tif").read_bytes() == b"precious"


def test_force_replaces_the_whole_folder(project):
    (project / "data").mkdir()
    (project / "data" / "old.tif").write_bytes(b"old")

    CliRunner().invoke(command, ["--force"], catch_exceptions=False)

    assert not (project / "data" / "old.tif").exists()
    assert (project / "data" / "scenes.json").exists()
