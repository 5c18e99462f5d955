import pytest
import torch
from torch import nn

from crosslook.networks.discriminators import PatchDiscriminator
from crosslook.networks.multiscale import MultiScaleDiscriminator, PairDiscriminator
from crosslook.networks.spectral import normalise_spectra
from crosslook.networks.starting import start


def largest(layer):
    return torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2).item()


def convolutions(network):
    return [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]


@pytest.mark.parametrize(
    "network",
    [
        PatchDiscriminator(3, 4),
        PatchDiscriminator(3, 4, antialiased=True),
        MultiScaleDiscriminator(3, 4, 2, "reflect"),
        PairDiscriminator(6, 4, 2),
    ],
)
def test_after_some_uses_the_largest_singular_value_is_one(network):
    torch.manual_seed(0)
    start(network, "normal")
    before = [largest(layer) for layer in convolutions(network)]
    normalise_spectra(network)

    for layer in convolutions(network):
        for _ in range(300):
            used = layer.weight
        assert torch.linalg.matrix_norm(used.flatten(1), 2).item() == pytest.approx(1, abs=1e-3)
    assert max(before) < 0.5


def test_the_direction_of_the_weights_is_kept():
    layer = nn.Sequential(nn.Conv2d(2, 3, 4))
    weights = layer[0].weight.detach().clone()
    normalise_spectra(layer)

    ratio = layer[0].weight / weights

    torch.testing.assert_close(ratio, torch.full_like(ratio, ratio.mean().item()))


def test_the_starting_weights_are_what_is_learnt():
    layer = nn.Sequential(nn.Conv2d(2, 3, 4))
    weights = layer[0].weight
    normalise_spectra(layer)

    assert dict(layer.named_parameters())["0.parametrizations.weight.original"] is weights


def test_the_vectors_of_the_power_iteration_are_saved():
    layer = nn.Sequential(nn.Conv2d(2, 3, 4))
    normalise_spectra(layer)

    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    layer(torch.rand(1, 2, 4, 4))
    after = layer.state_dict()

    assert sorted(tuple(b.shape) for b in layer.buffers()) == [(3,), (32,)]
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {name for name in before if name.rsplit(".", 1)[1] in ("_u", "_v")}


def test_the_singular_value_is_taken_without_autocast():
    layer, seen = nn.Sequential(nn.Conv2d(2, 3, 4)), []
    normalise_spectra(layer)
    (power_iteration,) = (
        m for m in layer.modules() if "_u" in dict(m.named_buffers(recurse=False))
    )
    power_iteration.register_forward_pre_hook(
        lambda *_: seen.append(torch.is_autocast_enabled("cpu"))
    )

    with torch.autocast("cpu", torch.bfloat16):
        answers = layer(torch.rand(1, 2, 4, 4))

    assert seen == [False]
    assert answers.dtype == torch.bfloat16
