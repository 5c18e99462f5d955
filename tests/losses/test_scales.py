import torch

from crosslook.losses.scales import all_judged_fake, all_judged_real


def test_scales_are_summed():
    judged = [torch.full((1, 1, 4, 4), 3.0), torch.full((1, 1, 2, 2), 2.0)]

    assert all_judged_fake(judged).item() == 9 + 4
    assert all_judged_real(judged).item() == 4 + 1
