"""What the translators shall reach, and whether they do."""

from collections.abc import Mapping
from dataclasses import dataclass

from tabulating import (
    PLAIN,
    Record,
    clock,
    contrast_peaks,
    fixed,
    middle,
    on_gpu,
    plain_seconds,
    ratio,
)


@dataclass(frozen=True)
class Aim:
    """One aim, and each value that it is asked of."""

    text: str
    met: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """In words."""
        sides = (("met", self.met), ("MISSED", self.missed))
        found = [f"{word}: {self.text}: {'; '.join(values)}" for word, values in sides if values]
        return found or [f"not asked: {self.text}"]


def aims(measured: Record) -> list[Aim]:
    """The aims for this device, of networks as wide as the papers'."""
    if measured["width"]:
        return [Aim(f"nothing, of networks {measured['width']} channels wide")]
    found = [_speed_aim(measured)] if measured["steps"] else []
    peaks = contrast_peaks(measured)
    ratios = {
        f"{size} px": ratio(own, peaks[PLAIN, size][1])
        for (variant, size), (own, _) in peaks.items()
        if variant == "default" and (PLAIN, size) in peaks
    }
    if ratios:
        text = "DCLGAN's peak by default is at most half of plain's with a broadcast contrast"
        found.append(_sorted(Aim(text), ratios, 0.5))
    for record in measured["cut"]:
        once, again = (record["variants"][name]["images"] for name in ("once", "again"))
        text = "CUT encodes each image once (source, target, and their two fakes)"
        value = f"{once} images, {again} where keys are encoded again"
        found.append(Aim(text, (value,)) if once == 4 else Aim(text, (), (value,)))
    return found


def _speed_aim(measured: Record) -> Aim:
    ratios: dict[str, float | None] = {}
    for record in measured["steps"]:
        place = f"{record['method']} {record['size']} px"
        found = {
            name: ratio(middle(timing, clock(measured)), plain_seconds(measured, record))
            for name, timing in record["variants"].items()
            if name != PLAIN
        }
        known = {name: value for name, value in found.items() if value is not None}
        if on_gpu(measured) and known:
            best = min(known, key=known.__getitem__)
            ratios[f"{place} ({best})"] = known[best]
        elif found:
            ratios[place] = known.get("default")
    if on_gpu(measured):
        return _sorted(Aim("the fastest way takes at most 1/3 of plain"), ratios, 1 / 3)
    text = "default takes at most 0.65 of plain's CPU seconds"
    if not measured["machine"]["bfloat16_pays"]:
        return Aim(f"{text} (asked of CPUs with AVX512-BF16 or AMX only)")
    return _sorted(Aim(text), ratios, 0.65)


def _sorted(aim: Aim, ratios: Mapping[str, float | None], bound: float) -> Aim:
    """A ratio that could not be measured is missed."""
    words = {place: f"{place} {fixed(value)}" for place, value in ratios.items()}
    met = [words[p] for p, value in ratios.items() if value is not None and value <= bound]
    missed = [words[p] for p, value in ratios.items() if value is None or value > bound]
    return Aim(aim.text, tuple(met), tuple(missed))
