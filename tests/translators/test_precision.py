import pytest
import torch

from crosslook.translators.precision import bfloat16_pays, use_bfloat16


def only(monkeypatch, *supported):
    for name in ("avx512_bf16", "amx_tile"):
        monkeypatch.setattr(torch.cpu, f"_is_{name}_supported", lambda name=name: name in supported)


@pytest.mark.parametrize("name", ["avx512_bf16", "amx_tile"])
def test_bfloat16_pays_on_a_cpu_that_multiplies_it(monkeypatch, name):
    only(monkeypatch, name)
    assert bfloat16_pays("cpu")


def test_it_does_not_where_it_is_emulated(monkeypatch):
    only(monkeypatch)
    assert not bfloat16_pays("cpu")
    assert not use_bfloat16("auto", "cpu")


def test_a_precision_that_is_named_is_taken(monkeypatch):
    only(monkeypatch)
    assert use_bfloat16("bfloat16", "cpu")
    only(monkeypatch, "avx512_bf16")
    assert not use_bfloat16("float32", "cpu")
