from crosslook.commands.study_seeds import as_markdown


def run(ap, gain):
    shared = {"detector": "faster_rcnn", "n_images": 60, "n_scenes": 16, "n_boxes": 40}
    shared |= {"protocol": "dev"}
    rows = [
        shared | {"translation": name, "ap": value, "ap_low": value - 0.1, "ap_high": value + 0.1}
        for name, value in (("none", 0.1), ("cut", ap))
    ]
    gap = {"detector": "faster_rcnn", "a": "cut", "b": "none", "best_gan": True}
    gap |= {"difference": gain, "low": gain - 0.05, "high": gain + 0.05}
    tuned = {"ap": ap + 0.02, "best_single": {"ap": ap + 0.01}}
    return {
        "evaluate": rows,
        "evaluate_differences": [gap],
        "tune_fusion": {"detectors": {"faster_rcnn": {"all": tuned}}},
    }


def test_the_table_has_a_column_per_seed_and_the_two_comparisons():
    text = as_markdown({2: run(0.3, 0.2), 1: run(0.4, 0.3)})

    assert text.splitlines() == [
        "| detector | translation | seed 1 | seed 2 |",
        "|---|---|---|---|",
        "| faster_rcnn | none | 0.100 (0.000 to 0.200) | 0.100 (0.000 to 0.200) |",
        "| faster_rcnn | cut | 0.400 (0.300 to 0.500) | 0.300 (0.200 to 0.400) |",
        "| faster_rcnn | *test images, scenes, boxes* | 60, 16, 40 | 60, 16, 40 |",
        "| faster_rcnn | *best GAN on dev, minus `none`, on test* "
        "| cut: +0.300 (+0.250 to +0.350) | cut: +0.200 (+0.150 to +0.250) |",
        "| faster_rcnn | *AP on dev: tuned ensemble, best single* | 0.420, 0.410 | 0.320, 0.310 |",
    ]
