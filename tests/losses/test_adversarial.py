import torch

from crosslook.losses.adversarial import hinge_fake, hinge_real, judged_fake, judged_real


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


def test_hinge_costs_nothing_beyond_one():
    answers = torch.tensor([-3.0, 0.0, 1.0, 5.0]).view(1, 1, 2, 2)

    assert hinge_real(answers).item() == (4 + 1 + 0 + 0) / 4
    assert hinge_fake(answers).item() == (0 + 1 + 2 + 6) / 4
