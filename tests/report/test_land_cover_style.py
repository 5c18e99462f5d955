from crosslook.report.land_cover_style import (
    CLASSES,
    PUBLISHED,
    class_colours,
    configuration_title,
    counts,
    in_order,
    of_most_samples,
    reference_note,
    sensor_colours,
)


def test_the_papers_gaps_are_differences_of_its_f1():
    for name in ("baseline", "c_t_m"):
        told = PUBLISHED[name]
        for score in ("macro", "weighted"):
            gap = told[f"{score}/s2"] - told[f"{score}/s1"]
            assert abs(gap - told[f"gap_{score}/s1-s2"]) < 1e-9


def test_sensors_keep_their_colours_whoever_stands_beside():
    assert sensor_colours(["s2"])["s2"] == sensor_colours(["s1", "s2", "s3"])["s2"]
    assert len(set(sensor_colours(["s1", "s2", "s3", "palsar"]).values())) == 4


def test_classes_without_a_colour_of_their_own_get_one_that_is_left():
    found = class_colours(["water", "moon", "forest"])

    assert (found[0], found[2]) == (CLASSES["water"], CLASSES["forest"])
    assert found[1] not in (found[0], found[2])


def test_configurations_stand_in_the_papers_order_and_ours_behind(land_cover_row):
    rows = [
        land_cover_row(name) for name in ("c_x", "c_distil", "c_t_m", "c", "forest", "baseline")
    ]

    found = [configuration_title(row["configuration"]) for row in in_order(rows)]
    assert found == ["forest", "baseline", "C", "C+T+M", "C+distil", "c_x"]


def test_the_reference_is_explained_where_it_stands(land_cover_row):
    assert reference_note([land_cover_row("c")]) == ""
    assert reference_note([land_cover_row("c"), land_cover_row("forest")]).startswith("forest: no")


def test_of_each_configuration_the_largest_training_is_shown(land_cover_row):
    rows = [land_cover_row("c", 50), land_cover_row("c", 400), land_cover_row("c_m", 50)]

    assert [row["trained_on"] for row in of_most_samples(rows)] == [400, 50]


def test_headings_say_how_much_stands_behind(land_cover_row):
    assert counts([land_cover_row("c")]) == "200 test patches of 8 scenes, 2 seeds (0, 1)"
    assert counts([land_cover_row("c", seeds=1)]) == "200 test patches of 8 scenes, seed 0"
