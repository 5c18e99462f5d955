import pytest
import torch

from crosslook.networks.multiscale import MultiScaleDiscriminator, PairDiscriminator


@pytest.mark.parametrize(("scales", "sides"), [(1, [4]), (3, [4, 2, 1])])
def test_each_scale_answers_with_half_as_many_places(scales, sides):
    judged = MultiScaleDiscriminator(3, 2, scales, "reflect")(torch.zeros(1, 3, 64, 64))

    assert [list(answers.shape) for answers in judged] == [[1, 1, s, s] for s in sides]


def test_a_pair_is_judged_with_its_source():
    torch.manual_seed(0)
    judge, image = PairDiscriminator(6, 2, 1), torch.rand(1, 3, 32, 32)

    (same,), (other,) = judge(image, image), judge(image, -image)

    assert same.shape == (1, 1, 4, 4)
    assert not torch.equal(same, other)


def test_borders_do_not_darken_between_scales():
    judge = MultiScaleDiscriminator(1, 1, 2, "reflect")

    assert torch.equal(judge.halve(torch.ones(1, 1, 8, 8)), torch.ones(1, 1, 4, 4))
