import numpy as np
import pytest

from crosslook.report import (
    artefact_pictures,
    course_pictures,
    pair_picture,
    quality_pictures,
)
from crosslook.report.artefact_pictures import Seen, draw_artefacts, draw_mean_l1
from crosslook.report.course_pictures import draw_forest, draw_training
from crosslook.report.pair_picture import draw_pairs
from crosslook.report.quality_pictures import evenly, title
from crosslook.scores.forest_settings import CHANCE
from crosslook.scores.projection import fit_projection

BANDS, UNITS = ("VH", "VV", "VH/VV"), ("sigma0_db", "sigma0_db", "ratio (amplitude)")


def entry(checkpoint, value):
    scores = {"fd__a": value, "forest_log_loss__a": 0.4, "checkerboard": 1.2, "survival": None}
    details = {"kid__a": {"low": 0.1, "high": 0.3}, "forest_log_loss__a": {"standard_error": 0.01}}
    scores |= {"kid__a": 0.2, "l1__VH": 0.1, "l1__VV": 0.2}
    return {"checkpoint": checkpoint, "scores": scores, "details": details, "lost": []}


def record(*checkpoints):
    drawn = {"value": 1.0, "deviation": 0.1, "n": 12, "draws": 2, "how": "so"}
    return {
        "translation": "cut",
        "n": 12,
        "embedders": [{"name": "a"}],
        "real": {"a": {"fd": drawn, "forest_log_loss": drawn}, "checkerboard": 1, "contrast": None},
        "checkpoints": [entry(one, 10.0 / (i + 1)) for i, one in enumerate(checkpoints)],
    }


@pytest.fixture
def shown(monkeypatch):
    """The figures that are drawn, instead of their bytes."""
    figures = []

    def keep(figure):
        figures.append(figure)
        return b""

    for module in (artefact_pictures, course_pictures, pair_picture):
        monkeypatch.setattr(module, "png", keep)
    return figures


def test_chance_and_real_against_real_are_drawn_beside_the_forest(shown):
    draw_forest(record(100, 200))

    (axis,) = shown[0].axes
    levels = [line.get_ydata()[0] for line in axis.lines if len(set(line.get_ydata())) == 1]
    assert CHANCE in levels
    assert 1.0 in levels


def test_losses_stand_above_the_scores_and_what_is_null_has_no_panel(shown):
    losses = [{"step": 10, "cycle/source": 1.0, "cycle/target": 2.0}, {"step": 20, "nce": 3.0}]

    draw_training(record(100, "100-average", 200), losses)

    titles = [axis.get_title(loc="left") for axis in shown[0].axes if axis.get_title(loc="left")]
    assert titles == [
        "cycle",
        "nce",
        "Fréchet distance (a)",
        "forest log-loss (a)",
        "checkerboard index",
        "KID (a)",
        "L1, mean change",
    ]


def test_the_axes_of_a_pair_plot_reach_as_far_as_any_checkpoint(shown):
    rng = np.random.default_rng(0)
    real, near = rng.normal(0, 1, (30, 5)), rng.normal(0, 1, (30, 5))
    projection = fit_projection(real)

    for every in ({"near": near}, {"near": near, "far": near + 20}):
        draw_pairs("cut", projection, real, {"near": near}, every)

    narrow, wide = (figure.axes[0].get_xlim() for figure in shown)
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_all_maps_of_a_band_have_one_colour_scale(shown):
    rng = np.random.default_rng(0)
    pixels = rng.integers(1, 255, (3, 32, 32)).astype(np.uint8)
    maps = [i * rng.random((3, 32, 32)) for i in (1, 5)]
    seen = [
        Seen(f"step {i}", pixels, pixels, one, one, np.ones((32, 32))) for i, one in enumerate(maps)
    ]

    draw_artefacts("cut", seen, BANDS, UNITS, np.ones((32, 32)))
    draw_mean_l1("cut", seen, BANDS, UNITS, 12)

    for figure, columns, first in ((shown[0], 6, 2), (shown[1], 3, 0)):
        scales = [axis.images[0].get_clim() for axis in figure.axes[: 2 * columns]]
        for band in range(first, first + 3):
            assert scales[band] == scales[columns + band]
            assert scales[band][1] > 4


def test_maps_without_any_change_and_without_a_spectrum_can_be_drawn():
    pixels = np.ones((3, 8, 8), np.uint8)
    seen = [Seen("fake", pixels, pixels, np.zeros((3, 8, 8)), np.zeros((3, 8, 8)), None)]

    assert draw_artefacts("none", seen, BANDS, UNITS, None).startswith(b"\x89PNG")
    assert draw_mean_l1("none", seen, BANDS, UNITS, 12).startswith(b"\x89PNG")


def test_the_first_the_middle_and_the_last_are_chosen():
    assert evenly(5, 3) == [0, 2, 4]
    assert evenly(2, 6) == [0, 1]
    assert evenly(1, 3) == [0]


def test_a_checkpoint_without_a_training_is_just_a_fake():
    assert [title(one) for one in (None, 300, "300-average")] == [
        "fake",
        "step 300",
        "step 300 avg",
    ]


def test_a_translation_without_a_training_has_no_course(tmp_path):
    pixels = np.random.default_rng(0).integers(1, 255, (3, 32, 32)).astype(np.uint8)
    vectors = np.random.default_rng(1).normal(0, 1, (12, 6))
    for folder in ("maps", "example", "embeddings/a"):
        (tmp_path / folder).mkdir(parents=True)
    blank = {"l1": np.zeros((3, 32, 32)), "spectrum": np.ones((32, 32))}
    words = {"bands": np.array(BANDS), "units": np.array(UNITS)}
    np.savez(tmp_path / "maps/only.npz", **blank, **words)
    np.savez(tmp_path / "maps/real.npz", spectrum=np.ones((32, 32)))
    np.savez(tmp_path / "example/only.npz", source=pixels, fake=pixels, l1=blank["l1"])
    for name in ("only", "real"):
        np.save(tmp_path / f"embeddings/a/{name}.npy", vectors)

    made = quality_pictures.draw_quality(record(None), [], tmp_path)

    assert sorted(made) == ["artefacts.png", "mean_l1.png", "pairs_a.png"]
