import math

import pytest
import torch
from torch import nn

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.reversal import reversal_factor, reverse
from crosslook.classifier.settings import NetworkSettings


def test_it_hands_on_what_it_is_given():
    x = torch.randn(3, 4)

    assert torch.equal(reverse(x, 0.3), x)


def test_the_gradient_before_it_is_minus_the_factor_times_the_gradient_behind_it():
    torch.manual_seed(0)
    x = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    head = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)).double()

    behind = reverse(x, 0.3)
    behind.retain_grad()
    head(behind).sum().backward()

    assert torch.equal(x.grad, -0.3 * behind.grad)


def test_by_finite_differences_the_projector_climbs_the_loss_that_the_head_descends():
    torch.manual_seed(0)
    projector, head = nn.Linear(3, 4).double(), nn.Linear(4, 2).double()
    x, factor, h = torch.randn(6, 3, dtype=torch.float64), 0.7, 1e-6

    def loss(factor):
        return nn.functional.cross_entropy(
            head(reverse(projector(x), factor)), torch.tensor([0, 1, 0, 1, 0, 1])
        )

    loss(factor).backward()
    for parameters, sign in ((projector.weight, -factor), (head.weight, 1.0)):
        for index in ((0, 0), (1, 2)):
            with torch.no_grad():
                parameters[index] += h
                above = loss(factor).item()
                parameters[index] -= 2 * h
                below = loss(factor).item()
                parameters[index] += h
            slope = (above - below) / (2 * h)
            assert parameters.grad[index].item() == pytest.approx(sign * slope, rel=1e-6)


def test_in_the_network_only_the_modality_classifier_lies_behind_it():
    network = LandCoverNetwork({"s1": 2, "s2": 3}, 3, NetworkSettings("tiny", dropout=0.0))
    vectors = torch.randn(4, 16)

    network.guess_sensor(network.merging["s1"](torch.randn(4, 32)) + vectors, 0.0).sum().backward()

    merging = [p.grad for p in network.merging["s1"].parameters()]
    assert all(gradient.abs().sum() == 0 for gradient in merging)
    assert all(p.grad.abs().sum() > 0 for p in list(network.modality.parameters())[-2:])


def test_a_factor_of_zero_gives_no_gradient():
    x = torch.randn(3, requires_grad=True)

    reverse(x, 0.0).sum().backward()

    assert x.grad.abs().sum() == 0


def test_the_factor_rises_from_nothing_to_the_highest():
    factors = [reversal_factor(step, 100, 0.1, 10.0) for step in (1, 50, 100)]

    assert factors == pytest.approx(
        [0.1 * (2 / (1 + math.exp(-10 * p)) - 1) for p in (0.01, 0.5, 1.0)]
    )
    assert factors[0] < 0.006
    assert factors[2] > 0.0999
    assert reversal_factor(7, 10, 0.0, 10.0) == 0
