"""How long a training step of the land-cover model takes, and how much memory.

    python benchmarks/classifier.py                    # the paper's size: resnet50, 256 px
    python benchmarks/classifier.py --backbone resnet18 --size 64 --batch 16
    python benchmarks/classifier.py --device cuda --batch 64

Random patches lie ready on the device: reading and drawing are not timed. Each configuration runs
in a process of its own. The peak of a step is counted from where networks and optimiser were
built: gradients, Adam's moments and all that a step keeps count, weights and libraries do not (on
a GPU, weights do). Clocks are those of clocks.py.
"""

import argparse
import json
import os
import statistics
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

BANDS = {"s1": 2, "s2": 13}
CLASSES = 10
Record = dict[str, Any]


def main() -> None:
    """Measure, print, write."""
    told = _arguments()
    # Threads that wait asleep: spinning ones burn the time of whoever shares the machine.
    os.environ |= {"OMP_NUM_THREADS": str(told.threads), "OMP_WAIT_POLICY": "PASSIVE"}
    print(
        f"{told.backbone}, {told.size} px, {told.batch} patches of each sensor, {told.device}, "
        f"{told.threads} threads, load {os.getloadavg()[0]:.1f}"
    )
    heads = f"{'parameters':>13}{'wall s':>9}{'CPU s':>9}{'peak GiB':>10}{'TFLOP':>8}"
    print(f"{'configuration':14}{heads}")
    records = []
    for name in told.configurations:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found = pool.submit(measure, name, told).result()
        records.append(found)
        seconds = "".join(f"{statistics.median(found[clock]):>9.2f}" for clock in ("wall", "cpu"))
        size = f"{found['peak'] / 2**30:>10.2f}{found['flops'] / 1e12:>8.2f}"
        print(f"{name:14}{found['parameters'] / 1e6:>11.1f} M{seconds}{size}", flush=True)
        if told.json:
            told.json.write_text(json.dumps(records, indent=1) + "\n")


def measure(name: str, told: argparse.Namespace) -> Record:
    """Seconds of each repeat, peak bytes and operations of a step of one configuration."""
    import torch

    from clocks import empty, operations, peak, start_peak, timed
    from crosslook.classifier.configurations import configuration_named
    from crosslook.classifier.network import LandCoverNetwork
    from crosslook.classifier.patches import Batch
    from crosslook.classifier.settings import NetworkSettings, TrainingSettings
    from crosslook.classifier.stepping import moment
    from crosslook.classifier.training import build_optimiser, take_step, use_bfloat16

    torch.set_num_threads(told.threads)
    torch.manual_seed(0)
    configuration = configuration_named(name, BANDS)
    bands = {sensor: BANDS[sensor] for sensor in configuration.sensors}
    settings = TrainingSettings(
        steps=100, batch=told.batch, device=told.device, precision=told.precision
    )
    rows, size = told.batch * len(bands), told.size
    batch = Batch(
        {sensor: torch.randn(told.batch, number, size, size) for sensor, number in bands.items()},
        {
            "sensor": torch.arange(len(bands)).repeat_interleave(told.batch),
            "shares": torch.randn(rows, CLASSES).mul(3).softmax(dim=1),
            "place": torch.arange(rows),
            "scene": torch.arange(rows),
            "positions": torch.tensor([[0, 0, size, size]]).repeat(rows, 1),
        },
    ).to(told.device)
    network = LandCoverNetwork(bands, CLASSES, NetworkSettings(told.backbone)).to(told.device)
    network.train()
    optimiser = build_optimiser(network, settings)
    now = moment(100, 100, settings.losses, settings.mining)
    halved = use_bfloat16(told.precision, told.device)

    def step() -> None:
        take_step(network, optimiser, configuration, batch, settings, now, halved)

    found: Record = {"configuration": name, "precision": "bfloat16" if halved else "float32"}
    found["parameters"] = sum(parameter.numel() for parameter in network.parameters())
    start = start_peak(told.device)
    step()
    step()
    found["peak"] = peak(told.device) - start
    found["flops"] = operations(step)
    found |= empty()
    for _ in range(told.repeats):
        timed(step, 1 if told.device == "cpu" else 10, told.device, found)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--backbone", default="resnet50", choices=["resnet18", "resnet50", "tiny"])
    add("--size", type=int, default=256, help="pixels a side")
    add("--batch", type=int, default=2, help="patches of each sensor")
    add("--configurations", nargs="+", default=["baseline_s1", "baseline_s2", "c", "c_t_m"])
    add("--device", default="cpu", choices=["cpu", "cuda"])
    add("--precision", default="auto", choices=["auto", "float32", "bfloat16"])
    add("--threads", type=int, default=1)
    add("--repeats", type=int, default=3, help="timings, of which the median is shown")
    add("--json", type=Path, help="write all measurements to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
