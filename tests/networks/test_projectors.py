import torch

from crosslook.networks.projectors import PatchProjectors, unit


def test_vectors_have_unit_length():
    vectors = unit(torch.randn(2, 5, 8))

    torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(2, 5))


def test_the_zero_vector_stays_zero():
    assert unit(torch.zeros(1, 4)).abs().max() == 0


def test_each_position_is_projected_alone():
    projectors = PatchProjectors([3], width=4)
    features = torch.rand(2, 3, 4, 4)
    one = projectors([features], [torch.tensor([6])])[0]
    several = projectors([features], [torch.tensor([1, 6, 9])])[0]

    assert several.shape == (2, 3, 4)
    torch.testing.assert_close(several[:, 1:2], one)


def test_positions_count_along_rows():
    features = torch.zeros(1, 1, 2, 3)
    features[0, 0, 1, 0] = 5.0
    projectors = PatchProjectors([1], width=2)

    at_three, elsewhere = (projectors([features], [torch.tensor([i])])[0] for i in (3, 1))

    assert not torch.equal(at_three, elsewhere)
