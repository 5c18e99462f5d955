import io

import numpy as np
import pytest
from PIL import Image

from crosslook.report.page_pictures import HALF, Picture, figure, fitted

RNG = np.random.default_rng(0)


def picture(width=400, height=300, noise=True):
    pixels = RNG.integers(0, 256, (height, width, 3)).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels if noise else pixels * 0).save(data, "png")
    return Picture(data.getvalue(), "build/a.png", "`cut`: speckle")


def test_a_small_picture_stays_as_it_is():
    one = picture(noise=False)

    (coded,) = fitted([one], 10**6)

    assert (coded.data, coded.kind) == (one.png, "png")


def test_speckle_becomes_a_jpeg_of_the_same_size():
    one = picture()

    (coded,) = fitted([one], 10**6)

    assert coded.kind == "jpeg"
    assert len(coded.data) < len(one.png)
    assert Image.open(io.BytesIO(coded.data)).size == (400, 300)


def test_pictures_are_made_smaller_until_all_have_room():
    many = [picture() for _ in range(4)]
    roomy = sum(len(one.data) for one in fitted(many, 10**7))

    tight = fitted(many, roomy)  # a third less than the page needs for them

    assert all(tight)
    assert sum(len(one.data) for one in tight) * 4 / 3 <= roomy


def test_the_last_ones_are_left_out_where_nothing_helps():
    many = [picture() for _ in range(4)]

    kept = fitted(many, 60_000)

    assert kept[0] is not None
    assert kept[-1] is None


def test_a_picture_without_room_is_a_line_that_says_where_it_is():
    assert figure(picture(), None) == (
        '<p class="small">No room for the picture <code>build/a.png</code>: '
        "<code>cut</code>: speckle</p>"
    )


@pytest.mark.parametrize(("width", "half"), [(HALF, True), (HALF + 1, False)])
def test_a_narrow_picture_leaves_room_for_a_second_one_beside_it(width, half):
    one = picture(width, 20, noise=False)

    made = figure(one, fitted([one], 10**6)[0])

    assert ("<figure class=half>" in made) == half
    assert f'width="{width}"' in made
