import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from crosslook import params
from crosslook.classifier import training as loop
from crosslook.commands.study_classifier import command
from crosslook.errors import ParamsError
from crosslook.tracking.store import opened

SECTION = {
    "configurations": ["baseline_s1", "baseline_s2", "c", "c_t_m"],
    "sized": ["baseline_s1", "baseline_s2", "c", "c_t_m"],
    "sizes": [4],
    "seeds": [0, 1],
    "replicates": 40,
    "workers": 1,
    "network": {"backbone": "tiny"},
    "patches": {"test_share": 0.5, "dev_share": 0},
    "training": {"steps": 2, "batch": 2, "save_every": 1, "log_every": 1},
}


@pytest.fixture
def project(winter, tmp_path, monkeypatch):
    """A project with land-cover patches; gives a function that runs the study."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    (tmp_path / "params").mkdir()
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"seed": 0}))

    def run(**own):
        path = tmp_path / "params/land_cover.yaml"
        path.write_text(yaml.safe_dump({"train_classifier": SECTION | own}))
        params.load.cache_clear()
        result = CliRunner().invoke(command, [], catch_exceptions=False)
        assert result.exit_code == 0
        return tmp_path / ".work/study_classifier"

    yield run
    params.load.cache_clear()


@pytest.mark.slow
def test_a_study_leaves_a_table_pictures_and_the_json_behind_each(project, monkeypatch):
    steps, whole = [], loop.take_step
    monkeypatch.setattr(loop, "take_step", lambda *given: steps.append(1) or whole(*given))

    folder = project()

    assert sorted(path.name for path in folder.iterdir()) == [
        "figure2.json",
        "figure2.png",
        "figure3.json",
        "figure3.png",
        "latent.json",
        "latent.png",
        "models",
        "study.json",
        "table.md",
    ]
    assert len(steps) == 4 * 2 * 2 * 2
    study = json.loads((folder / "study.json").read_text())
    assert [(row["configuration"], row["trained_on"], row["seeds"]) for row in study["table"]] == [
        ("baseline", 6, [0, 1]),
        ("c", 6, [0, 1]),
        ("c_t_m", 6, [0, 1]),
        ("baseline", 4, [0, 1]),
        ("c", 4, [0, 1]),
        ("c_t_m", 4, [0, 1]),
    ]
    assert {(gap["a"], gap["b"]) for gap in study["differences"]} == {
        ("c", "baseline"),
        ("c_t_m", "baseline"),
        ("c_t_m", "c"),
    }
    views = json.loads((folder / "latent.json").read_text())
    assert [view["configuration"] for view in views] == ["c", "c_t_m"]
    assert "6 test patches of 2 scenes, 2 seeds (0, 1)" in (folder / "table.md").read_text()
    for name in ("figure2", "figure3", "latent"):
        with Image.open(folder / f"{name}.png") as drawn:
            assert drawn.width > 600

    with opened(Path("mlruns")) as store:
        client = store.client
        found = client.get_experiment_by_name("study_classifier").experiment_id
        runs = {run.info.run_name: run for run in client.search_runs([found])}
        kept = client.list_artifacts(runs["comparison"].info.run_id)
    assert len(runs) == 2 * 3 * 2 + 1
    assert (
        runs["c-4-seed1"].data.metrics["test/sensors/s1/above_30/macro"]
        == (study["scores"][-3]["test"]["sensors"]["s1"]["above_30"]["macro"])
    )
    assert "figure2.png" in {artifact.path for artifact in kept}

    text = (folder / "study.json").read_bytes()
    project()
    assert len(steps) == 4 * 2 * 2 * 2
    assert (folder / "study.json").read_bytes() == text


def test_a_key_that_nobody_knows_is_answered_with_the_nearest(project):
    with pytest.raises(ParamsError, match=r"land_cover.yaml: train_classifier: unknown key 'size'"):
        project(size=[4])
