from crosslook.report.table_documents import escaped, latex, markdown


def row(detector, translation, ap, protocol="dev", **more):
    return {
        "detector": detector,
        "translation": translation,
        "checkpoint": None,
        "protocol": protocol,
        "ap": ap,
        "ap_low": ap - 0.05,
        "ap_high": ap + 0.05,
        "ap50": 0.7,
        "ap75": 0.3,
        "ar": 0.4,
        "n_images": 61,
        "n_scenes": 16,
        "n_boxes": 34,
        "seed": 0,
        "resampled": "scenes",
        "replicates": 2000,
        "repeats": 10,
        "folds": "5 folds of scenes",
    } | more


ROWS = [
    row(detector, name, ap, protocol)
    for protocol, more in (("dev", 0.0), ("paper", 0.1), ("nested", -0.1))
    for detector in ("faster_rcnn", "cascade_rcnn")
    for name, ap in (("grey_speckle", 0.2 + more), ("ensemble", 0.3 + more))
]
GAP = {"detector": "faster_rcnn", "protocol": "nested", "a": "ensemble", "b": "grey_speckle"}
GAP |= {"difference": 0.1, "low": -0.1, "high": 0.3, "share_not_above_zero": 0.2}
GAP |= {"p": 0.4, "p_holm": 0.8, "distinguishable": False}


def test_latex_has_per_model_one_line_per_architecture():
    lines = latex(ROWS).splitlines()
    at = lines.index("\\midrule")

    assert lines[at + 1 : at + 3] == [
        "grey\\_speckle & faster\\_rcnn & 20.0 (15.0--25.0) & 70.0 & 30.0 & 40.0 "
        "& 30.0 (25.0--35.0) & 10.0 (5.0--15.0) \\\\",
        " & cascade\\_rcnn & 20.0 (15.0--25.0) & 70.0 & 30.0 & 40.0 "
        "& 30.0 (25.0--35.0) & 10.0 (5.0--15.0) \\\\",
    ]
    assert lines[at + 3] == "\\addlinespace"
    assert {"\\toprule", "\\bottomrule"} <= set(lines)


def test_latex_braces_are_balanced_and_names_are_escaped():
    text = latex(ROWS)

    assert text.count("{") == text.count("}")
    assert "_" not in text.replace("\\_", "").replace("$_{50}$", "").replace("$_{75}$", "")


def test_special_signs_are_escaped():
    assert escaped("a_b & 5 % \\ ~") == "a\\_b \\& 5 \\% \\textbackslash{} \\textasciitilde{}"


def test_what_is_tuned_on_test_is_marked_in_both():
    assert "$^*$Tuned on test." in latex(ROWS)
    assert "AP, paper, tuned on test" in markdown(ROWS, [])
    assert "uned on test" not in latex(ROWS[:4]) + markdown(ROWS[:4], [])


def test_markdown_has_as_many_cells_in_every_line():
    lines = [line for line in markdown(ROWS, []).splitlines() if line.startswith("|")]

    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == 2 + 4


def test_markdown_holds_the_differences_of_all_protocols():
    (line,) = [line for line in markdown(ROWS, [GAP]).splitlines() if "minus" in line]

    assert line == (
        "| nested | faster_rcnn | `ensemble, tuned` minus `grey_speckle` "
        "| +0.100 (-0.100 to +0.300) | 0.200 | 0.4000 | 0.8000 | not distinguishable |"
    )


def test_images_scenes_boxes_and_seeds_are_said():
    for text in (latex(ROWS), markdown(ROWS, [])):
        assert "61 images of 16 scenes, 34 boxes, seed 0, 2000 draws by scenes" in text
