import pytest

from crosslook.report.score_text import lines


def drawn(value, n=75):
    return {"value": value, "deviation": 0.012, "n": n, "draws": 5, "how": ""}


def record(name="resnet18_random", n=150, half=75, **changes):
    kinds = ("fd", "kid", "cos_mean", "crd", "crd_excess", "coverage", "forest_log_loss")
    scores = {f"{kind}__{name}": 0.5 for kind in kinds} | {f"fd__{name}": 26.92113}
    details = {f"kid__{name}": {"low": -0.001, "high": 0.0023}}
    details |= {f"fd__{name}": {"at_n": drawn(33.3, half)}} if half < n else {}
    return {
        "n": n,
        "size_px": [128, 96],
        "cropped": False,
        "groups": "scenes",
        "seed": 0,
        "embedder": {"name": name, "preprocessing": "own size"},
        "scores": scores | {"checkerboard": 1.25},
        "details": details,
        "real": {name: {kind: drawn(31.0, half) for kind in kinds}, "checkerboard": 1.01},
    } | changes


def row(text, label):
    return next(line for line in text if line.startswith(label))


def words(text, label):
    return " ".join(row(text, label).split())


def test_each_score_stands_beside_real_against_real():
    text = lines(record())

    assert words(text, "Fréchet distance") == "Fréchet distance lower 26.92 33.3 31 ± 0.012"
    assert words(text, "KID") == "KID lower 0.5 -0.001 to 0.0023 – 31 ± 0.012"
    assert words(text, "checkerboard") == "checkerboard index lower 1.25 1.01"
    assert words(text, "150 fakes") == "150 fakes against 150 real images of 96 x 128 px"


def test_with_enough_real_images_the_column_at_half_is_left_away():
    text = lines(record(half=150))

    assert words(text, " ") == "better N = 150 95 % interval real, N = 150"
    assert words(text, "coverage") == "coverage higher 0.5 31 ± 0.012"


@pytest.mark.parametrize(
    ("name", "label"), [("inception_fid", "FID "), ("resnet50_imagenet", "FRD ")]
)
def test_only_their_own_networks_give_fid_and_frd(name, label):
    assert row(lines(record(name)), label)
    assert not any("gives no FID" in line for line in lines(record(name)))


def test_another_network_says_that_it_gives_none():
    assert "resnet18_random gives no FID and no FRD" in "\n".join(lines(record()))


def test_the_chance_of_the_forest_is_told():
    assert "chance is ln 2 = 0.693" in "\n".join(lines(record()))


def test_a_forest_that_was_not_measured_says_why():
    short = record()
    short["scores"]["forest_log_loss__resnet18_random"] = None
    short["details"]["forest_log_loss__resnet18_random"] = {"reason": "groups cannot be halved"}

    text = lines(short)

    assert "–" in row(text, "forest log-loss")
    assert "forest log-loss: not measured: groups cannot be halved" in text


def test_no_line_is_wider_than_100():
    assert max(map(len, lines(record()))) <= 100
