"""The cells of the tables of land-cover models, for Markdown and for pages."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from crosslook.report.land_cover_style import (
    PUBLISHED,
    Row,
    configuration_title,
    in_order,
    sensor_title,
)
from crosslook.report.table_cells import Cells, number, with_interval

F1 = ("macro", "weighted")
BESIDE = "_at_least_10"  # ends the name of an F1 by the second reading of the truth


def scores(rows: Sequence[Row]) -> Cells:
    """F1 of each sensor, their gap, homogeneity and probe, with intervals and the paper's beside.

    Args:
        rows: of ``tabulating.rows_of``, one per configuration.
    """
    names = compared(rows)
    head = ["configuration", "trained on", *titles(names), "the paper"]
    body = [
        [
            configuration_title(row["configuration"]),
            str(row["trained_on"]),
            *(_mean(row, name, 2) for name in names),
            published(row["configuration"]),
        ]
        for row in in_order(rows)
    ]
    return head, body


def spread(rows: Sequence[Row]) -> Cells:
    """The lowest and the highest seed of each score."""
    names = compared(rows)
    head = ["configuration", *titles(names)]
    body = [
        [configuration_title(row["configuration"]), *(_range(row, name) for name in names)]
        for row in in_order(rows)
    ]
    return head, body


def readings(rows: Sequence[Row]) -> Cells:
    """F1 by both readings of the truth: above 30 %, and from 10 % on."""
    names = [
        f"{name}{end}/{sensor}" for sensor in _sensors(rows) for name in F1 for end in ("", BESIDE)
    ]
    head = ["configuration"]
    head += [f"{title}, {_reading(name)}" for title, name in zip(titles(names), names, strict=True)]
    body = [
        [configuration_title(row["configuration"]), *(_mean(row, name, 2) for name in names)]
        for row in in_order(rows)
    ]
    return head, body


def controls(rows: Sequence[Row]) -> Cells:
    """Homogeneity with what it has to be read against."""
    sensors = _sensors(rows)
    pairs = ["-".join(pair) for pair in combinations(sensors, 2)]
    names = [
        *(f"s/{pair}" for pair in pairs),
        *(f"s_against_labels/{sensor}" for sensor in sensors),
        *(f"s_shuffled/{pair}" for pair in pairs),
    ]
    constant = [name for pair in pairs for name in _constant(pair)]
    head = ["configuration", *titles(names)]
    ordered = in_order(rows)
    body = [
        [configuration_title(row["configuration"]), *(_mean(row, name, 3) for name in names)]
        for row in ordered
    ]
    if ordered and constant:
        first = ordered[0]["scores"]
        both, labels = (first[name]["mean"] for name in constant[:2])
        cells = {names[0]: number(both, 3)}
        cells |= {f"s_against_labels/{sensor}": number(labels, 3) for sensor in sensors}
        body.append(["*the mean label for all*", *(cells.get(name, "") for name in names)])
    return head, body


def sizes(rows: Sequence[Row]) -> Cells:
    """Weighted F1 by the number of training patches."""
    numbers = sorted({row["trained_on"] for row in rows})
    known = {(row["configuration"], row["trained_on"]): row for row in rows}
    names = dict.fromkeys(row["configuration"] for row in in_order(rows))
    several = [name for name in names if sum((name, n) in known for n in numbers) > 1]
    head = ["configuration", "sensor", *(f"{n} patches" for n in numbers)]
    body = [
        [
            configuration_title(name),
            sensor_title(sensor),
            *(
                _mean(known[name, n], f"weighted/{sensor}", 2) if (name, n) in known else ""
                for n in numbers
            ),
        ]
        for name in several
        for sensor in _sensors(rows)
    ]
    return head, body


def differences(gaps: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Cells:
    """Paired differences at one number of samples; bold is what is left after Holm's correction.

    Args:
        gaps: of ``comparing.compare``.
        names: of the scores, in the order of the columns.
    """
    known = {(gap["a"], gap["b"], gap["score"]): gap for gap in gaps}
    pairs = dict.fromkeys((gap["a"], gap["b"]) for gap in gaps)
    head = ["difference", *titles(names)]
    body = [
        [
            f"{configuration_title(a)} minus {configuration_title(b)}",
            *(_gap(known.get((a, b, name))) for name in names),
        ]
        for a, b in pairs
    ]
    return head, body


def per_class(records: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> Cells:
    """F1 of each class and sensor, the mean over seeds, with the patches that show the class.

    Args:
        records: of ``studying.score_members``, of one number of samples.
        shown: configurations.
    """
    mine = {
        name: [one["test"]["sensors"] for one in records if one["configuration"] == name]
        for name in shown
    }
    mine = {name: seeds for name, seeds in mine.items() if seeds}
    if not mine:
        return ["class", "patches"], []
    columns = [(name, sensor) for name, seeds in mine.items() for sensor in seeds[0]]
    support = next(iter(next(iter(mine.values()))[0].values()))["above_30"]["support"]
    head = ["class", "patches"]
    head += [f"{configuration_title(name)}, {sensor_title(sensor)}" for name, sensor in columns]
    body = [
        [
            kind.replace("_", " "),
            str(patches),
            *(
                number(_average([s[sensor]["above_30"]["per_class"][kind] for s in mine[name]]), 2)
                for name, sensor in columns
            ),
        ]
        for kind, patches in support.items()
    ]
    return head, body


def compared(rows: Sequence[Row]) -> list[str]:
    """The scores of the table and of the differences, in the order of the columns."""
    sensors = _sensors(rows)
    pairs = ["-".join(pair) for pair in combinations(sensors, 2)]
    names = [f"{name}/{sensor}" for sensor in sensors for name in F1]
    names += [f"gap_{name}/{pair}" for pair in pairs for name in F1]
    return [*names, *(f"s/{pair}" for pair in pairs), "probe"]


def titles(names: Sequence[str]) -> list[str]:
    """Such as "macro F1, S1", "macro gap" and "s", with the sensors if there are several pairs."""
    several = len({name.partition("/")[2] for name in names if "-" in name}) > 1
    return [_title(name, several) for name in names]


def _title(name: str, several: bool) -> str:
    kind, _, of = name.partition("/")
    kind = kind.removesuffix(BESIDE)
    sensors = [sensor_title(one) for one in of.split("-")]
    both = f", {' and '.join(sensors)}" if several else ""
    if kind in F1:
        return f"{kind} F1, {sensors[0]}"
    if kind.startswith("gap_"):
        return f"{kind.removeprefix('gap_')} gap{both}"
    if kind == "s_against_labels":
        return f"s, {sensors[0]} and labels"
    return {"s_shuffled": f"s, pairs shuffled{both}", "s": f"s{both}"}.get(kind, kind)


def published(configuration: str) -> str:
    """The paper's macro (weighted) F1 and s, in its own form: "S1 .58 (.63), S2 .68 (.77)"."""
    told = PUBLISHED.get(configuration)
    if not told:
        return ""
    words = [
        f"{sensor.upper()} {_short(told[f'macro/{sensor}'])} ({_short(told[f'weighted/{sensor}'])})"
        for sensor in ("s1", "s2")
    ]
    return ", ".join([*words, f"s {_short(told['s/s1-s2'])}"])


def _sensors(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(sensor for row in rows for sensor in row["sensors"]))


def _constant(pair: str) -> tuple[str, str]:
    return f"s_constant/{pair}", f"s_constant_against_labels/{pair}"


def _reading(name: str) -> str:
    return "from 10 %" if BESIDE in name else "above 30 %"


def _mean(row: Row, name: str, digits: int) -> str:
    found = row["scores"].get(name)
    if found is None:
        return "-"
    low, high = found["interval"] or (None, None)
    return with_interval(found["mean"], low, high, digits)


def _range(row: Row, name: str) -> str:
    found = row["scores"].get(name)
    if found is None or found["range"] is None:
        return "-"
    low, high = found["range"]
    return f"{low:.2f} to {high:.2f}"


def _gap(gap: Mapping[str, Any] | None) -> str:
    if gap is None:
        return "-"
    value = f"{gap['difference']:+.3f}"
    value = f"**{value}**" if gap["distinguishable_holm"] else value
    return f"{value} ({gap['low']:+.3f} to {gap['high']:+.3f})"


def _average(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) and known else None


def _short(value: float) -> str:
    return f"{value:.2f}".lstrip("0")
