import torch

from crosslook.losses.distances import mean_absolute


def test_it_is_the_mean_absolute_difference():
    image = torch.tensor([0.0, 1.0, -2.0, 0.5]).view(1, 1, 2, 2)

    assert mean_absolute(image, torch.zeros_like(image)).item() == 3.5 / 4


def test_an_image_is_at_distance_zero_from_itself():
    image = torch.rand(1, 3, 4, 4)

    assert mean_absolute(image, image) == 0
