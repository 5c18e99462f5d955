from dataclasses import replace

import optuna
import pytest

from crosslook.ensemble.settings import TuneFusionParams
from crosslook.ensemble.study import Score, quiet, run
from crosslook.ensemble.trial_copies import Copies, connect
from crosslook.errors import InputError, MissingPackageError

MEMBERS = ("cut", "cyclegan")
PARAMS = TuneFusionParams({"all": MEMBERS}, trials=6)


def found(trials=6, **changes):
    params = replace(PARAMS, trials=trials, **changes)
    return run(lambda values: Score(values["iou_threshold"], 0.25), MEMBERS, params, 3)


def stored(url, name="faster_rcnn-all"):
    with quiet():
        return optuna.load_study(study_name=name, storage=url).trials


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/trials.db"


@pytest.mark.parametrize("space", ["weights", "simplex"])
def test_the_database_holds_the_same_trials(url, space):
    trials = found(space=space)

    connect(url).add("faster_rcnn-all", trials, MEMBERS, replace(PARAMS, space=space))

    copies = stored(url)
    assert [copy.params for copy in copies] == [trial.params for trial in trials]
    assert [copy.value for copy in copies] == [trial.score.value for trial in trials]
    assert copies[0].user_attrs == {"ap": 0.55, "ar": 0.25, "shares": {"cut": 0.5, "cyclegan": 0.5}}


def test_trials_that_are_there_are_not_added_again(url):
    connect(url).add("faster_rcnn-all", found(4), MEMBERS, PARAMS)

    assert connect(url).add("faster_rcnn-all", found(6), MEMBERS, PARAMS) == 2
    assert connect(url).add("faster_rcnn-all", found(6), MEMBERS, PARAMS) == 0
    assert [copy.number for copy in stored(url)] == list(range(6))


def test_studies_do_not_mix(url):
    copies = connect(url)
    copies.add("faster_rcnn-all", found(4), MEMBERS, PARAMS)
    copies.add("faster_rcnn-paper", found(5), MEMBERS, PARAMS)

    assert (len(stored(url)), len(stored(url, "faster_rcnn-paper"))) == (4, 5)


def test_without_a_url_nothing_is_copied():
    assert connect(None) == Copies()
    assert connect(None).add("faster_rcnn-all", found(), MEMBERS, PARAMS) == 0


def test_a_database_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(InputError) as error:
        connect(f"sqlite:///{tmp_path}/nowhere/trials.db")

    assert str(error.value) == (
        f"tune_fusion.storage: sqlite:///{tmp_path}/nowhere/trials.db fails (unable to open "
        "database file): start it, or set tune_fusion.storage to null; no result depends on it."
    )


def test_a_driver_that_is_not_there_is_one_line():
    with pytest.raises(MissingPackageError) as error:
        connect("postgresql+nodriver://me@127.0.0.1/trials", password="hush")

    assert str(error.value).startswith("tune_fusion.storage: no driver for postgresql+nodriver:")
    assert "\n" not in str(error.value)
    assert "hush" not in str(error.value)


def test_tables_of_something_else_are_one_line(url, tmp_path):
    (tmp_path / "trials.db").write_bytes(b"no database at all")

    with pytest.raises(InputError, match=r"fails .file is not a database") as error:
        connect(url)

    assert "\n" not in str(error.value)
