"""Tables of what was measured.

On a CPU shares and aims are taken from CPU seconds, which other work on the machine hardly moves;
on a GPU from wall seconds.
"""

from statistics import median
from typing import Any

from layout import Table

NONE = "–"
PLAIN = "plain"
Record = dict[str, Any]


def tables(measured: Record) -> list[Table]:
    """Of all parts that were measured."""
    makers = {
        "rates": rate_table,
        "steps": step_table,
        "memory": memory_table,
        "dclgan": dclgan_table,
        "cut": cut_table,
        "translation": translation_table,
    }
    there = {part for part in makers if measured[part]}
    if measured["steps"] and (measured["rates"] or on_gpu(measured)):
        there.add("memory")
    return [make(measured) for part, make in makers.items() if part in there]


def step_table(measured: Record) -> Table:
    """Seconds per step of all variants, and how many times those of plain."""
    names = variant_names(measured)
    unit, factor, flop = ("ms", 1e3, 1e12) if on_gpu(measured) else ("s", 1.0, 1e9)
    columns = ["method", "px", "TFLOP" if on_gpu(measured) else "GFLOP"]
    clocks = ("wall",) if on_gpu(measured) else ("wall", "cpu")
    for which in clocks:
        columns += [f"{name}\n{'CPU' if which == 'cpu' else 'wall'} {unit}" for name in names]
        columns += [f"{name}\n/ {PLAIN}" for name in names if name != PLAIN]
    rows, notes = [], []
    for record in measured["steps"]:
        row = [record["method"], str(record["size"]), number(record["flops"] / flop)]
        for which in clocks:
            plain = middle(record["variants"].get(PLAIN), which)
            seconds = {name: middle(record["variants"].get(name), which) for name in names}
            row += [number(s and s * factor) for s in seconds.values()]
            row += [fixed(ratio(s, plain)) for name, s in seconds.items() if name != PLAIN]
        rows.append(tuple(row))
        for name, timing in record["variants"].items():
            if timing["error"]:
                notes.append(f"{row[0]} {row[1]} px {name} failed: {timing['error']}")
    wide = f", networks {measured['width']} channels wide" if measured["width"] else ""
    title = f"Training step, batch 1{wide}"
    return Table(title, tuple(columns), tuple(rows), tuple(notes))


def memory_table(measured: Record) -> Table:
    """Peak memory, and the share of the measured rate, of all variants."""
    names = variant_names(measured)
    columns = [f"{name}\npeak GB" for name in names]
    columns += [f"{name}\nrate %" for name in names]
    peaks = {(p["method"], p["size"], p["variant"]): p["peak"] for p in measured["memory"]}
    peaks |= {
        (r["method"], r["size"], name): timing["peak"]
        for r in measured["steps"]
        for name, timing in r["variants"].items()
        if "peak" in timing
    }
    shares = {(r["method"], r["size"]): r for r in measured["steps"]}
    rows = []
    for place in dict.fromkeys([key[:2] for key in peaks] + list(shares)):
        row = [place[0], str(place[1])]
        row += [gigabytes(peaks.get((*place, name))) for name in names]
        row += [_share(measured, shares.get(place), name) for name in names]
        rows.append(tuple(row))
    notes = [
        f"{p['method']} {p['size']} px {p['variant']} failed: {p['error']}"
        for p in measured["memory"]
        if p["error"]
    ]
    title = "Peak memory of a step, and share of the measured rate"
    return Table(title, ("method", "px", *columns), tuple(rows), tuple(notes))


def rate_table(measured: Record) -> Table:
    """What the device does at best."""
    unit, word = (1e12, "TFLOP") if on_gpu(measured) else (1e9, "GFLOP")
    rows = [
        (name, *(number(rate[which] / unit) for which in ("wall", "cpu")))
        for name, rate in _rates(measured).items()
    ]
    return Table("Measured rate", ("work", f"{word}\n/ wall s", f"{word}\n/ CPU s"), tuple(rows))


def dclgan_table(measured: Record) -> Table:
    """DCLGAN's peak beside that of the broadcast cosine similarity."""
    peaks = contrast_peaks(measured)
    rows = []
    for (variant, size), (own, broadcast) in peaks.items():
        plain = peaks.get((PLAIN, size), (None, None))[1]
        ratios = (fixed(ratio(own, broadcast)), fixed(ratio(own, plain)))
        rows.append((variant, str(size), gigabytes(own), gigabytes(broadcast), *ratios))
    columns = ("DCLGAN", "px", "peak\nGB", "broadcast\npeak GB", "/ its own", "/ plain's")
    return Table("Peak memory of DCLGAN, and with a broadcast contrast", columns, tuple(rows))


def contrast_peaks(measured: Record) -> dict[tuple[str, int], tuple[int | None, int | None]]:
    """(variant, size) -> DCLGAN's peak bytes, and those with the broadcast cosine similarity."""
    peaks = {(p["variant"], p["size"], p.get("way")): p["peak"] for p in measured["dclgan"]}
    places = dict.fromkeys(place[:2] for place in peaks)
    return {at: (peaks.get((*at, None)), peaks.get((*at, "broadcast"))) for at in places}


def cut_table(measured: Record) -> Table:
    """CUT beside one that encodes its keys again."""
    columns = ("CUT, keys encoded", "px", "passes", "images", "wall s", "CPU s", "/ once")
    rows = []
    for record in measured["cut"]:
        once = middle(record["variants"]["once"], clock(measured))
        for name, found in record["variants"].items():
            seconds = [middle(found, which) for which in ("wall", "cpu")]
            own = ratio(middle(found, clock(measured)), once)
            counts = (str(found["passes"]), str(found["images"]))
            cells = (*counts, *map(number, seconds), fixed(own))
            rows.append((name, str(record["size"]), *cells))
    return Table("Encoder passes of a step of CUT", columns, tuple(rows))


def translation_table(measured: Record) -> Table:
    """Patches per second, one at a time and together."""
    columns = ("method", "px", "wall s", "CPU s", "patches/s", "together", "patches/s")
    rows = []
    for record in measured["translation"]:
        one, many = (middle(record[way], "wall") for way in ("one", "many"))
        cells = (number(one), number(middle(record["one"], "cpu")), number(one and 1 / one))
        together = (str(record["batch"]) if many else NONE, number(many and 1 / many))
        rows.append((record["method"], str(record["size"]), *cells, *together))
    return Table("Translation of whole patches", columns, tuple(rows))


def on_gpu(measured: Record) -> bool:
    """Were these taken on a GPU?"""
    return bool(measured["machine"]["device"].startswith("cuda"))


def clock(measured: Record) -> str:
    """The clock that shares and aims are taken from."""
    return "wall" if on_gpu(measured) else "cpu"


def variant_names(measured: Record) -> list[str]:
    """Of all variants that were measured, in order."""
    timed = [name for record in measured["steps"] for name in record["variants"]]
    return list(dict.fromkeys(timed + [p["variant"] for p in measured["memory"]]))


def plain_seconds(measured: Record, record: Record) -> float | None:
    """Of one step of plain."""
    return middle(record["variants"].get(PLAIN), clock(measured))


def middle(found: Record | None, which: str) -> float | None:
    """The median of what one clock gave; None where nothing was measured."""
    return median(found[which]) if found and found[which] else None


def ratio(part: float | None, whole: float | None) -> float | None:
    """One over the other; None where one is missing or ``whole`` is 0."""
    return part / whole if part is not None and whole else None


def number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return NONE
    return f"{value:.0f}" if value >= 99.95 else f"{value:#.3g}"


def fixed(value: float | None) -> str:
    """Two digits after the point."""
    return NONE if value is None else f"{value:.2f}"


def gigabytes(value: int | None) -> str:
    """10^9 bytes."""
    return fixed(None if value is None else value / 1e9)


def _share(measured: Record, record: Record | None, name: str) -> str:
    """Operations per second of a variant, as a share of the best measured in its precision."""
    timing = record["variants"].get(name) if record else None
    seconds = middle(timing, clock(measured))
    if not record or not timing or not seconds or not measured["rates"]:
        return NONE
    kinds = [rate for work, rate in _rates(measured).items() if timing["precision"] in work]
    best = max(rate[clock(measured)] for rate in kinds)
    return f"{100 * record['flops'] / seconds / best:.0f}"


def _rates(measured: Record) -> Record:
    rates: Record = measured["rates"][0]["work"]
    return rates
