from crosslook.report.land_cover_cells import (
    compared,
    controls,
    differences,
    per_class,
    published,
    scores,
    sizes,
    spread,
    titles,
)
from crosslook.report.land_cover_text import study_text


def gap(a, b, score, value, sure=False):
    return {
        "a": a,
        "b": b,
        "score": score,
        "samples": 0,
        "difference": value,
        "low": value - 0.25,
        "high": value + 0.25,
        "distinguishable_holm": sure,
    }


def test_a_row_has_its_scores_with_intervals_and_the_papers_beside(land_cover_row):
    head, body = scores([land_cover_row("c"), land_cover_row("baseline", **{"macro/s1": 0.25})])

    assert head[:3] == ["configuration", "trained on", "macro F1, S1"]
    assert body[0][:3] == ["baseline", "400", "0.25 (0.12 to 0.38)"]
    assert body[0][-2:] == ["-", "S1 .58 (.63), S2 .68 (.77), s .63"]
    assert body[1][-2:] == ["0.50 (0.38 to 0.62)", "S1 .60 (.73), S2 .71 (.80), s .66"]


def test_what_the_papers_text_does_not_say_is_empty():
    assert published("c_m") == ""


def test_seeds_are_shown_from_the_lowest_to_the_highest(land_cover_row):
    assert spread([land_cover_row("c")])[1][0][1] == "0.44 to 0.56"


def test_homogeneity_stands_with_its_controls(land_cover_row):
    rows = [land_cover_row("c", **{"s_constant/s1-s2": 1, "s_constant_against_labels/s1-s2": 0.3})]

    head, body = controls(rows)

    assert head[1:] == ["s", "s, S1 and labels", "s, S2 and labels", "s, pairs shuffled"]
    assert body[-1] == ["*the mean label for all*", "1.000", "0.300", "0.300", ""]


def test_sizes_are_columns_and_a_size_that_nobody_trained_on_is_empty(land_cover_row):
    rows = [land_cover_row("c", n) for n in (400, 50)] + [land_cover_row("baseline", 400)]
    rows += [land_cover_row("baseline", 150)]

    head, body = sizes(rows)

    assert head == ["configuration", "sensor", "50 patches", "150 patches", "400 patches"]
    assert body[0][:3] == ["baseline", "S1", ""]
    assert body[3][:2] == ["C", "S2"]
    assert body[3][3] == ""


def test_a_difference_that_holds_after_correction_is_bold():
    gaps = [gap("c", "baseline", "macro/s1", 0.5, sure=True), gap("c_m", "c", "probe", -0.125)]

    head, body = differences(gaps, ["macro/s1", "probe"])

    assert head == ["difference", "macro F1, S1", "probe"]
    assert body == [
        ["C minus baseline", "**+0.500** (+0.250 to +0.750)", "-"],
        ["C+M minus C", "-", "-0.125 (-0.375 to +0.125)"],
    ]


def records():
    def one(seed, value):
        f1 = {
            "per_class": {"forest": value, "snow_ice": None},
            "support": {"forest": 9, "snow_ice": 0},
        }
        sensors = {name: {"above_30": f1} for name in ("s1", "s2")}
        about = {"configuration": "c", "samples": 0, "seed": seed}
        return about | {"test": {"sensors": sensors}}

    return [one(0, 0.5), one(1, 0.75)]


def test_classes_have_their_mean_over_seeds_and_their_patches():
    head, body = per_class(records(), ["baseline", "c"])

    assert head == ["class", "patches", "C, S1", "C, S2"]
    assert body == [["forest", "9", "0.62", "0.62"], ["snow ice", "0", "-", "-"]]


def test_the_text_of_a_study_has_all_tables_and_says_what_the_papers_data_are(land_cover_row):
    rows = [land_cover_row(name, n) for n in (400, 50) for name in ("baseline", "c")]
    gaps = [gap("c", "baseline", name, 0.1) for name in compared(rows)]

    text = study_text({"table": rows, "differences": gaps, "scores": records()})

    titles = [line.split(":")[0] for line in text.splitlines() if line.startswith("**")]
    assert [title.strip("*") for title in titles] == [
        "F1, gap, homogeneity and probe",
        "Lowest and highest seed",
        "Differences",
        "Weighted F1 by training patches",
        "What s has to be read against",
        "Two readings of the truth",
        "F1 by class",
    ]
    assert text.count("200 test patches of 8 scenes, 2 seeds (0, 1)") == 7
    assert "SEN12MS winter (27,825 training patches, ResNet-50), another data set" in text


def test_scores_of_pairs_name_their_sensors_where_there_are_several_pairs():
    assert titles(["gap_macro/s1-s2", "s/s1-s2", "probe"]) == ["macro gap", "s", "probe"]
    assert titles(["s/s1-s2", "gap_macro/s1-x"]) == ["s, S1 and S2", "macro gap, S1 and x"]


def test_a_table_without_rows_is_left_out(land_cover_row):
    text = study_text({"table": [land_cover_row("c")], "differences": [], "scores": []})

    assert "by training patches" not in text
    assert "Differences" not in text
