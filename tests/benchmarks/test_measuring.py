import pytest
import torch


def job(method="cyclegan", **values):
    from measuring import Job
    from variants import known_variants

    usual = {"size": 32, "device": "cpu", "threads": 1, "repeats": 2, "width": 2}
    usual["variants"] = tuple(known_variants("cpu")[name] for name in ("plain", "default"))
    return Job(method, **(usual | values))


def test_the_default_variant_is_what_a_training_does_unless_told_otherwise():
    from crosslook.translators.settings import Training
    from variants import known_variants

    usual, default = Training(steps=1), known_variants("cpu")["default"]

    assert default.precision == usual.precision == "auto"
    assert default.compile == usual.compile
    assert default.fused
    assert known_variants("cpu")["plain"].training("cpu", 32).precision == "float32"


def test_the_six_methods_that_are_trained_are_measured():
    from variants import METHODS

    assert sorted(METHODS) == sorted(
        ["cyclegan", "cut", "dclgan", "attentiongan", "munit", "council_gan"]
    )


def test_variants_take_turns(monkeypatch):
    import measuring

    turns = []
    monkeypatch.setattr(
        measuring, "stepper", lambda built, variant, job: lambda: turns.append(variant.name)
    )

    found = measuring.measure_steps(job())

    assert turns[-4:] == ["plain", "default", "plain", "default"]
    assert [len(timing["wall"]) for timing in found["variants"].values()] == [2, 2]


def test_operations_grow_with_the_area():
    from measuring import measure_steps

    flops = [measure_steps(job(size=size, repeats=1))["flops"] for size in (32, 64)]

    assert flops[1] == pytest.approx(4 * flops[0], rel=0.05)


def test_a_variant_that_fails_is_noted_and_the_other_is_measured(monkeypatch):
    import measuring

    right = measuring.stepper

    def broken(built, variant, job):
        if variant.name == "default":
            raise RuntimeError("no room\nmore words")
        return right(built, variant, job)

    monkeypatch.setattr(measuring, "stepper", broken)

    found = measuring.measure_steps(job())["variants"]

    assert found["default"]["error"] == "RuntimeError: no room"
    assert len(found["plain"]["wall"]) == 2


def test_fewer_patches_are_translated_at_once_where_memory_is_short(monkeypatch):
    import measuring

    together = measuring._translate_together

    def short(translator, patches):
        if len(patches) > 3:
            raise torch.OutOfMemoryError
        return together(translator, patches)

    monkeypatch.setattr(measuring, "_translate_together", short)

    found = measuring.measure_translation(job(size=66), 8)

    assert found["batch"] == 2
    assert len(found["many"]["wall"]) == len(found["one"]["wall"]) == 1


def test_patches_translated_together_are_those_translated_alone():
    import numpy as np

    import measuring
    from crosslook.translators.translating import translate_pixels

    translator = measuring._built(job())
    patches = np.random.default_rng(0).integers(1, 256, (2, 3, 34, 34)).astype(np.uint8)

    together = measuring._translate_together(translator, patches)

    alone = np.stack([translate_pixels(translator, patch) for patch in patches])
    assert np.abs(together.astype(int) - alone).max() <= 1
