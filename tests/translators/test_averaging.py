import pytest
import torch

from crosslook.translators.averaging import MovingAverage


def values(translator):
    return torch.cat([p.detach().flatten() for p in translator.target_generator.parameters()])


def test_the_average_follows_the_weights(make):
    translator = make("cut")
    before = values(translator)
    average = MovingAverage(translator, 0.9)
    with torch.no_grad():
        for parameter in translator.parameters():
            parameter += 1.0

    average.follow(step=1000)

    with average.in_place():
        torch.testing.assert_close(values(translator), before + 0.1)
    torch.testing.assert_close(values(translator), before + 1.0)


def test_at_first_it_forgets_faster(make):
    translator = make("cut")
    before = values(translator)
    average = MovingAverage(translator, 0.999)
    with torch.no_grad():
        for parameter in translator.parameters():
            parameter += 1.0

    average.follow(step=2)  # decay (1 + 2) / (10 + 2)

    with average.in_place():
        torch.testing.assert_close(values(translator), before + 0.75)


def test_the_networks_are_put_back_after_an_error(make):
    translator = make("cut")
    average = MovingAverage(translator, 0.9)
    with torch.no_grad():
        for parameter in translator.parameters():
            parameter += 1.0
    live = values(translator)

    with pytest.raises(KeyboardInterrupt), average.in_place():
        raise KeyboardInterrupt

    assert torch.equal(values(translator), live)


def test_without_decay_nothing_is_kept(make):
    assert MovingAverage(make("cut"), 0.0).tensors() == {}
