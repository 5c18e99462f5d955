import pytest
from label_files import harbour, pixels, read, write

from crosslook.errors import InputError


def refused(path, message):
    with pytest.raises(InputError, match=message) as error:
        read(path)
    assert "\n" not in str(error.value)


def labels(folder, *lines, names="names: [ship, port]\n"):
    write(folder / "data.yaml", names)
    return write(folder / "labels/train/harbour.txt", "\n".join(lines) + "\n")


def test_a_box_is_its_centre_and_size_as_shares_of_the_image(tmp_path):
    labels(tmp_path, "1 0.0625 0.1 0.075 0.2")  # of 400 x 300 px

    (one,) = read(tmp_path)

    assert pixels(one).bounds == pytest.approx((10, 0, 40, 60), abs=0.01)
    assert (one.id, one.name, one.scene) == ("harbour.1", "port", "harbour")


def test_the_mark_that_roboflow_adds_to_a_name_does_not_count(tmp_path):
    file = labels(tmp_path, "1 0.5 0.5 0.1 0.1")
    file.rename(file.with_name("harbour_tif.rf.1a2b3c.txt"))

    assert read(tmp_path)[0].scene == "harbour"


def test_a_confidence_behind_a_box_is_its_score(tmp_path):
    (one,) = read(labels(tmp_path, "0 0.5 0.5 0.1 0.1 0.75"))

    assert one.properties["score"] == 0.75


def test_more_numbers_are_a_polygon(tmp_path):
    (one,) = read(labels(tmp_path, "0 0.25 0.25 0.5 0.25 0.25 0.5"))

    assert pixels(one).bounds == pytest.approx((100, 75, 200, 150), abs=0.01)
    assert pixels(one).area == pytest.approx(3750, rel=1e-3)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("data.yaml", "names: {0: ship, 1: port}\nnc: 2\n"),
        ("data.yaml", "names:\n- ship\n- port\n"),
        ("classes.txt", "ship\nport\n"),
        ("obj.names", "ship\nport\n"),
    ],
)
def test_names_of_classes_stand_beside_the_labels(tmp_path, file, content):
    write(tmp_path / file, content)
    write(tmp_path / "obj_train_data/harbour.txt", "1 0.5 0.5 0.1 0.1\n")

    assert [one.name for one in read(tmp_path)] == ["port"]


def test_an_empty_text_is_an_image_without_labels(tmp_path):
    labels(tmp_path, "0 0.5 0.5 0.1 0.1")
    write(tmp_path / "labels/train/quay.txt", "\n")

    assert len(read(tmp_path, [harbour(), harbour("quay")])) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 0.5 0.5 0.1 0.1", "line 1 has class 2, names are given for 0 to 1"),
        ("-1 0.5 0.5 0.1 0.1", "has class -1"),
        ("0.5 0.5 0.5 0.1 0.1", "expected: class x y width height"),
        ("0 0.5 0.5", "line 1 is '0 0.5 0.5', expected: class x y width height"),
        ("0 0.5 0.5 0 0.1", "which has no area"),
        ("0 0.5 0.5 -0.1 0.1", "which has no area"),
        ("0 nan 0.5 0.1 0.1", "a number is nan, expected a finite number"),
        ("0 120 80 30 20", "leaves the image: YOLO numbers are shares of it"),
        ("0 0.5 0.5 0.1 0.1 0.2 0.2 0.3", "has 8 numbers, expected 5, 6, or 1 \\+ 2 per corner"),
        ("0 0.1 0.1 0.2 0.2 0.2 0.1 0.1 0.2", "not a valid polygon: Self-intersection"),
        ("port 0.5 0.5 0.1 0.1", "a number is 'port', expected a number"),
    ],
)
def test_a_line_that_is_no_label_is_refused(tmp_path, line, message):
    labels(tmp_path, line)

    refused(tmp_path, message)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("nc: 2\n", "has no list 'names'"),
        ("names: {1: a, 2: b}\n", "nor numbers from 0"),
        ("names: [[a]]\n", "name 0 has the class"),
        ("- a\n", "is no YAML"),
        ("[" * 5000, "is no YAML"),
        ("a: &a [x, x]\nnames: [*a, *a]\n", "has YAML aliases"),
        ("names: !!python/object/apply:os.system [ls]\n", "is no YAML"),
    ],
)
def test_names_that_are_no_names_are_refused(tmp_path, names, message):
    labels(tmp_path, "0 0.5 0.5 0.1 0.1", names=names)

    refused(tmp_path, message)


def test_without_names_of_classes_it_says_where_to_put_them(tmp_path):
    write(tmp_path / "labels/harbour.txt", "0 0.5 0.5 0.1 0.1\n")

    refused(tmp_path / "labels", "put data.yaml or classes.txt beside it")


def test_a_folder_without_labels_is_refused(tmp_path):
    refused(tmp_path, "holds no label files")
