from crosslook.ensemble.naming import promoted, row_names


def test_the_first_ensemble_has_the_short_names():
    assert row_names(["all", "paper"]) == {
        "all": ("ensemble", "ensemble_equal"),
        "paper": ("ensemble_paper", "ensemble_paper_equal"),
    }


def test_the_first_ensemble_is_the_one_that_is_promoted():
    assert promoted({"a": {"all": {"ap": 1}, "paper": {"ap": 2}}}) == {"a": {"ap": 1}}
