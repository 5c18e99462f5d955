import torch

from crosslook.losses.adversarial import judged_fake, judged_real


def test_ones_are_judged_real_at_no_cost():
    assert judged_real(torch.ones(2, 1, 3, 3)) == 0


def test_zeros_are_judged_fake_at_no_cost():
    assert judged_fake(torch.zeros(2, 1, 3, 3)) == 0


def test_cost_is_the_mean_square():
    answers = torch.tensor([0.0, 2.0, 3.0, 1.0]).view(1, 1, 2, 2)

    assert judged_real(answers).item() == (1 + 1 + 4 + 0) / 4
    assert judged_fake(answers).item() == (0 + 4 + 9 + 1) / 4


def test_half_precision_answers_cost_float32():
    assert judged_real(torch.zeros(1, 1, 2, 2, dtype=torch.bfloat16)).dtype == torch.float32
