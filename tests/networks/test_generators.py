import pytest
import torch

from crosslook.networks.generators import ResnetGenerator


def generator(antialiased=True):
    torch.manual_seed(0)
    return ResnetGenerator(3, 2, width=4, blocks=2, antialiased=antialiased)


@pytest.mark.parametrize("antialiased", [True, False])
def test_the_fake_has_the_size_of_the_source_and_lies_in_range(antialiased):
    fake = generator(antialiased)(torch.rand(2, 3, 16, 20))

    assert fake.shape == (2, 2, 16, 20)
    assert fake.abs().max() <= 1


def test_features_on_the_way_are_those_of_the_encoder_alone():
    network, x = generator(), torch.rand(2, 3, 16, 16)

    fake, on_the_way = network.forward_with_features(x, (0, 4, 8, 13))

    torch.testing.assert_close(fake, network(x))
    for a, b in zip(on_the_way, network.encode(x, (0, 4, 8, 13)), strict=True):
        torch.testing.assert_close(a, b)


def test_an_image_does_not_depend_on_its_batch():
    network, x = generator(), torch.rand(2, 3, 16, 16)

    torch.testing.assert_close(network(x)[1:], network(x[1:]))


@pytest.mark.parametrize("antialiased", [True, False])
def test_feature_channels_are_known_before_any_pass(antialiased):
    network, layers = generator(antialiased), tuple(range(generator(antialiased).encoder_length))

    features = network.encode(torch.rand(1, 3, 16, 16), layers)

    assert network.feature_channels(layers) == [f.shape[1] for f in features]


def test_recorded_features_are_not_overwritten_by_later_layers():
    network, x = generator(), torch.rand(1, 3, 16, 16)

    (normed,) = network.encode(x, (2,))
    first, _ = network.encode(x, (2, 12))

    torch.testing.assert_close(first, normed)
    assert first.min() < 0


@pytest.mark.parametrize("layers", [(), (4, 0), (0, 14), (-1, 3)])
def test_layers_outside_the_encoder_are_refused(layers):
    with pytest.raises(ValueError, match="between 0 and 13"):
        generator().feature_channels(layers)
