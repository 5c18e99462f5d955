"""Precision and recall of the cloud and snow masks on simulated scenes, where the truth is known.

    python -m benchmarks.clouds --scenes 4 --size 768
    python -m benchmarks.clouds --real dualpol/S2L1C/*.tif

The second says what the rules find in real L1C patches, 13 bands of DN with offset -1000 at 10 m.

Scenes are reflectances of six bands at 10 m, averaged to the 20 m of the class raster. Recall is of
pixels that are covered by more than half; precision is told twice, for pixels covered by more than
half and for pixels covered by more than a twentieth, as thin edges are. The simulated ground is
simpler than the real one: the figures say that the rules do what they should, not how well they do
over a real port.
"""

import argparse
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio

from crosslook.scenes import cloud_probability
from crosslook.scenes.cloud_shadows import Sun, dark_land, find_shadows
from crosslook.scenes.clouds import C, CloudRules, classify, tidy
from crosslook.scenes.sentinel2 import BANDS
from crosslook.simulate import infrared, optical
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

Mask = npt.NDArray[np.bool_]
Layer = npt.NDArray[np.float32]
PIXEL_M = 20.0
PARAMS = SimulateParams(snow_above=0.6, cloud_share=0.15)
HALF, SOME = 0.5, 0.05
SUN = Sun(zenith=45.0, azimuth=214.7)  # where the simulated shadows come from


def main() -> None:
    """Print one line per mask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=4)
    parser.add_argument("--size", type=int, default=768)
    parser.add_argument("--real", type=Path, nargs="+")
    chosen = parser.parse_args()
    if chosen.real:
        _look_at(chosen.real)
        return
    counts: dict[str, Any] = {}
    for seed in range(chosen.scenes):
        for name, (found, cover) in _masks(seed, chosen.size).items():
            half, some = cover > HALF, cover > SOME
            new = [found & half, found & some, found, half]
            counts[name] = counts.get(name, 0) + np.array([mask.sum() for mask in new])
    print(f"{chosen.scenes} simulated scenes of {chosen.size} px, 20 m")
    print(f"{'mask':42} {'true share':>10} {'precision':>10} {'of any':>8} {'recall':>8}")
    area = chosen.scenes * (chosen.size // 2) ** 2
    for name, (both, touched, found_px, true_px) in counts.items():
        print(
            f"{name:42} {true_px / area:10.3f} {both / found_px:10.3f} "
            f"{touched / found_px:8.3f} {both / true_px:8.3f}"
        )


def _look_at(patches: Sequence[Path]) -> None:
    """Print the shares that are found in real patches."""
    print(f"{'patch':16} {'cloud':>6} {'snow':>6} {'cloud, sand white':>18} {'s2cloudless':>12}")
    for path in patches:
        with rasterio.open(path, driver="GTiff") as file:
            seen = (file.read().astype(np.float32) - 1000) / 10_000
        bands = {name: _halved(layer) for name, layer in zip(BANDS, seen, strict=True)}
        valid = np.ones(bands["B02"].shape, np.bool_)
        made, lax = (
            tidy(classify(bands, valid, rules), PIXEL_M, rules)
            for rules in (CloudRules(), CloudRules(whiteness=0.0))
        )
        cloud, snow = (made == C.CLOUD).mean(), (made == C.SNOW).mean()
        sandy = (lax == C.CLOUD).mean()
        print(f"{path.stem:16} {cloud:6.3f} {snow:6.3f} {sandy:18.3f} {_model(bands):>12}")


def _model(bands: Mapping[str, Layer]) -> str:
    """The share of cloud by s2cloudless, averaged over 80 m."""
    if find_spec("s2cloudless") is None:
        return "not run"
    from s2cloudless import S2PixelCloudDetector

    detector = S2PixelCloudDetector(
        threshold=cloud_probability.THRESHOLD, average_over=4, dilation_size=2, all_bands=False
    )
    ten = np.stack([bands[name] for name in cloud_probability.BANDS], axis=-1)
    return f"{detector.get_cloud_masks(ten[None]).mean():.3f}"


def _masks(seed: int, size: int) -> dict[str, tuple[Mask, Layer]]:
    """What was found and the true cover, by mask."""
    world, rules = make_world((seed, 0), size, PARAMS), CloudRules()
    visible = optical.render_optical(world, PARAMS).astype(np.float32) * np.float32(optical.SCALE)
    other = infrared.render_infrared(world, PARAMS)
    layers = zip((*optical.BANDS, *infrared.BANDS), (*visible, *other), strict=True)
    bands = {name: _halved(layer) for name, layer in layers}
    truth = infrared.true_cover(world, PARAMS)
    cloud, shadow, snow = (_halved(one) for one in (truth.cloud, truth.shadow, truth.snow))
    valid = np.ones(cloud.shape, np.bool_)
    raw = classify(bands, valid, rules)
    tidied = tidy(raw, PIXEL_M, rules)
    shaded = find_shadows(tidied, dark_land(bands["B03"], bands["B08"]), PIXEL_M, SUN)
    bright = classify({name: bands[name] for name in optical.BANDS}, valid, rules)
    land = bands["B08"] > bands["B03"]
    return {
        "cloud, B10 alone": (bands["B10"] > rules.cirrus, cloud),
        "cloud, all rules": (raw == C.CLOUD, cloud),
        "cloud, without narrow ones, grown by 60 m": (tidied == C.CLOUD, cloud),
        "snow": (raw == C.SNOW, snow),
        "snow, without narrow patches": (tidied == C.SNOW, snow),
        "shadow on land": (shaded == C.SHADOW, shadow * (land & (shaded != C.CLOUD))),
        "bright (B02 alone) as cloud or snow": (bright == C.BRIGHT, cloud + snow),
    }


def _halved(layer: Layer) -> Layer:
    height, width = layer.shape
    means: Layer = layer.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return means


if __name__ == "__main__":
    main()
