import json

import pytest
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.scores.average_precision import evaluate

TRUTH = {
    "images": [{"id": i, "scene": f"s{i // 2}"} for i in range(1, 21)],
    "categories": [{"id": 1, "name": "ship"}],
    "annotations": [
        {"id": i, "image_id": i, "category_id": 1, "bbox": [5, 5, 20, 20]} for i in range(1, 21)
    ],
}


def seen(n, shift=0.0):
    return [
        {"image_id": i, "category_id": 1, "bbox": [5 + shift, 5, 20, 20], "score": 1 / i}
        for i in range(1, n + 1)
    ]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two sets of detections, and no project around."""
    monkeypatch.chdir(tmp_path)

    def write(name, value):
        (tmp_path / name).write_text(value if isinstance(value, str) else json.dumps(value))

    write("truth.json", TRUTH)
    write("a.json", seen(10))
    write("b.json", seen(16, shift=3.0))
    return write


def run(*options, truth="truth.json", detections=("a.json",)):
    words = ["evaluate", *(("--ground-truth", truth) if truth else ())]
    words += [word for path in detections for word in ("--detections", path)]
    return CliRunner().invoke(main, [*words, *options])


def test_the_figures_are_those_of_pycocotools_and_have_intervals(files):
    result = run("--format", "json")

    assert result.exit_code == 0, result.output
    record = json.loads(result.output)
    (row,) = record["scores"]
    for name, value in evaluate(TRUTH, seen(10)).items():
        assert row[name] == value
    assert row["intervals"]["AP"]["low"] < row["AP"] < row["intervals"]["AP"]["high"]
    assert (record["n_images"], record["n_boxes"], record["replicates"]) == (20, 20, 2000)


def test_several_sets_are_compared_in_pairs(files):
    record = json.loads(run("--format", "json", detections=("a.json", "b.json")).output)

    (gap,) = record["differences"]
    (a, b) = record["scores"]
    assert (gap["a"], gap["b"]) == ("b.json", "a.json")
    assert gap["difference"] == pytest.approx(b["AP"] - a["AP"])


def test_the_text_says_how_images_were_drawn(files):
    text = run("--group-by", "scene", detections=("a.json", "b.json")).output

    assert text.startswith("20 images, 20 objects; 95 % intervals of 2000 draws by 'scene', seed 0")
    assert "AP of b.json minus AP of a.json:" in text


def test_few_groups_are_not_drawn_and_it_is_said(files):
    images = [{**row, "scene": row["id"] % 3} for row in TRUTH["images"]]
    files("truth.json", {**TRUTH, "images": images})

    assert "draws by images (3 of 'scene' are fewer than 8)" in run("--group-by", "scene").output


def test_a_set_without_boxes_scores_zero(files):
    files("a.json", [])

    assert "AP     0.0000  (0.0000 to 0.0000)" in run().output


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("a.json", "{", "a.json is not JSON"),
        ("a.json", {}, "a.json holds no COCO results: expected a list of boxes, found a dict."),
        ("a.json", [{"image_id": 1}], "a.json: results[0] has no 'category_id'."),
        ("a.json", [{**seen(1)[0], "image_id": 99}], "image 99, which the ground"),
        ("a.json", [{**seen(1)[0], "bbox": [1, 2]}], "bbox = [1, 2], expected x, y, width, height"),
        ("a.json", [{**seen(1)[0], "score": "high"}], "a.json: results[0] has score = 'high'."),
        ("truth.json", [], "truth.json is no COCO data set: it holds a list"),
        (
            "truth.json",
            {"images": []},
            "no COCO data set: it has no list 'annotations'",
        ),
        (
            "truth.json",
            {**TRUTH, "annotations": [{**TRUTH["annotations"][0], "id": 0}]},
            "an annotation has id 0; COCO's code takes 0 for 'not found'.",
        ),
        (
            "truth.json",
            {**TRUTH, "annotations": [{**TRUTH["annotations"][0], "image_id": 77}]},
            "annotation 1 is on image 77, which is not among 'images'.",
        ),
        ("truth.json", {**TRUTH, "annotations": []}, "truth.json has no object to be found"),
    ],
)
def test_a_bad_file_gets_one_line(files, name, value, message):
    files(name, value)

    result = run()

    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1


def test_a_missing_file_gets_one_line(files):
    result = run(detections=("none.json",))

    assert result.output == "Error: none.json cannot be read: No such file or directory.\n"


def test_an_image_without_the_key_is_named(files):
    assert "image 1 has no 'port' that is a word or a number" in run("--group-by", "port").output


def test_one_option_alone_is_refused(files):
    alone = run(truth=None)

    assert alone.output == (
        "Error: --ground-truth is missing: give both files to score them, or neither to run the "
        "stage.\n"
    )
    assert "--detections is missing" in run(detections=()).output


def test_a_file_named_twice_is_refused(files):
    assert "names a file twice" in run(detections=("a.json", "a.json")).output


HUGE = 10**400  # no float holds it


@pytest.mark.parametrize(
    "box",
    [
        [float("nan"), 5, 20, 20],
        [5, 5, float("inf"), 20],
        [5, 5, -20, 20],
        [5, 5, 20, -1e-3],
        [5, 5, 1e300, 20],
        [-HUGE, 5, 20, 20],
    ],
)
def test_boxes_that_are_no_boxes_are_refused_in_labels_and_detections(files, box):
    files("bad_truth.json", TRUTH | {"annotations": [TRUTH["annotations"][0] | {"bbox": box}]})
    files("bad.json", [seen(1)[0] | {"bbox": box}])

    for result in (run(truth="bad_truth.json"), run(detections=("bad.json",))):
        assert result.exit_code == 1
        assert (
            "expected finite pixels and a width and height that are not negative" in result.output
        )
        assert result.output.count("\n") == 1
        assert len(result.output) < 500


@pytest.mark.parametrize("key", ["images", "annotations", "categories"])
def test_an_id_that_stands_twice_is_refused(files, key):
    files("bad.json", TRUTH | {key: [*TRUTH[key], TRUTH[key][0]]})

    assert run(truth="bad.json").output == (
        f"Error: bad.json: {key} use an id twice: ids must differ.\n"
    )


def test_a_category_that_nobody_named_is_refused(files):
    files("bad.json", TRUTH | {"annotations": [TRUTH["annotations"][0] | {"category_id": 7}]})

    assert "annotation 1 is of category 7, which is not among 'categories'" in (
        run(truth="bad.json").output
    )


@pytest.mark.parametrize("score", [float("nan"), float("-inf"), HUGE])
def test_a_score_that_is_no_finite_number_is_refused(files, score):
    files("bad.json", [seen(1)[0] | {"score": score}])

    output = run(detections=("bad.json",)).output

    assert f"results[0] has score = {str(score)[:50]}, expected a finite number" in output


def test_what_is_nested_without_end_is_refused(files):
    files("bad.json", "[" * 100_000)

    assert run(truth="bad.json").output == (
        "Error: bad.json is nested too deeply to be a COCO file.\n"
    )
