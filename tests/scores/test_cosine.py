import numpy as np
import pytest

from crosslook.scores.cosine import cosine


def test_one_pair_at_sixty_degrees():
    found = cosine(np.array([[2.0, 0.0]]), np.array([[0.5, np.sqrt(0.75)]]))

    assert found.cos_mean == pytest.approx(0.5)
    assert found.crd == pytest.approx(0.5)
    assert found.crd_excess == pytest.approx(1)  # the chord of 60 degrees, squared


def test_it_is_the_mean_over_all_pairs():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, (7, 5)), rng.normal(1, 1, (9, 5))
    pairs = [x @ y / np.linalg.norm(x) / np.linalg.norm(y) for x in a for y in b]

    assert cosine(a, b).cos_mean == pytest.approx(np.mean(pairs), abs=1e-12)


def test_crd_of_equal_sets_is_not_zero_but_the_excess_is():
    a = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = cosine(a, a[::-1])

    assert found.crd == pytest.approx(0.5)
    assert found.crd_excess == 0


def test_collapse_to_the_mean_improves_crd():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(1, 1, (20, 5)), rng.normal(1, 1, (20, 5))
    collapsed = np.tile(real.mean(axis=0), (20, 1))

    assert cosine(real, collapsed).crd < cosine(real, fake).crd


def test_lengths_do_not_matter():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(6, 4)), rng.normal(size=(5, 4))

    longer = cosine(a * np.arange(1.0, 7)[:, None], 3 * b)

    assert longer.crd == pytest.approx(cosine(a, b).crd)


def test_an_embedding_of_zero_is_refused():
    with pytest.raises(ValueError, match="1 of 2 embeddings are 0"):
        cosine(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 0.0]]))
