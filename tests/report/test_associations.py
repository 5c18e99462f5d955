import pytest

from crosslook.report.associations import associations, points


def scored(name, **values):
    """A record of score_translator; checkpoint names begin with an underscore."""
    rows = [
        {"checkpoint": None if step == "_none" else int(step[1:]), "scores": scores}
        for step, scores in values.items()
    ]
    return {"translation": name, "checkpoints": rows}


def trained(name, **ap):
    entries = [
        {
            "translation": name,
            "detector": "faster_rcnn",
            "checkpoint": None if step == "_none" else int(step[1:]),
            "ap": value,
        }
        for step, value in ap.items()
    ]
    return {"translation": name, "entries": entries}


def world():
    """Four translations of two checkpoints whose KID falls as AP rises, and one baseline."""
    scores, aps = [], []
    for i, name in enumerate(("cut", "dclgan", "munit", "cyclegan")):
        values = {f"_{step}": 0.1 * i + step / 1000 for step in (100, 200)}
        aps.append(trained(name, **values))
        scores.append(
            scored(name, **{k: {"kid__x": 1 - v, "l1__VH": 3.0} for k, v in values.items()})
        )
    scores.append(scored("none", _none={"kid__x": 0.0, "l1__VH": 4.0}))
    aps.append(trained("none", _none=0.01))
    return scores, aps


def rows_of(form, rows, score="kid__x"):
    return [row for row in rows if (row["form"], row["score"]) == (form, score)]


def test_points_are_the_checkpoints_that_have_both_numbers():
    found = points(
        [scored("cut", _200={"kid__x": 2.0}, _100={"kid__x": 1.0}, _300={"kid__x": None})],
        [trained("cut", _100=0.1, _200=0.2, _300=0.3, _400=0.4)],
    )

    assert [(one.checkpoint, one.value, one.ap) for one in found] == [
        (100, 1.0, 0.1),
        (200, 2.0, 0.2),
    ]


def test_a_pruned_checkpoint_and_one_without_an_ap_are_no_points():
    every = scored("cut", _100={"kid__x": 1.0}, _200={"kid__x": 2.0}, _300={"kid__x": 3.0})

    found = points([every], [trained("cut", _100=0.1, _200=None)])

    assert [one.checkpoint for one in found] == [100]


def test_scenery_without_a_detector_gives_no_point():
    assert points([scored("snow", _100={"kid__x": 1.0})], [trained("cut", _100=0.1)]) == []


def test_pooled_is_of_trained_translators_and_all_has_the_baselines_too():
    rows = associations(points(*world()), seed=0)

    (pooled,), (every,) = rows_of("pooled", rows), rows_of("all", rows)
    assert (pooled["n"], pooled["drawn"], pooled["rho"]) == (8, 4, pytest.approx(-1))
    assert (every["n"], every["drawn"]) == (9, 5)
    assert every["rho"] > -1


def test_a_row_says_what_was_drawn_and_which_end_is_better():
    rows = associations(points(*world()), seed=0)

    (pooled,), alone = rows_of("pooled", rows), rows_of("alone", rows)
    assert (pooled["better"], pooled["resampled"], pooled["translation"]) == (
        "lower",
        "translations",
        None,
    )
    assert [(row["translation"], row["resampled"], row["rho"]) for row in alone] == [
        (name, "checkpoints", None) for name in ("cut", "dclgan", "munit", "cyclegan")
    ]
    assert alone[0]["reason"] == "2 checkpoints are too few, 4 are needed"


def test_p_values_of_one_form_are_corrected_together():
    scores, aps = world()
    for record in scores:
        for row in record["checkpoints"]:
            row["scores"]["survival"] = row["scores"]["kid__x"]

    rows = associations(points(scores, aps), seed=0)

    (kid,), (survival,) = rows_of("pooled", rows), rows_of("pooled", rows, "survival")
    assert kid["p"] == survival["p"] == pytest.approx(1 / 24)
    assert kid["p_holm"] == pytest.approx(2 / 24)


def test_a_constant_score_has_a_row_with_a_reason():
    (row,) = rows_of("pooled", associations(points(*world()), seed=0), "l1__VH")

    assert (row["rho"], row["p_holm"], row["reason"]) == (None, None, "the score or AP is constant")
