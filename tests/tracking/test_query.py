import pytest

from crosslook.errors import StaleError
from crosslook.tracking.query import Choice, best_in_records, best_in_registry, choose, without
from crosslook.tracking.records import Record
from crosslook.tracking.sheets import sheets
from crosslook.tracking.store import opened
from crosslook.tracking.sync import sync

D = "faster_rcnn"


def entry(checkpoint, ap, detector=D):
    scores = {"ap": ap, "ap50": ap, "ap75": ap, "ar": ap}
    return {"detector": detector, "checkpoint": checkpoint, **scores}


def records(**entries):
    return [
        Record("train_detector", name, {"translation": name, "method": name, "entries": found})
        for name, found in entries.items()
    ]


def both(index, entries, detector=D):
    """The choice by registry, and by JSON."""
    with opened(index) as store:
        sync(store, sheets(records(cut=entries)))
        asked = best_in_registry(store, detector, "cut")
    return asked, best_in_records(entries, detector, "cut")


def test_the_highest_ap_is_chosen(index):
    expected = Choice(D, "cut", 200, 0.4)

    assert both(index, [entry(100, 0.3), entry(200, 0.4), entry(300, 0.2)]) == (expected, expected)


@pytest.mark.parametrize("steps", [(100, 200, 300), (300, 200, 100), (200, 300, 100)])
def test_of_equal_aps_the_earlier_checkpoint_is_chosen(index, steps):
    expected = Choice(D, "cut", 100, 0.4)

    assert both(index, [entry(step, 0.4) for step in steps]) == (expected, expected)


def test_a_null_ap_never_wins_even_over_zero(index):
    expected = Choice(D, "cut", 200, 0.0)

    assert both(index, [entry(100, None), entry(200, 0.0)]) == (expected, expected)


def test_nothing_is_chosen_from_null_aps_or_from_none_at_all(index):
    assert both(index, [entry(100, None)]) == (None, None)
    assert both(index, []) == (None, None)


def test_each_detector_has_its_own_choice(index):
    entries = [entry(100, 0.3), entry(200, 0.4), entry(100, 0.6, "b"), entry(200, 0.5, "b")]
    expected = Choice("b", "cut", 100, 0.6)

    assert both(index, entries, "b") == (expected, expected)


def test_a_translation_without_a_gan_has_no_checkpoint(index):
    expected = Choice(D, "cut", None, 0.2)

    assert both(index, [entry(None, 0.2)]) == (expected, expected)


def test_an_older_result_is_not_chosen_though_it_was_better(index):
    both(index, [entry(100, 0.9)])

    assert both(index, [entry(100, 0.3)]) == (Choice(D, "cut", 100, 0.3),) * 2


def test_a_tie_is_found_again_after_one_of_the_two_was_trained_anew(index):
    both(index, [entry(100, 0.1), entry(200, 0.4)])

    assert both(index, [entry(100, 0.4), entry(200, 0.4)]) == (Choice(D, "cut", 100, 0.4),) * 2


def test_the_best_of_many_tied_models_is_not_lost(index):
    # mlflow/mlflow#25858: models with equal metrics were dropped from ordered results.
    entries = [entry(step, 0.4) for step in range(10, 130, 10)]

    assert both(index, entries) == (Choice(D, "cut", 10, 0.4),) * 2


def test_choices_come_in_the_order_of_the_names(index):
    found = records(cut=[entry(100, 0.3)], none=[entry(None, 0.1)], real_sar=[])
    entries = {record.name: record.value["entries"] for record in found}

    with opened(index) as store:
        sync(store, sheets(found))
        chosen = choose(store, [D], ["none", "cut", "real_sar", "gone"], entries)

    assert [one.translation for one in chosen] == ["none", "cut"]
    assert without(chosen, [D], ["none", "cut", "real_sar"]) == [(D, "real_sar")]


def test_a_registry_that_differs_from_the_json_is_refused(index):
    with opened(index) as store:
        sync(store, sheets(records(cut=[entry(100, 0.3), entry(200, 0.2)])))
        with pytest.raises(StaleError) as error:
            choose(store, [D], ["cut"], {"cut": [entry(100, 0.3), entry(200, 0.5)]})

    assert str(error.value) == (
        "faster_rcnn, cut: the registry chooses checkpoint 100 with AP 0.3, "
        "results/train_detector/cut.json says checkpoint 200 with AP 0.5. Delete mlruns/mlflow.db "
        "and run 'crosslook track'."
    )
