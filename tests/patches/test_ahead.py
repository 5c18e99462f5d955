import os
from dataclasses import dataclass

import pytest
import torch

from crosslook.errors import InputError
from crosslook.patches.ahead import Ahead


@dataclass(frozen=True)
class Drawing:
    """A batch as a detector takes it, and who drew it. Step 4 cannot be drawn."""

    seed: int

    def __call__(self, step):
        if step == 4:
            raise InputError("step 4 shows nothing.")
        generator = torch.Generator().manual_seed(self.seed + step)
        targets = [{"boxes": torch.rand(2, 4, generator=generator)}, {"boxes": torch.zeros(0, 4)}]
        return [torch.rand(3, 5, 4, generator=generator)], targets, os.getpid()


def same(a, b):
    return torch.equal(a[0][0], b[0][0]) and all(
        torch.equal(one["boxes"], two["boxes"]) for one, two in zip(a[1], b[1], strict=True)
    )


def test_without_workers_a_batch_is_drawn_when_it_is_asked_for():
    asked = []

    with Ahead(lambda step: asked.append(step) or step) as ahead:
        assert [ahead(3), ahead(1)] == [3, 1]
    assert asked == [3, 1]


def test_workers_give_the_same_batches_and_pass_on_what_a_user_can_put_right():
    draw = Drawing(7)

    with Ahead(draw, workers=1) as ahead:
        batches = [ahead(step) for step in (2, 3, 9)]
        with pytest.raises(InputError, match=r"^step 4 shows nothing\.$"):
            ahead(4)

    assert all(same(batch, draw(step)) for step, batch in zip((2, 3, 9), batches, strict=True))
    assert [who == os.getpid() for *_, who in batches] == [False, False, True]


def test_fewer_than_no_workers_are_refused():
    with pytest.raises(ValueError, match="workers=-1 must be >= 0"):
        Ahead(Drawing(0), workers=-1)
