import pytest

from crosslook.delivery.champion import NothingToPromote, Rated, require_better


def require(value, champion, force=False, digest="d" * 64):
    before = None if champion is None else Rated("c" * 64, champion)
    require_better("ensemble", "AP", Rated(digest, value), before, force)


def test_the_first_one_needs_to_beat_nobody():
    require(0.0, None)


def test_a_better_one_passes():
    require(0.4, 0.39)


def test_one_that_is_not_better_is_refused_unless_forced():
    with pytest.raises(NothingToPromote) as error:
        require(0.4, 0.4)
    require(0.4, 0.4, force=True)

    assert str(error.value) == (
        "ensemble dddddddddddd has AP 0.4000 on dev, the champion cccccccccccc has 0.4000: only a "
        "better one is promoted. Use --force to promote it all the same."
    )


def test_the_champion_itself_is_never_promoted_again():
    with pytest.raises(NothingToPromote, match="is the champion already"):
        require(0.4, 0.1, force=True, digest="c" * 64)
