import pytest

METHODS = ("cyclegan", "cut", "dclgan", "attentiongan", "munit", "council_gan")
GPU = ("plain", "default", "nhwc", "compile", "graphs")


def timing(seconds, **values):
    seen = [seconds, 100.0, seconds / 2]  # the median is ``seconds``
    return {"wall": seen, "cpu": [2 * s for s in seen], "error": None} | values


def measured(seconds, device="cpu", **parts):
    """One step of ``seconds[variant]`` seconds of each method, at 128 px."""
    variants = {name: timing(s, precision="float32") for name, s in seconds.items()}
    nothing = {part: [] for part in ("rates", "memory", "dclgan", "cut", "translation")}
    return {
        "machine": {"device": device, "bfloat16_pays": True},
        "width": None,
        "steps": [
            {"method": method, "size": 128, "flops": 4 * 10**9, "variants": variants}
            for method in METHODS
        ],
        **(nothing | parts),
    }


def test_a_ratio_is_that_of_the_medians():
    from tabulating import step_table

    row = step_table(measured({"plain": 4.0, "default": 2.0})).rows[0]

    assert row == ("cyclegan", "128", "4.00", "4.00", "2.00", "0.50", "8.00", "4.00", "0.50")


def test_the_share_is_of_the_best_rate_in_the_precision_of_the_variant():
    from tabulating import memory_table

    rates = {
        "product float32": {"wall": 1.0, "cpu": 2e9},
        "convolution float32": {"wall": 1.0, "cpu": 4e9},
        "product bfloat16": {"wall": 1.0, "cpu": 8e9},
    }
    table = memory_table(measured({"plain": 1.0}, rates=[{"work": rates}]))

    assert table.rows[0] == ("cyclegan", "128", "–", "50")  # 4e9 in 2 CPU s, of 4e9 per CPU s


def test_every_table_fits_into_100_columns():
    from layout import as_text
    from tabulating import tables

    for device, names in (("cpu", GPU[:2]), ("cuda", GPU)):
        peaks = [
            {"method": method, "size": 600, "variant": name, "peak": 34_500_000_000, "error": None}
            for method in METHODS
            for name in names
        ]
        for table in tables(measured(dict.fromkeys(names, 0.12345), device, memory=peaks)):
            assert max(map(len, as_text(table).splitlines())) <= 100


def test_a_table_is_aligned_in_text_and_piped_in_markdown():
    from layout import Table, as_markdown, as_text

    table = Table("Two", ("name", "wall\ns"), (("a", "1"), ("bcdef", "23")), ("A note.",))

    assert as_text(table).splitlines() == [
        "Two",
        "       wall",
        "name      s",
        "-----------",
        "a         1",
        "bcdef    23",
        "A note.",
    ]
    assert as_markdown(table).splitlines() == [
        "**Two**",
        "",
        "| name | wall s |",
        "| --- | ---: |",
        "| a | 1 |",
        "| bcdef | 23 |",
        "",
        "A note.",
    ]


def test_three_digits_count():
    from tabulating import number

    values = (None, 0.0123, 0.13, 9.999, 99.94, 99.96, 1299.4)

    found = [number(value) for value in values]

    assert found == ["–", "0.0123", "0.130", "10.0", "99.9", "100", "1299"]


@pytest.mark.parametrize(("default", "word"), [(2.6, "met"), (2.7, "MISSED")])
def test_a_cpu_is_asked_for_0_65_of_plain(default, word):
    from aims import aims

    (aim,) = aims(measured({"plain": 4.0, "default": default}))

    assert [line.split(":")[0] for line in aim.lines()] == [word]


def test_a_cpu_without_bfloat16_is_not_asked():
    from aims import aims

    slow = measured({"plain": 4.0, "default": 4.0})
    slow["machine"]["bfloat16_pays"] = False

    assert aims(slow)[0].lines()[0].startswith("not asked")


def test_narrow_networks_are_not_asked():
    from aims import aims

    narrow = measured({"plain": 4.0, "default": 4.0}) | {"width": 8}

    assert [aim.missed for aim in aims(narrow)] == [()]


def test_a_gpu_is_asked_for_a_third_of_plain_by_its_fastest_variant():
    from aims import aims

    (aim,) = aims(measured({"plain": 4.0, "default": 2.0, "graphs": 1.0}, "cuda"))

    assert aim.missed == ()
    assert aim.met[0] == "cyclegan 128 px (graphs) 0.25"


def test_what_failed_is_missed_and_said():
    from aims import aims
    from tabulating import step_table

    failed = measured({"plain": 4.0, "default": 2.0})
    failed["steps"] = failed["steps"][:1]
    failed["steps"][0]["variants"]["default"] |= {"wall": [], "cpu": [], "error": "out of memory"}

    assert aims(failed)[0].missed == ("cyclegan 128 px –",)
    assert step_table(failed).notes == ("cyclegan 128 px default failed: out of memory",)


@pytest.mark.parametrize(("peak", "met"), [(50, True), (51, False)])
def test_dclgan_is_asked_for_half_of_the_broadcast_peak_of_plain(peak, met):
    from aims import aims
    from tabulating import dclgan_table

    record = {"size": 128, "error": None}
    peaks = [
        record | {"variant": "plain", "peak": 80},
        record | {"variant": "plain", "peak": 100, "way": "broadcast"},
        record | {"variant": "default", "peak": peak},
        record | {"variant": "default", "peak": 75, "way": "broadcast"},
    ]
    found = measured({}, dclgan=peaks)

    aim = aims(found)[-1]

    assert bool(aim.met) is met
    assert bool(aim.missed) is not met
    assert dclgan_table(found).rows[0][4:] == ("0.80", "0.80")
    assert dclgan_table(found).rows[1][4:] == (f"{peak / 75:.2f}", f"{peak / 100:.2f}")


@pytest.mark.parametrize(("images", "met"), [(4, True), (6, False)])
def test_cut_is_asked_to_encode_four_images(images, met):
    from aims import aims

    record = {
        "size": 128,
        "variants": {
            "once": timing(1.0, images=images, passes=2),
            "again": timing(1.0, images=6, passes=3),
        },
    }

    aim = aims(measured({}, cut=[record]))[-1]

    assert bool(aim.met) is met
