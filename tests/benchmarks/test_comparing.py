import pytest
import torch

from crosslook.losses.contrastive import batch_nce


def job(method, **values):
    from measuring import Job
    from variants import PLAIN

    usual = {"size": 32, "device": "cpu", "threads": 1, "variants": (PLAIN,), "repeats": 1}
    return Job(method, **(usual | {"width": 2} | values))


def test_the_broadcast_contrast_is_the_same_loss_with_the_same_gradient():
    from comparing import broadcast_nce

    torch.manual_seed(0)
    query, key = torch.randn(2, 5, 4, dtype=torch.float64), torch.randn(2, 5, 4).double()
    found = []
    for loss in (batch_nce, broadcast_nce):
        q = query.clone().requires_grad_()
        value = loss(q, key)
        value.backward()
        found.append((value.item(), q.grad))

    assert found[0][0] == pytest.approx(found[1][0], rel=1e-12)
    torch.testing.assert_close(found[0][1], found[1][1])


def test_keys_encoded_again_change_no_loss():
    from comparing import KeysAgain
    from crosslook.translators.cut import CUT
    from crosslook.translators.stepping import build_optimisers, take_step
    from variants import settings_of

    found = []
    for kind in (CUT, KeysAgain):
        torch.manual_seed(0)
        translator = kind(3, 3, settings_of("cut", 2))
        updates = translator.updates()
        source, target = torch.rand(2, 1, 3, 32, 32) * 2 - 1
        translator.begin_step(0, 1)
        found.append(take_step(translator, updates, build_optimisers(updates), source, target))

    assert found[0].keys() == found[1].keys()
    assert all(torch.allclose(found[0][name], found[1][name], rtol=1e-5) for name in found[0])


def test_cut_encodes_four_images_and_six_where_keys_are_encoded_again():
    from comparing import measure_keys

    found = measure_keys(job("cut"))["variants"]

    assert [(found[name]["passes"], found[name]["images"]) for name in ("once", "again")] == [
        (2, 4),
        (3, 6),
    ]


def test_the_broadcast_contrast_is_what_the_memory_is_measured_of(monkeypatch):
    import comparing

    def refuse(query, key, temperature):
        raise ValueError("this one")

    monkeypatch.setattr(comparing, "broadcast_nce", refuse)

    found = comparing.measure_broadcast_memory(job("dclgan"))

    assert found["error"] == "ValueError: this one"
    assert found["way"] == "broadcast"
