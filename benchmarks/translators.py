"""How fast the translators train and translate, and how much memory that takes.

    python benchmarks/translators.py                    # 128 and 256 px on the CPU
    python benchmarks/translators.py --device cuda      # 256, 512 and 600 px on a GPU

Needs torch and numpy and nothing else. ``plain`` is a float32 loop of the same mathematics without
extras; ``default`` is what crosslook does unless told otherwise. Networks have the papers' widths,
the batch is 1. What is measured, and how, stands in measuring.py and clocks.py.
"""

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

PARTS = ("rates", "steps", "memory", "dclgan", "cut", "translation")
KEYS = ("method", "size", "variant", "way", "work")  # what a record is known by
Record = dict[str, Any]
Planned = tuple[str, str, Callable[..., Record], tuple[Any, ...]]  # part, words, function, its args


def main() -> int:
    """Measure, print, write.

    Returns:
        0; with --strict 1 if an aim is missed.
    """
    told = _arguments()
    # Threads that wait asleep: spinning ones burn the time of whoever shares the machine.
    os.environ |= {"OMP_NUM_THREADS": str(told.threads), "OMP_WAIT_POLICY": "PASSIVE"}
    measured = _measure(told)
    from aims import aims
    from layout import as_markdown, as_text
    from tabulating import tables

    found = aims(measured)
    lines = [line for aim in found for line in aim.lines()]
    about = _about(measured)
    texts = [as_text(table) for table in tables(measured)]
    wrapped = ["\n".join(textwrap.wrap(x, 100, subsequent_indent="  ")) for x in [about, *lines]]
    print("\n\n".join(["", wrapped[0], *texts, "\n".join(wrapped[1:])]))
    if told.markdown:
        pages = [as_markdown(table) for table in tables(measured)]
        marks = "\n".join(f"- {line}" for line in lines)
        told.markdown.write_text("\n\n".join([about, *pages, marks]) + "\n")
    return 1 if told.strict and any(aim.missed for aim in found) else 0


def _measure(told: argparse.Namespace) -> Record:
    from measuring import machine

    about = machine if told.device == "cpu" else partial(_alone, machine)
    measured: Record = {"machine": about(told.device, told.threads), "width": told.width}
    measured |= {part: [] for part in PARTS}
    if told.add:
        _add(measured, told.add)
    for part, words, work, given in _plan(told):
        print(f"{words} ...", file=sys.stderr, flush=True)
        record = _alone(work, *given)
        others = [r for r in measured[part] if any(r.get(k) != record.get(k) for k in KEYS)]
        measured[part] = [*others, record]
        if told.json:
            told.json.write_text(json.dumps(measured, indent=1) + "\n")
    return measured


def _plan(told: argparse.Namespace) -> list[Planned]:
    """What was asked for, in order."""
    from comparing import measure_broadcast_memory, measure_keys
    from measuring import Job, measure_memory, measure_rates, measure_steps, measure_translation
    from variants import known_variants

    known, first = known_variants(told.device), told.sizes[0]
    variants = tuple(known[name] for name in told.variants)
    usual = (known["default"],)
    job = Job("cut", first, told.device, told.threads, variants, told.repeats, told.width)
    plan: list[Planned] = [
        ("rates", "measured rate of the device", measure_rates, (job, told.rate_side))
    ]
    for size in told.sizes:
        for method in told.methods:
            here, words = replace(job, method=method, size=size), f"{method} {size} px"
            plan.append(("steps", f"{words}: seconds per step", measure_steps, (here,)))
            for one in () if here.on_gpu else variants:  # a GPU's peaks come with its seconds
                alone = replace(here, variants=(one,))
                plan.append(("memory", f"{words}: memory, {one.name}", measure_memory, (alone,)))
    for one in (known["plain"], known["default"]):
        alone, words = replace(job, method="dclgan", variants=(one,)), f"dclgan: memory, {one.name}"
        plan.append(("dclgan", words, measure_memory, (alone,)))
        plan.append(("dclgan", f"{words}, broadcast", measure_broadcast_memory, (alone,)))
    plan.append(("cut", "cut: keys", measure_keys, (replace(job, variants=usual),)))
    for method in told.methods:
        here = replace(job, method=method, size=told.patch, variants=usual)
        given = (here, told.together)
        plan.append(("translation", f"{method}: translation", measure_translation, given))
    return [planned for planned in plan if planned[0] in told.parts]


def _alone(work: Callable[..., Record], *given: Any) -> Record:
    """Do ``work`` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def _add(measured: Record, path: Path) -> None:
    """Take what an earlier run on this machine wrote."""
    earlier = json.loads(path.read_text())
    for key in ("machine", "width"):
        if earlier[key] != measured[key]:
            sys.exit(f"--add: {path} was measured with {earlier[key]}, not {measured[key]}.")
    measured |= earlier


def _about(measured: Record) -> str:
    machine = measured["machine"]
    threads = f"{machine['threads']} threads, " if machine["device"] == "cpu" else ""
    return f"{machine['name']}, {threads}torch {machine['torch']}."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--device", default="cpu", help="cpu, or cuda")
    add("--threads", type=int, default=2)
    add("--methods", nargs="+", help="of the six")
    add("--sizes", nargs="+", type=int, help="pixels a side, multiples of 4")
    add("--variants", nargs="+", help="ways to run a step; plain is what the others are held to")
    add("--parts", nargs="*", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    add("--repeats", type=int, default=3, help="timings, of which the median is shown")
    add("--width", type=int, help="channels of all networks, to try things out; else the papers'")
    add("--patch", type=int, default=870, help="pixels a side of a patch to translate")
    add("--together", type=int, help="patches to translate at once, if memory holds them")
    add("--rate-side", type=int, help="rows of the matrices that the device's rate is measured by")
    add("--json", type=Path, help="write all measurements to this file, after each")
    add("--add", type=Path, help="show what an earlier run wrote with --json beside this one")
    add("--markdown", type=Path, help="write the tables to this file")
    add("--strict", action="store_true", help="end with 1 if an aim is missed")
    told = parser.parse_args()
    on_gpu = told.device.startswith("cuda")
    told.sizes = told.sizes or ([256, 512, 600] if on_gpu else [128, 256])
    told.together = told.together or (8 if on_gpu else 2)
    told.rate_side = told.rate_side or (8192 if on_gpu else 2048)
    from variants import METHODS, known_variants, usual_variants

    told.methods = told.methods or list(METHODS)
    if unknown := [name for name in told.methods if name not in METHODS]:
        parser.error(f"--methods: {unknown} are not among {', '.join(METHODS)}.")
    known = known_variants(told.device)
    told.variants = told.variants or usual_variants(told.device)
    if unknown := [name for name in told.variants if name not in known]:
        parser.error(f"--variants: {unknown} are not among {', '.join(known)} on {told.device}.")
    return told


if __name__ == "__main__":
    sys.exit(main())
