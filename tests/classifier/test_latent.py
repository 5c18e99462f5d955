import numpy as np
import pytest

from crosslook.classifier.latent import latent_view, latent_views
from crosslook.classifier.predictions import FILE, PartPredictions
from crosslook.classifier.studying import Member
from crosslook.classifier.tensor_files import write_tensors

SHARES = np.float32([[0.75, 0.25], [0.25, 0.75], [1.0, 0.0]])
NAMES = ("p", "q", "r")


def said(first, second):
    vectors = {"s1": np.float32(first), "s2": np.float32(second)}
    return PartPredictions(
        dict.fromkeys(vectors, SHARES), vectors, SHARES, NAMES, ("a", "b", "b"), ("x", "y")
    )


def test_the_plane_is_that_of_all_sensors_together():
    # Along the first axis -3, 0, 3 twice; along the second the sensors lie 2 apart.
    view = latent_view(
        said([[-3, 1, 0], [0, 1, 0], [3, 1, 0]], [[-3, -1, 0], [0, -1, 0], [3, -1, 0]])
    )

    assert view["points"]["s1"] == [[-3, 1], [0, 1], [3, 1]]
    assert view["points"]["s2"] == [[-3, -1], [0, -1], [3, -1]]
    assert view["explained"] == pytest.approx([36 / 42, 6 / 42])


def test_the_main_class_is_that_of_the_largest_share():
    view = latent_view(said(np.eye(3), -np.eye(3)))

    assert view["main"] == [0, 1, 0]
    assert (view["classes"], view["patches"], view["scenes"]) == (["x", "y"], 3, 2)


def test_a_space_that_collapsed_has_a_reason_in_the_place_of_points():
    view = latent_view(said(np.ones((3, 4)), np.ones((3, 4))))

    assert view["points"] == {}
    assert view["reason"].startswith("no plane to show: 6 real embeddings span 0 directions")


@pytest.fixture
def folder(tmp_path):
    """Two sizes of c, one of c_m; the baseline has no common space."""

    def write(*member):
        import torch

        tensors = {"test/shares": torch.tensor(SHARES)}
        for i, sensor in enumerate(("s1", "s2")):
            tensors[f"test/probabilities/{sensor}"] = torch.tensor(SHARES)
            tensors[f"test/embeddings/{sensor}"] = torch.eye(3) * (1 + i)
        about = {"places": NAMES, "scenes": NAMES, "classes": ["x", "y"]}
        write_tensors(tmp_path / Member(*member).name / FILE, tensors, {"test": about})

    for member in (("c", 9, 0), ("c", 0, 0), ("c", 0, 1), ("c_m", 9, 0)):
        write(*member)
    return tmp_path


def record(configuration, samples, seed, probe):
    return {
        "configuration": configuration,
        "samples": samples,
        "seed": seed,
        "test": {"probe": probe},
    }


PROBE = {"accuracy": 0.75, "chance": 0.5}
SCORES = [
    record("baseline", 0, 0, None),
    record("c", 9, 0, PROBE),
    record("c", 0, 0, PROBE),
    record("c", 0, 1, PROBE),
    record("c_m", 9, 0, PROBE),
]


def test_of_each_configuration_the_first_seed_with_most_samples_is_seen(folder):
    views = latent_views(SCORES, folder)

    shown = [(view["configuration"], view["samples"], view["seed"]) for view in views]
    assert shown == [("c", 0, 0), ("c_m", 9, 0)]
    assert views[0]["probe"] == PROBE


def test_the_configurations_can_be_named(folder):
    assert [view["configuration"] for view in latent_views(SCORES, folder, ["c_m"])] == ["c_m"]


def test_what_is_no_longer_there_is_not_seen(folder):
    (folder / "c-all-seed0" / FILE).unlink()

    assert [view["configuration"] for view in latent_views(SCORES, folder)] == ["c_m"]
