import numpy as np
import pytest

from crosslook.patches.land_cover_classes import IGBP, SCHEMES, ClassTable, soft_labels

CODES = range(18)


def test_every_scheme_knows_every_code_of_igbp():
    assert all(sorted(table.known) == list(CODES) for table in SCHEMES.values())


def test_the_schemes_have_the_classes_of_their_names():
    simple = SCHEMES["simple10"].classes

    assert SCHEMES["igbp17"].classes == IGBP
    assert len(simple) == 10
    assert set(simple) - set(SCHEMES["simple9_no_savanna"].classes) == {"savanna"}
    assert set(simple) - set(SCHEMES["simple9_no_snow"].classes) == {"snow_ice"}


def test_17_classes_become_10_as_in_the_toolbox():
    each = np.eye(18)[1:]

    shares, kept = soft_labels(each, CODES, SCHEMES["simple10"])

    assert kept.all()
    assert shares.argmax(axis=1).tolist() == [0] * 5 + [1] * 2 + [2] * 2 + [3, 4, 5, 6, 5, 7, 8, 9]


def test_what_is_left_out_is_deleted_and_the_rest_renormalised():
    table = ClassTable(("a", "b"), ((1,), (2, 3)), left_out=(0,))

    shares, kept = soft_labels(np.array([[50, 10, 30, 10], [100, 0, 0, 0]]), range(4), table)

    assert shares.tolist() == [pytest.approx([0.2, 0.8]), [0, 0]]
    assert kept.tolist() == [True, False]


def test_a_patch_needs_more_than_the_least_share():
    table = ClassTable(("a", "b"), ((1,), (2,)))
    counts = np.array([[50, 50, 0], [49, 51, 0]])

    assert soft_labels(counts, range(3), table, 0.5)[1].tolist() == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("a", "b"), ((1,), (1,))), r"codes \[0, 1, 1\] must stand once each"),
        ((("a", "a"), ((1,), (2,))), "each named once"),
        ((("a", "b"), ((1,), ())), "each needs some"),
    ],
)
def test_a_table_that_is_ambiguous_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ClassTable(*arguments)
