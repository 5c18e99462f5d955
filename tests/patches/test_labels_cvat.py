import pytest
from label_files import pixels, read, write

from crosslook.errors import InputError


def cvat(*shapes, name="harbour.png", size=(400, 300)):
    return (
        f'<annotations><version>1.1</version><image id="0" name="{name}" width="{size[0]}" '
        f'height="{size[1]}">{"".join(shapes)}</image></annotations>'
    )


def box(*sides, more="", inside=""):
    names = zip(("xtl", "ytl", "xbr", "ybr"), sides, strict=True)
    words = " ".join(f'{name}="{value}"' for name, value in names)
    return f'<box label="port" {words} {more}>{inside}</box>'


def test_a_box_turns_about_its_centre(tmp_path):
    turned = box(100, 100, 140, 120, more='rotation="90" occluded="1"')

    plain, other = read(write(tmp_path / "a.xml", cvat(box(10, 20, 40, 60.5), turned)))

    assert pixels(plain).bounds == pytest.approx((10, 20, 40, 60.5), abs=0.01)
    assert pixels(other).bounds == pytest.approx((110, 90, 130, 130), abs=0.01)
    assert other.properties["occluded"] is True


def test_a_turn_is_clockwise_in_the_image(tmp_path):
    turned = box(100, 100, 140, 100.2, more='rotation="45"')

    (one,) = read(write(tmp_path / "a.xml", cvat(turned)))

    centre = pixels(one).centroid
    right = max(pixels(one).exterior.coords)  # x grows to the right, y downwards
    assert right[1] > centre.y + 10


def test_polygons_and_points_are_read(tmp_path):
    shapes = (
        '<polygon label="port" points="10,20;40.5,20;10,60"/>',
        '<points label="ship" points="100,100;200,150"/>',
        '<tag label="coast"/>',
    )

    found = read(write(tmp_path / "a.xml", cvat(*shapes)), box_size_m=200)

    assert [one.name for one in found] == ["port", "ship", "ship"]
    assert pixels(found[0]).bounds == pytest.approx((10, 20, 40.5, 60), abs=0.01)
    assert pixels(found[2]).bounds == pytest.approx((190, 140, 210, 160), abs=0.02)


def test_attributes_are_kept_and_ignore_is_a_flag(tmp_path):
    inside = '<attribute name="ignore">true</attribute><attribute name="use">oil</attribute>'

    (one,) = read(write(tmp_path / "a.xml", cvat(box(1, 2, 3, 4, inside=inside))))

    assert (one.properties["ignore"], one.properties["use"]) == (True, "oil")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<annotations><track/></annotations>", "is of a video: export it as 'CVAT for images"),
        (cvat('<ellipse label="a" cx="1"/>'), "is a ellipse, expected box, polygon or points"),
        (cvat("<box/>"), "shape 1 has no label"),
        (cvat('<box label="a"/>'), "xtl is None, expected a number"),
        (cvat(box(10, 20, 5, 60)), "which has no area"),
        (cvat(box(10, 20, "inf", 60)), "expected a finite number"),
        (cvat(box(10, 20, 30, 60, more='rotation="x"')), "rotation is 'x'"),
        (cvat('<polygon label="a" points="1,2;3,4"/>'), "is no polygon"),
        (cvat('<polygon label="a" points="1,2,3;4,5,6"/>'), "expected x,y;x,y with numbers"),
        (cvat('<points label="a" points="nan,1"/>'), "expected x,y;x,y with numbers"),
        (cvat('<points label="a"/>'), "expected x,y;x,y with numbers"),
        (cvat(box(1, 2, 3, 4), name="quay.png"), "'quay.png', which is not among the scenes"),
        (cvat(box(1, 2, 3, 4), size=(9, 9)), "of 9 x 9 px, but 'harbour' has 300 x 400"),
        (cvat(size=(0, 9)), "expected whole numbers from 1"),
        ('<annotations><image width="1" height="1"/></annotations>', "an image without a name"),
    ],
)
def test_a_damaged_export_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as error:
        read(write(tmp_path / "a.xml", content), box_size_m=10)
    assert "\n" not in str(error.value)
