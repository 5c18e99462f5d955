"""A product of full size, in a process of its own, so that its peak memory can be measured.

The peak is VmHWM: ``ru_maxrss`` would be that of the process that started it, if larger.
"""

import json
import subprocess
import sys

import numpy as np
import pytest
import rasterio

SIZE = (16_700, 25_000)
PROGRAM = """
import json, sys, time
from pathlib import Path
from crosslook.scenes.sentinel1 import open_sentinel1, write_sentinel1

start, cpu = time.perf_counter(), time.process_time()
write_sentinel1(open_sentinel1(Path(sys.argv[1])), Path(sys.argv[2]))
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps({
    "seconds": time.perf_counter() - start,
    "cpu_seconds": time.process_time() - cpu,
    "peak_gib": int(peak) / 2**20,
}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("latitude", [45.0, 72.0])
def test_a_full_product_goes_in_below_2_gib(tmp_path, grd_products, latitude):
    heading = {45.0: 195.0, 72.0: 212.0}[latitude]
    track = grd_products.Track(latitude, 9.0, heading, SIZE)
    pattern = np.random.default_rng(0).rayleigh(200, (512, SIZE[1])).astype(np.uint16)
    pattern[:, :40] = 0
    numbers = dict.fromkeys(["VV", "VH"], lambda top, rows: pattern[:rows])
    product = grd_products.GrdProduct(track=track, numbers=numbers)
    path = grd_products.write_product(tmp_path, product)

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path, tmp_path / "out.tif"],
        check=True,
        capture_output=True,
        text=True,
    )

    found = json.loads(done.stdout)
    gpx = 2 * SIZE[0] * SIZE[1] / 1e9
    with rasterio.open(tmp_path / "out.tif") as made:
        shape = f"{made.height} x {made.width}"
    print(
        f"\n{latitude:.0f}° N: {gpx:.3f} Gpx to {shape} px: "
        f"{found['seconds'] / gpx:.0f} s per Gpx ({found['cpu_seconds'] / gpx:.0f} CPU-s), "
        f"peak {found['peak_gib']:.2f} GiB"
    )
    assert found["peak_gib"] < 2
