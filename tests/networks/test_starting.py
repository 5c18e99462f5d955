import pytest
import torch
from torch import nn

from crosslook.networks.starting import start


@pytest.mark.parametrize(("how", "deviation"), [("normal", 0.02), ("xavier", 4.17e-4)])
def test_weights_have_the_deviation_of_the_reference(how, deviation):
    layer = nn.Conv2d(256, 256, 3)
    torch.manual_seed(0)

    start(layer, how)

    assert layer.weight.std().item() == pytest.approx(deviation, rel=0.01)
    assert layer.bias.abs().max() == 0
