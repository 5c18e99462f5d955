"""Measurements of a translator's training step and translation, each made in its own process.

Random patches that lie ready on the device: reading data is not timed. Steps are numbered from
60 001 on, where all losses of Council-GAN have set in. What seconds, operations and peak memory
are stands in clocks.py; the peak of a step is counted from where networks and optimisers were
built, so gradients, Adam's moments and all that a step keeps count, weights and libraries do not
(on a GPU, weights do).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import conv2d, pad

from clocks import Record, empty, operations, peak, start_peak, timed
from crosslook.translators.compiling import begin_graphs, make_fast
from crosslook.translators.methods import create
from crosslook.translators.pixels import to_network, to_pixels
from crosslook.translators.precision import bfloat16_pays, use_bfloat16
from crosslook.translators.stepping import build_optimisers, take_step
from crosslook.translators.translating import translate_pixels
from crosslook.translators.translator import Translator
from variants import Variant, settings_of

FIRST_STEP = 60_001


@dataclass(frozen=True)
class Job:
    """One measurement."""

    method: str
    size: int  # pixels a side
    device: str
    threads: int
    variants: tuple[Variant, ...]
    repeats: int
    width: int | None = None  # channels of all networks; None: the paper's

    @property
    def on_gpu(self) -> bool:
        return self.device.startswith("cuda")

    @property
    def steps(self) -> int:
        """That are timed together: on a GPU a single one is too short."""
        return 10 if self.on_gpu else 1


def measure_steps(job: Job) -> Record:
    """Operations, and seconds per step of each variant, taken in turns: a b a b ...

    On a GPU also the peak bytes of each, which its allocator can tell from those of the others.
    """
    torch.set_num_threads(job.threads)
    steps: dict[str, Callable[[], None]] = {}
    flops, found = 0, {variant.name: empty() for variant in job.variants}
    for variant in job.variants:
        found[variant.name]["precision"] = variant.runs_in(job.device)
        others = torch.cuda.memory_allocated() if job.on_gpu else 0
        with noting_errors(found[variant.name]):
            step = stepper(_built(job), variant, job)
            if not flops and variant.compile == "off":
                flops = operations(step)
            start_peak(job.device)
            for _ in range(3 if job.on_gpu else 1):
                step()
            steps[variant.name] = step
            if job.on_gpu:
                found[variant.name]["peak"] = peak(job.device) - others
    for _ in range(job.repeats):
        for name, step in steps.items():
            if not found[name]["error"]:
                with noting_errors(found[name]):
                    timed(step, job.steps, job.device, found[name])
    return {"method": job.method, "size": job.size, "flops": flops, "variants": found}


def measure_memory(job: Job) -> Record:
    """Peak bytes of the only variant of ``job``; the first step makes Adam's moments."""
    torch.set_num_threads(job.threads)
    (variant,) = job.variants
    found: Record = {"method": job.method, "size": job.size, "variant": variant.name}
    found |= {"peak": None, "error": None}
    with noting_errors(found):
        step = stepper(_built(job), variant, job)
        start = start_peak(job.device)
        for _ in range(2 if variant.compile == "off" else 4):
            step()
        found["peak"] = peak(job.device) - start
    return found


def measure_translation(job: Job, batch: int) -> Record:
    """Seconds per patch: one at a time, and ``batch`` at once, or as many as memory holds.

    On a CPU each is done once: a patch takes many seconds there.
    """
    torch.set_num_threads(job.threads)
    translator = _built(job)
    shape = (batch, 3, job.size, job.size)
    patches = np.random.default_rng(0).integers(1, 256, shape).astype(np.uint8)
    one, many, repeats = empty(), empty(), job.repeats if job.on_gpu else 1
    translate_pixels(translator, patches[0, :, :64, :64])
    for _ in range(repeats):
        timed(partial(translate_pixels, translator, patches[0]), 1, job.device, one)
    while batch > 1 and not many["wall"]:
        try:
            work = partial(_translate_together, translator, patches[:batch])
            for _ in range(repeats):
                timed(work, 1, job.device, many)
        except torch.OutOfMemoryError:
            batch, many = batch // 2, empty()
    for clock in ("wall", "cpu"):
        many[clock] = [seconds / batch for seconds in many[clock]]
    return {"method": job.method, "size": job.size, "batch": batch, "one": one, "many": many}


def measure_rates(job: Job, side: int) -> Record:
    """The most operations per second of each clock, in each precision.

    Of a product of matrices with ``side`` rows and columns, and of a residual block's convolution
    with about as many operations; the best of several.
    """
    torch.set_num_threads(job.threads)
    images = max(1, side**3 // (9 * 256**2 * 64**2))
    rates: Record = {}  # work and precision -> clock -> operations per second
    for precision in (torch.float32, torch.bfloat16):
        like: dict[str, Any] = {"device": job.device, "dtype": precision}
        a, b = torch.rand(side, side, **like), torch.rand(side, side, **like)
        x, w = torch.rand(images, 256, 64, 64, **like), torch.rand(256, 256, 3, 3, **like)
        flops = 2 * 9 * 256**2 * 64**2 * images
        works: dict[str, tuple[int, Callable[[], object]]] = {
            "product": (2 * side**3, partial(torch.matmul, a, b)),
            "convolution": (flops, partial(conv2d, x, w, padding=1)),
        }
        for name, (flops, work) in works.items():
            found = empty()
            work()
            for _ in range(max(5, job.repeats)):
                timed(work, job.steps, job.device, found)
            best = {clock: flops / min(found[clock]) for clock in ("wall", "cpu")}
            rates[f"{name} {str(precision).removeprefix('torch.')}"] = best
    return {"work": rates}


def machine(device: str, threads: int) -> Record:
    """What the measurements are made on."""
    name = "CPU"
    if device.startswith("cuda"):
        name = torch.cuda.get_device_name()
    elif (cpuinfo := Path("/proc/cpuinfo")).exists():
        lines = cpuinfo.read_text().splitlines()
        name = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), name)
    return {
        "device": device,
        "name": name,
        "threads": threads,
        "torch": torch.__version__,
        "bfloat16_pays": bfloat16_pays(device),
    }


def stepper(translator: Translator, variant: Variant, job: Job) -> Callable[[], None]:
    """A function that takes the next training step."""
    training, flags = variant.training(job.device, job.size), torch.backends.cudnn
    if variant.fused:
        make_fast(translator, training)
    benchmark = flags.benchmark and variant.fused  # plain: without extras
    bfloat16 = use_bfloat16(training.precision, training.device)
    updates = translator.updates()
    optimisers = build_optimisers(updates, fused=variant.fused)
    if job.on_gpu and not variant.fused:  # as torch does unless told otherwise
        for optimiser in optimisers.values():
            optimiser.param_groups[0]["foreach"] = True
    draw = torch.Generator().manual_seed(0)
    shape = (2, 1, 3, job.size, job.size)
    source, target = (torch.rand(shape, generator=draw) * 2 - 1).to(job.device)
    numbers = iter(range(FIRST_STEP, sys.maxsize))

    def step() -> None:
        flags.benchmark, flags.allow_tf32 = benchmark, variant.tf32
        translator.begin_step(0, next(numbers))
        begin_graphs(training)
        take_step(translator, updates, optimisers, source, target, bfloat16)

    return step


def _built(job: Job) -> Translator:
    return create(job.method, settings_of(job.method, job.width), 3, 3, 0).to(job.device)


@contextmanager
def noting_errors(found: Record) -> Iterator[None]:
    """Note an error of one variant, so that the others are measured still."""
    try:
        yield
    except Exception as error:
        found["error"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]


def _translate_together(translator: Translator, patches: Any) -> Any:
    """As ``translate_pixels``, for (B, C, H, W)."""
    height, width = patches.shape[2:]
    device = next(translator.parameters()).device
    with torch.inference_mode():
        source = to_network(patches, device)
        padded = pad(source, (0, -width % 4, 0, -height % 4), mode="reflect")
        return to_pixels(translator.translate(padded)[:, :, :height, :width])
