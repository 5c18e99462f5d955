import json
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from crosslook import engine, params
from crosslook.errors import CrosslookError, InputError, ParamsError
from crosslook.patches.patch_set import Patch, read_patch_set, write_patch_set
from crosslook.results import digest_folder
from crosslook.stages.train_translator import command
from crosslook.translators import training
from crosslook.translators.states import save_state

VALUES = {
    "seed": 0,
    "translations": ["none", "small_cut", "real_sar"],
    "detectors": ["faster_rcnn"],
    "train_translator": {
        "every": {
            "steps": 2,
            "checkpoints": [1, 2],
            "crop": 32,
            "schedule": {"clock": "iterations", "constant": 1, "decay": 1},
            "save_every": 1,
            "log_every": 1,
            "threads": 1,
        },
        "small_cut": {
            "method": "cut",
            "width": 2,
            "blocks": 1,
            "discriminator_width": 2,
            "layers": [0, 12],
            "positions": 8,
            "projector_width": 4,
        },
    },
}
CONTRACT = {"unit": "u", "stretch": [[0, 1]] * 3, "ratio": None}


DOMAIN = "build/tile/domains/seasons"


def write_set(folder, sensor, count=2, **shares):
    rng = np.random.default_rng(len(sensor))
    contract = CONTRACT | {"sensor": sensor, "composite_bands": [f"{sensor}{i}" for i in range(3)]}
    patches = [
        (
            Patch(
                f"p{i}",
                "s",
                (0, 0, 32, 32),
                "EPSG:32630",
                (10, 0, 0, 0, -10, 0),
                notes={kind: values[i] for kind, values in shares.items()},
            ),
            rng.integers(1, 256, size=(3, 32, 32), dtype=np.uint8),
        )
        for i in range(count)
    ]
    write_patch_set(folder, patches, contract)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params.load.cache_clear()
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(VALUES))
    write_set(tmp_path / "build/tile/optical", "optical")
    write_set(tmp_path / "build/tile/sar", "sar")
    yield tmp_path
    params.load.cache_clear()


def run(*arguments):
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def record(project, translation):
    return json.loads((project / f"results/train_translator/{translation}.json").read_text())


def test_it_writes_checkpoints_pictures_and_a_record(project):
    run("small_cut")

    folder = project / "build/train_translator/small_cut"
    assert sorted(path.stem for path in folder.glob("*.safetensors")) == [
        "step_000001",
        "step_000002",
    ]
    assert (folder / "grids/step_000002.png").exists()
    said = record(project, "small_cut")
    assert (said["translation"], said["method"], said["checkpoints"]) == (
        "small_cut",
        "cut",
        [1, 2],
    )
    assert [row["step"] for row in said["losses"]] == [1, 2]


def test_a_translation_is_its_own_method_unless_it_names_one(project):
    run("none")

    assert record(project, "none")["method"] == "none"
    assert (project / "build/train_translator/none/only.safetensors").exists()


def test_real_sar_is_made_from_sar_alone(project):
    run("real_sar")

    contract = record(project, "real_sar")["contract"]
    assert contract["source"] == contract["target"]
    assert contract["source"]["sensor"] == "sar"


def test_a_second_run_does_the_work_once_and_gives_the_same_bytes(project):
    run("small_cut")
    first = digest_folder(project / "build/train_translator")
    unit = next((project / ".work/train_translator").glob("small_cut-*"))
    made = (unit / "out/step_000002.safetensors").stat().st_ino

    run("small_cut")

    assert digest_folder(project / "build/train_translator") == first
    assert (unit / "out/step_000002.safetensors").stat().st_ino == made


def test_new_patches_make_a_new_unit(project):
    run("small_cut")
    write_set(project / "build/tile/sar", "sar", count=3)

    run("small_cut")

    assert len(list((project / ".work/train_translator").glob("small_cut-*"))) == 2


def test_translations_of_the_same_patches_share_one_packed_copy(project):
    run("small_cut")
    packed = project / ".work/train_translator/packed"
    first = {path.relative_to(packed): path.stat().st_ino for path in packed.rglob("*.npy")}

    run("none")

    assert len(first) == 2
    assert {p.relative_to(packed): p.stat().st_ino for p in packed.rglob("*.npy")} == first


def test_another_number_of_workers_is_the_same_unit(project):
    run("small_cut")
    every = VALUES["train_translator"]["every"] | {"workers": 2}
    values = VALUES | {"train_translator": VALUES["train_translator"] | {"every": every}}
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()

    run("small_cut")

    assert len(list((project / ".work/train_translator").glob("small_cut-*"))) == 1


def test_an_unknown_translation_is_refused_with_the_nearest_name(project):
    with pytest.raises(ParamsError, match=r"no 'small_cute'\. Did you mean 'small_cut'\?"):
        run("small_cute")


def test_an_unknown_setting_is_refused_with_the_nearest_name(project):
    values = VALUES | {"train_translator": VALUES["train_translator"] | {"none": {"stebs": 3}}}
    (project / "params.yaml").write_text(yaml.safe_dump(values))

    with pytest.raises(ParamsError, match=r"train_translator\.none: unknown key 'stebs'\. Did you"):
        run("none")


def test_a_set_without_patches_is_refused(project):
    write_set(project / "build/tile/sar", "sar", count=0)

    with pytest.raises(CrosslookError, match="build/tile/sar holds no patch"):
        run("small_cut")


def test_what_was_trained_ahead_is_not_trained_again_and_has_the_same_bytes(project, monkeypatch):
    small = VALUES["train_translator"]["small_cut"]
    seen = []

    @contextmanager
    def meanwhile(work, jobs, threads):
        seen.append([unit.name for unit, _ in jobs])
        for job in jobs:
            work(job)
        yield

    def train_all(ahead):
        every = VALUES["train_translator"]["every"] | {"ahead": ahead}
        stage = {"every": every, "small_cut": small, "other": small | {"steps": 1}}
        stage["other"]["checkpoints"] = [1]
        values = VALUES | {
            "translations": ["none", "small_cut", "other", "real_sar"],
            "train_translator": stage,
        }
        (project / "params.yaml").write_text(yaml.safe_dump(values))
        params.load.cache_clear()
        shutil.rmtree(project / ".work", ignore_errors=True)
        for name in ("none", "small_cut", "other"):
            run(name)
        return digest_folder(project / "build/train_translator")

    monkeypatch.setattr(engine, "ahead", meanwhile)
    ahead, alone = train_all(1), train_all(0)

    assert seen[:3] == [[], ["other"], []]
    assert not any(seen[3:])
    assert ahead == alone


def test_selected_patches_teach_and_nothing_is_cut_anew(project):
    write_set(project / "build/tile/optical", "optical", 3, cloud=[0.0, 0.2, None])
    before = digest_folder(project / "build/tile")
    run("none")
    values = json.loads(json.dumps(VALUES))
    values["train_translator"]["every"]["select"] = {"max_cloud": 0.1}
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()

    assert "selected" not in record(project, "none")
    run("none")

    assert record(project, "none")["selected"] == {"kept": 2, "too much cloud": 1, "unknown": 1}
    assert len(list((project / ".work/train_translator").glob("none-*"))) == 2
    shapes = [np.load(path).shape for path in project.glob(".work/**/pixels.npy")]
    assert sorted(shape[0] for shape in shapes) == [2, 2, 3]  # sar, selected, all
    assert digest_folder(project / "build/tile") == before


def with_section(project, name, section, scenery=()):
    values = json.loads(json.dumps(VALUES))
    values["train_translator"][name] = section
    values["scenery"] = list(scenery)
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()


def test_a_translation_inside_one_domain_goes_from_bare_to_snow(project):
    write_set(project / "build/tile/domains/seasons", "optical", 4, snow=[0.0, 0.05, 0.4, 0.9])
    section = VALUES["train_translator"]["small_cut"] | {
        "source": "seasons",
        "target": "seasons",
        "select_source": {"max_snow": 0.1},
        "select_target": {"min_snow": 0.3},
    }
    with_section(project, "snow", section, ["snow"])

    run("snow")

    assert record(project, "snow")["domains"] == {
        "source": "seasons",
        "target": "seasons",
        "selected_source": {"kept": 2, "too much snow": 2},
        "selected_target": {"kept": 2, "too little snow": 2},
    }
    assert record(project, "snow")["contract"]["target"]["sensor"] == "optical"
    folders = [np.load(path) for path in project.glob(".work/**/pixels.npy")]
    whole = np.stack([read_patch_set(project / DOMAIN).pixels(i) for i in range(4)])
    assert sorted(map(len, folders)) == [2, 2]
    assert {array.tobytes() for array in folders} == {whole[:2].tobytes(), whole[2:].tobytes()}


def test_other_selections_are_another_unit(project):
    write_set(project / "build/tile/domains/seasons", "optical", 4, snow=[0.0, 0.05, 0.4, 0.9])
    for least in (0.3, 0.5):
        section = {"method": "none", "source": "seasons", "select_source": {"min_snow": least}}
        with_section(project, "snow", section, ["snow"])
        run("snow")

    assert len(list((project / ".work/train_translator").glob("snow-*"))) == 2


def test_domains_that_say_the_default_leave_the_key_of_a_unit_as_it_was(project):
    run("none")
    said = {"source": "optical", "target": "sar", "select_target": {"max_cloud": 1.0}}
    with_section(project, "none", said)

    run("none")

    assert len(list((project / ".work/train_translator").glob("none-*"))) == 1


def test_a_domain_that_is_not_there_is_refused_with_what_is(project):
    write_set(project / "build/tile/domains/seasons", "optical")
    with_section(project, "none", {"source": "season"})

    with pytest.raises(InputError, match=r"no patches of domain 'season'. Did you mean 'seasons'?"):
        run("none")

    with_section(project, "none", {"source": "x"})
    with pytest.raises(InputError, match=r"domain 'x'\. There is: optical, sar, seasons\."):
        run("none")


def test_what_detectors_of_sar_learn_from_is_no_scenery(project):
    with_section(project, "none", {"target": "optical"})

    with pytest.raises(ParamsError, match="move 'none' from the list 'translations' to 'scenery'"):
        run("none")


def test_scenery_is_trained_ahead_behind_the_translations(project, monkeypatch):
    seen = []

    @contextmanager
    def meanwhile(work, jobs, threads):
        seen.append([unit.name for unit, _ in jobs])
        yield

    every = VALUES["train_translator"]["every"] | {"ahead": 1}
    small = VALUES["train_translator"]["small_cut"]
    snow = small | {"target": "optical"}
    stage = {"every": every, "small_cut": small, "snow": snow}
    values = VALUES | {"scenery": ["snow"], "train_translator": stage}
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()
    monkeypatch.setattr(engine, "ahead", meanwhile)

    run("small_cut")
    run("snow")

    assert seen == [["snow"], []]


def with_alarms(project, **alarms):
    with_section(project, "small_cut", VALUES["train_translator"]["small_cut"] | {"alarms": alarms})


def units(project, pattern):
    return sorted(path.name for path in (project / ".work/train_translator").glob(pattern))


@pytest.fixture
def more(project):
    """Enough patches for probes."""
    write_set(project / "build/tile/optical", "optical", 3)
    write_set(project / "build/tile/sar", "sar", 5)
    return project


def test_the_record_has_the_alarms_of_every_checkpoint(more):
    run("small_cut")

    said = record(more, "small_cut")
    assert [row["checkpoint"] for row in said["alarms"]] == [1, 2]
    assert all(0 <= row["variation"] < 5 for row in said["alarms"])
    assert said["probes"]["images"] == 2
    assert said["probes"]["bands"] == ["sar0", "sar1", "sar2"]
    assert len(said["probes"]["real"]["distance"]) == 3


def test_what_learns_nothing_has_no_alarms(more):
    run("none")

    assert "alarms" not in record(more, "none")


def test_too_few_patches_are_no_error_and_no_alarm(project):
    run("small_cut")

    assert record(project, "small_cut")["alarms"] == []


def test_other_thresholds_flag_other_checkpoints_and_train_nothing_anew(more):
    def flags():
        return [row["flagged"] for row in record(more, "small_cut")["alarms"]]

    with_alarms(more, min_variation=0.0, max_saturated=1.0, max_distance=1.0)
    run("small_cut")
    assert flags() == [[], []]
    before = units(more, "small_cut-*"), digest_folder(more / "build/train_translator")
    with_alarms(more, min_variation=1000.0, max_saturated=1.0, max_distance=1.0)

    run("small_cut")

    assert flags() == [["variation"], ["variation"]]
    assert (units(more, "small_cut-*"), digest_folder(more / "build/train_translator")) == before


def test_a_training_from_before_the_alarms_gets_the_same_record(more):
    run("small_cut")
    first = record(more, "small_cut")
    shutil.rmtree(more / ".work/train_translator_alarms")

    run("small_cut")

    assert record(more, "small_cut") == first


def test_a_killed_training_ends_with_the_same_alarms(more, monkeypatch):
    run("small_cut")
    whole = record(more, "small_cut")
    shutil.rmtree(more / ".work")

    def killed_at_two(folder, step, *rest):
        if step == 2:
            raise KeyboardInterrupt
        return save_state(folder, step, *rest)

    monkeypatch.setattr(training, "save_state", killed_at_two)
    assert CliRunner().invoke(command, ["small_cut"]).exit_code == 1
    assert not list(more.glob(".work/train_translator/small_cut-*/out"))
    assert len(list(more.glob(".work/train_translator_alarms/small_cut-*/state/found/*"))) == 2
    monkeypatch.undo()
    monkeypatch.chdir(more)
    run("small_cut")

    assert record(more, "small_cut") == whole


def test_without_a_watch_nothing_is_said_and_nothing_is_trained_anew(more):
    run("small_cut")
    before = units(more, "small_cut-*")
    with_alarms(more, watch=False)

    run("small_cut")

    assert "alarms" not in record(more, "small_cut")
    assert units(more, "small_cut-*") == before


def test_thresholds_that_are_off_leave_the_key_of_a_unit_as_it_was(project):
    run("none")
    values = json.loads(json.dumps(VALUES))
    values["train_translator"]["every"]["select"] = {"max_cloud": 1.0}
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()

    run("none")

    assert len(list((project / ".work/train_translator").glob("none-*"))) == 1
