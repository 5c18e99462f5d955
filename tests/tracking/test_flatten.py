from crosslook.tracking.flatten import Point, clean, flat


def test_numbers_are_metrics_and_words_are_params():
    params, points = flat({"kept": {"optical": 8}, "unit": "dB", "paired": False, "note": None})

    assert points == [Point("kept/optical", 8.0)]
    assert params == {"unit": "dB", "paired": "False"}


def test_a_table_with_steps_is_a_curve():
    _, points = flat({"losses": [{"step": 10, "total": 3.0}, {"step": 20, "total": 2.5}]})

    assert points == [Point("losses/total", 3.0, 10), Point("losses/total", 2.5, 20)]


def test_columns_with_steps_are_a_curve():
    _, points = flat({"losses": {"step": [10, 20], "total": [3.0, None]}})

    assert points == [Point("losses/total", 3.0, 10)]


def test_lists_without_steps_stay_in_the_artifact():
    assert flat({"problems": ["a"], "histogram": [1, 2], "rows": [{"a": 1}]}) == ({}, [])


def test_names_hold_nothing_that_mlflow_refuses():
    assert clean("VH/VV (dB), 90 %") == "VH/VV _dB__ 90 _"
