import itertools

import pytest
import torch
from torch.nn.functional import instance_norm

from crosslook.networks.norm import InstanceNorm2d


def incoming(shape, layout):
    generator = torch.Generator().manual_seed(1)
    gradient = torch.randn(shape, generator=generator, dtype=torch.float64)
    return gradient.contiguous(memory_format=layout)


@pytest.mark.parametrize(
    ("batch", "input_layout", "gradient_layout"),
    list(itertools.product((1, 2), *[(torch.contiguous_format, torch.channels_last)] * 2)),
)
def test_gradient_agrees_with_finite_differences(batch, input_layout, gradient_layout):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(batch, 3, 4, 5, generator=generator, dtype=torch.float64)
    x = x.contiguous(memory_format=input_layout).requires_grad_()
    weights = incoming(x.shape, gradient_layout)
    norm = InstanceNorm2d(3)

    norm(x).backward(weights)

    with torch.no_grad():
        for index in itertools.product(*(range(n) for n in x.shape)):
            step = torch.zeros_like(x)
            step[index] = 1e-5
            slope = ((norm(x + step) - norm(x - step)) * weights).sum() / 2e-5
            assert x.grad[index].item() == pytest.approx(slope.item(), abs=1e-7)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("batch", [1, 2])
def test_its_second_gradient_agrees_with_finite_differences(batch, layout):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(batch, 2, 3, 4, generator=generator, dtype=torch.float64)
    x = x.contiguous(memory_format=layout).requires_grad_()
    weights = incoming(x.shape, layout).requires_grad_()

    assert torch.autograd.gradgradcheck(InstanceNorm2d(2), (x,), (weights,))


def test_it_is_instance_norm():
    x = torch.randn(2, 3, 6, 5, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(InstanceNorm2d(3)(x), instance_norm(x))


def test_a_constant_channel_becomes_zero():
    assert InstanceNorm2d(2)(torch.full((1, 2, 4, 4), 7.0)).abs().max() == 0


def test_there_is_nothing_to_learn_or_save():
    assert InstanceNorm2d(2).state_dict() == {}
