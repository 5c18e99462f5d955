import pytest
import torch

from crosslook.networks.discriminators import PatchDiscriminator


@pytest.mark.parametrize("antialiased", [True, False])
def test_64_pixels_are_judged_in_6_by_6_parts(antialiased):
    judged = PatchDiscriminator(3, width=4, antialiased=antialiased)(torch.rand(2, 3, 64, 64))

    assert judged.shape == (2, 1, 6, 6)


def test_a_corner_is_judged_by_its_surroundings_apart_from_the_norm():
    network = PatchDiscriminator(1, width=4)
    for layer in network.layers:
        if hasattr(layer, "eps"):
            layer.forward = lambda x: x
    image = torch.rand(1, 1, 128, 128)
    changed = image.clone()
    changed[..., 80:, 80:] = 0

    before, after = network(image), network(changed)

    assert torch.equal(before[0, 0, 0, 0], after[0, 0, 0, 0])
    assert not torch.equal(before[0, 0, -1, -1], after[0, 0, -1, -1])
