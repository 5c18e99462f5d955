"""What each score of a translation is, by its name."""

import pytest

from crosslook.scores.quality import KINDS, kind_of, named


def test_the_papers_names_belong_to_their_own_networks_only():
    assert kind_of("fd__inception_fid").label == "FID"
    assert kind_of("fd__resnet50_imagenet").label == "FRD"
    assert kind_of("fd__resnet50_random").label == "Fréchet distance (resnet50_random)"


def test_the_forest_is_the_better_fooled_the_higher_its_loss():
    assert kind_of("forest_log_loss__resnet50_random").better == "higher"
    assert kind_of("l1__VH/VV").better == "neither"


def test_every_kind_is_found_under_the_name_it_stands_in_records_with():
    for kind, about in KINDS.items():
        name = kind if about.of == "images" else named(kind, "x")
        assert kind_of(name).better == about.better


@pytest.mark.parametrize(
    ("name", "expected"), [("fd", "fd__EMBEDDER"), ("survival__x", "survival"), ("fid", "one of")]
)
def test_a_name_that_no_score_has_is_refused_with_the_right_one(name, expected):
    with pytest.raises(ValueError, match=expected):
        kind_of(name)
