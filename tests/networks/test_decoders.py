import torch

from crosslook.networks.decoders import MaskingDecoder, StyledDecoder


def test_an_image_is_four_times_as_large_as_its_content():
    decoder = StyledDecoder(3, 2, 1)
    numbers = torch.zeros(1, sum(decoder.numbers))
    content = torch.zeros(1, 8, 4, 4)

    assert decoder(content, numbers).shape == (1, 3, 16, 16)


def test_where_masks_are_0_the_source_stays():
    decoder, source = MaskingDecoder(3, 2, 1), torch.rand(1, 3, 16, 16)
    last = decoder.layers[-2]
    torch.nn.init.zeros_(last.weight)
    last.bias.data = torch.tensor([1.0] * 9 + [-10.0] * 3)

    image, masks = decoder(torch.rand(1, 8, 4, 4), torch.rand(1, sum(decoder.numbers)), source)

    assert masks.max() < 1e-6
    torch.testing.assert_close(image, source)


def test_where_the_last_mask_is_1_its_picture_stands():
    decoder, source = MaskingDecoder(3, 2, 1), torch.rand(1, 3, 16, 16)
    last = decoder.layers[-2]
    torch.nn.init.zeros_(last.weight)
    last.bias.data = torch.tensor([0.0] * 6 + [0.5, 0.2, 0.1] + [-10.0, -10.0, 10.0])

    image, _ = decoder(torch.rand(1, 8, 4, 4), torch.rand(1, sum(decoder.numbers)), source)

    expected = torch.tanh(torch.tensor([0.5, 0.2, 0.1])).view(1, 3, 1, 1).expand_as(source)
    torch.testing.assert_close(image, expected)
