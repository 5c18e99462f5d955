import io
import re

import numpy as np
from html_page import Page
from PIL import Image

from crosslook.report.associations import associations, points
from crosslook.report.report_page import report_page
from crosslook.report.run import Run

RNG = np.random.default_rng(0)
REAL = {
    "x": {"fd": {"value": 2.5, "deviation": 0.25, "n": 40, "draws": 3, "how": "drawn"}},
    "checkerboard": 1.0,
    "contrast": {"median": 0.6, "boxes": 22, "share": 0.95, "band": "VV"},
}


def png():
    data = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (20, 30, 3)).astype(np.uint8)).save(data, "png")
    return data.getvalue()


def checkpoint(step, fd, lost=0):
    box = {"image": "p1", "box": [1.2, 2, 30, 40.6], "fate": "moved", "contrast": 0.5}
    fates = {"survived": 9, "vanished": 0, "moved": lost, "unjudged": 1}
    return {
        "checkpoint": step,
        "scores": {"fd__x": fd, "survival": 0.5, "semantic_consistency": None},
        "details": {
            "fd__x": {"at_n": {"value": 7.0, "n": 40}} if step == 100 else {},
            "survival": fates | {"band": "VV"},
            "semantic_consistency": {"reason": "no classifier"},
        },
        "lost": [box | {"shift_px": [3, -4]}] * lost,
    }


def scored(name, *checkpoints, **more):
    domains = {"source": "optical", "target": "sar"}
    words = {"source_patches": "80 patches", "real_patches": "80 others"}
    return {
        "translation": name,
        "domains": domains | words,
        "n": 80,
        "embedders": [{"name": "x"}],
        "left_out": [],
        "real": REAL,
        "checkpoints": list(checkpoints),
    } | more


def trained(name, **more):
    entries = [
        {"translation": name, "detector": "faster_rcnn", "checkpoint": step, "ap": ap}
        for step, ap in ((100, 0.1), (200, 0.2))
    ]
    return {"translation": name, "entries": entries} | more


def records(**more):
    return {
        "train_translator": {"cut": {}, "snow": {}},
        "translate": {"cut": {"checkpoints": [{"checkpoint": 100, "constant": 0, "patches": 5}]}},
        "score_translator": {
            "cut": scored("cut", checkpoint(100, 3.0, 7), checkpoint(200, 2.0)),
            "snow": scored("snow", checkpoint(100, 4.0)),
        },
        "train_detector": {"cut": trained("cut")},
        "choose": {
            "choose": [
                {"detector": "faster_rcnn", "translation": "cut", "checkpoint": 100, "ap": 0.25}
            ]
        },
    } | more


def page(images=None, most=10**6, **more):
    run = Run(records(**more), images or {}, 0)
    every = points(
        list(run.named("score_translator").values()), list(run.named("train_detector").values())
    )
    report = report_page(run, every, associations(every, 0), most)
    return report, Page(report.html)


def cells(report, first):
    """The text of the cells of the first row whose first cell is this."""
    for row in re.findall(r"<tr>(.*?)</tr>", report.html):
        found = [re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row)]
        if found[0] == first:
            return found
    raise AssertionError(first)


def test_a_page_is_whole_and_asks_for_nothing_outside_itself():
    report, seen = page()

    assert "script" not in {tag for tag, _ in seen.tags}
    addresses = [a[key] for _, a in seen.tags for key in ("src", "href") if key in a]
    assert all(one.startswith(("data:image/", "#")) for one in addresses)
    assert "http" not in re.sub(r'http-equiv="', "", report.html)


def test_every_link_has_its_place():
    _, seen = page()

    places = {attributes["id"] for _, attributes in seen.tags if "id" in attributes}
    links = {attributes["href"][1:] for tag, attributes in seen.tags if tag == "a"}
    assert links == places
    assert {"quality-cut", "quality-snow", "usefulness"} <= places


def test_what_is_missing_is_a_line_that_says_so():
    _, seen = page(score_translator={}, choose={}, train_detector={})

    for words in (
        "results/evaluate.json is not there: run 'make repro'.",
        "results/choose.json is not there",
        "results/tune_fusion.json is not there",
        "No checkpoint has both scores and an AP",
        "this run has no stage score_translator",
    ):
        assert words in seen.words


def test_an_empty_run_still_gives_a_page():
    report = report_page(Run({}, {}, 3), [], [])

    assert "Seed 3. 0 translations: none." in Page(report.html).words
    assert report.pictures == 0


def test_scenery_is_told_from_translations():
    assert "1 translations: cut." in page()[1].words
    assert "Scenery, given to no detector: snow." in page()[1].words


def test_scores_stand_by_checkpoint_with_real_against_real_beside():
    report, _ = page()

    scores = re.search(r"<h3 id=\"quality-cut\">.*?</table>", report.html, re.DOTALL).group()
    assert "<th class=n>100ᵈ</th><th class=n>200</th>" in scores
    assert "<td class=n>3 [7 at n = 40]</td><td class=n><b>2</b></td>" in scores
    assert "<td class=n>2.5 ± 0.25 (n = 40)</td>" in scores


def test_a_unit_that_the_details_hold_stands_with_its_score():
    one = checkpoint(100, 3.0)
    one["scores"]["l1__VH"] = 0.5
    one["details"]["l1__VH"] = {"unit": "dB"}

    report, _ = page(score_translator={"cut": scored("cut", one)})

    assert cells(report, "L1 (VH), dB") == ["L1 (VH), dB", "neither", "0.5", ""]


def test_a_score_that_nobody_could_measure_has_its_reason():
    assert "Not measured: semantic consistency (no classifier)." in page()[1].words


def test_consistency_stands_beside_that_of_other_places():
    one = checkpoint(100, 3.0)
    one["scores"]["semantic_consistency"] = 0.75
    one["details"]["semantic_consistency"] = {"shuffled": 0.5}

    report, _ = page(score_translator={"cut": scored("cut", one)})

    row = "<td>semantic consistency</td><td>higher</td><td class=n>0.75 [0.5 of other places]</td>"
    assert row in report.html


def test_lost_boxes_are_counted_and_the_first_ones_listed():
    report, seen = page()

    assert "Lost at step 100: 7 boxes, the first 5; all: results/score_translator/cut.json." in (
        seen.words
    )
    assert report.html.count("<td>p1</td>") == 5
    assert cells(report, "p1") == ["p1", "moved", "1 2 30 41", "0.50", "3, -4"]


def test_of_many_checkpoints_some_are_shown_and_the_chosen_one():
    many = [checkpoint(100 * i, float(i)) for i in range(1, 51)]
    row = {"detector": "faster_rcnn", "translation": "cut", "checkpoint": 900, "ap": 0.25}

    report, seen = page(score_translator={"cut": scored("cut", *many)}, choose={"choose": [row]})

    heads = re.findall(r"<tr><th>score</th><th>better</th>(.*?)</tr>", report.html)
    (head,) = [one for one in heads if "real against real" in one]
    assert "900ᵈ" in head
    assert "5000" in head
    assert head.count("<th") == 8 + 1 + 1
    assert "9 of 50 checkpoints" in seen.words


def test_an_embedder_that_was_left_out_says_why():
    left_out = [{"embedder": "inception_fid", "reason": "no <weights>"}]

    report, _ = page(
        score_translator={"cut": scored("cut", checkpoint(100, 3.0), left_out=left_out)}
    )

    assert "Left out: inception_fid, no &lt;weights&gt;" in report.html


def watched(*flagged):
    values = {"variation": 0.125, "saturated": None, "distance": [0.5, 0.25]}
    rows = [
        {"checkpoint": 100 * i, "flagged": list(names)} | values
        for i, names in enumerate(flagged, start=1)
    ]
    thresholds = {"min_variation": 0.25, "max_saturated": 0.1, "max_distance": 0.1}
    probes = {"images": 16, "bands": ["VH", "VV"], "thresholds": thresholds}
    return {"alarms": rows, "probes": probes | {"real": values | {"variation": 1.5}}}


def test_checkpoints_beyond_a_threshold_are_listed_beside_real_patches():
    report, seen = page(train_translator={"cut": watched([], ["variation"])})

    assert (
        "cut: 1 of 2 checkpoints raised an alarm on 16 probes (min_variation 0.25, " in seen.words
    )
    assert cells(report, "real") == ["real", "", "1.5", "-", "0.5", "0.25"]
    assert cells(report, "200") == ["200", "variation", "0.125", "-", "0.5", "0.25"]


def test_that_there_was_no_alarm_or_no_watch_is_said():
    _, seen = page(train_translator={"cut": watched([], [])})

    assert "cut: none of 2 checkpoints raised an alarm." in seen.words
    assert "No training was watched for collapse and drift." in page()[1].words


def test_fakes_of_one_value_are_an_alarm():
    translate = {"cut": {"checkpoints": [{"checkpoint": 200, "constant": 3, "patches": 5}]}}

    assert "cut, 200: 3 of 5 fakes are of one value." in page(translate=translate)[1].words


def test_what_pruning_spared_is_told():
    pruning = {
        "score": "fd__x",
        "reason": None,
        "saved": {"trainings": 2, "steps": 160, "images": 640},
        "all": {"trainings": 5, "steps": 400, "images": 1600},
        "detectors": {"faster_rcnn": {"pruned": [300, "300-average"]}},
    }

    _, seen = page(train_detector={"cut": trained("cut", pruning=pruning)})

    assert "2 of 5 trainings were spared, which would have been 160 steps with 640 images" in (
        seen.words
    )
    assert "Not trained on: faster_rcnn 300, 300 avg." in seen.words


def test_pictures_stand_in_the_order_of_the_papers_figures():
    names = ["pairs_x.png", "unknown_thing.png", "artefacts.png", "training.png", "forest.png"]
    images = {("score_translator", "cut"): {f"pictures/{name}": png() for name in names}}

    report, _ = page(images)

    captions = re.findall(r"<figcaption><code>cut</code>(.*?)</figcaption>", report.html)
    found = [re.search(r"Figs?\. \d|unknown", one).group() for one in captions]
    assert found == ["Fig. 3", "Figs. 2", "Fig. 5", "Fig. 6", "unknown"]
    assert captions[3].startswith(", x: ")


def test_pictures_without_room_are_counted_out_and_named():
    images = {("score_translator", "cut"): {"pictures/artefacts.png": png()}}

    report, seen = page(images, most=0)

    assert report.left_out[-1] == "build/score_translator/cut/pictures/artefacts.png"
    assert "No room for the picture" in seen.words
    assert report.pictures == 0


def test_rho_is_drawn_and_told_for_each_detector():
    report, seen = page()

    assert "faster_rcnn: no score goes with AP beyond chance" in seen.words
    assert "ρ of one translation alone needs 4 of its checkpoints" in seen.words
    assert report.pictures == 1


def test_equal_runs_give_equal_pages():
    assert page()[0].html == page()[0].html
