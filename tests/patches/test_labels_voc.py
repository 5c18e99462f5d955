import pytest
from label_files import harbour, pixels, read, write

from crosslook.errors import InputError


def voc(box=(10, 20, 40, 60), extra="", size=(400, 300), name="harbour.jpg"):
    sides = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    bounds = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
    return (
        f"<annotation><filename>{name}</filename><size><width>{size[0]}</width>"
        f"<height>{size[1]}</height><depth>3</depth></size><object><name>port</name>{extra}"
        f"<bndbox>{bounds}</bndbox></object></annotation>"
    )


def test_coordinates_are_corners_of_pixels(tmp_path):
    (one,) = read(write(tmp_path / "harbour.xml", voc((10.5, 20, 40, 60))))

    assert pixels(one).bounds == pytest.approx((10.5, 20, 40, 60), abs=0.01)


def test_pixels_that_count_from_1_begin_one_earlier(tmp_path):
    (one,) = read(write(tmp_path / "harbour.xml", voc((1, 1, 40, 60))), voc_from_1=True)

    assert pixels(one).bounds == pytest.approx((0, 0, 40, 60), abs=0.01)


def test_difficult_objects_are_to_be_ignored(tmp_path):
    extra = "<difficult>1</difficult><truncated>1</truncated>"

    (one,) = read(write(tmp_path / "harbour.xml", voc(extra=extra)))

    assert (one.properties["ignore"], one.properties["truncated"]) == (True, True)


def test_a_folder_is_read_whole(tmp_path):
    write(tmp_path / "a/harbour.xml", voc())
    write(tmp_path / "b/quay.xml", voc(name="quay.jpg"))

    assert [one.scene for one in read(tmp_path, [harbour(), harbour("quay")])] == [
        "harbour",
        "quay",
    ]


LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LAUGHS + voc().replace("port", "&y;"), "has a document type or entities"),
        (OUTSIDE + voc().replace("port", "&x;"), "has a document type or entities"),
        ("<a>" * 100 + "</a>" * 100, "nested too deep or too many"),
        ("<annotation>", "is refused: no element found"),
        ("<annotation/>", "has no <filename>"),
        (voc().replace("<width>400</width>", ""), "has no <size><width>"),
        (voc(size=(4e11, 300)), "expected whole numbers from 1"),
        (voc(size=("x", 300)), "width is 'x', expected a number"),
        (voc((40, 20, 10, 60)), "which has no area"),
        (voc(("nan", 20, 10, 60)), "expected a finite number"),
        (voc((10, 20, 1e9, 60)), "out of its image of 400 x 300 px"),
        (voc().replace("port", ""), "has no <name>"),
        (voc().replace("bndbox", "robndbox"), "has no <bndbox><xmin>"),
        (voc(extra="<difficult>x</difficult>"), "difficult is 'x', expected true or false"),
        (voc(size=(401, 300)), r"of 300 x 401 px, but 'harbour' has 300 x 400"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as error:
        read(write(tmp_path / "harbour.xml", content))
    assert "\n" not in str(error.value)


def test_a_text_of_over_16_mib_is_refused(tmp_path):
    path = write(tmp_path / "harbour.xml", "<annotation>" + " " * 2**24)

    with pytest.raises(InputError, match="has over 16777216 bytes"):
        read(path)
