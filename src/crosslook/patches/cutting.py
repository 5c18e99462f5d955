"""Scenes -> patch sets: grids for translators, windows around places for detectors."""

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely

from crosslook.patches.annotations import Place, read_labelled_area, read_places
from crosslook.patches.detection_windows import Grey, around_places, without_places
from crosslook.patches.patch_set import Patch, Pixels, fill_patch_set, write_pixels
from crosslook.patches.tile_params import DetectionWindows, UnlabelledWindows
from crosslook.patches.visibility import count_once, unlabelled_parts, visible_places
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.cloud_raster import CloudMap, read_cloud_map
from crosslook.scenes.composites import Settings, bands_read, composite
from crosslook.scenes.raster import each_composite, open_scene, read_overview
from crosslook.scenes.windows import Window, by_row, grid
from crosslook.writing import whole_folder

OVERVIEW_PX = 1024
ANY_DATA = 1e-9  # a share of data that one pixel exceeds in a patch of any size

Dropped = Literal["no data", "constant"]


def write_unlabelled(
    folder: Path,
    scenes: Sequence[Scene],
    settings: Settings,
    windows: UnlabelledWindows,
    contract: Mapping[str, Any],
    workers: int = 1,
) -> dict[str, Any]:
    """Cut a grid over every scene and write the patch set.

    Args:
        folder: of the patch set.
        scenes: of one sensor.
        settings: of the composite.
        windows: the grid.
        contract: of every pixel.
        workers: threads; the result does not depend on them.

    Returns:
        what was kept and dropped, by reason, for results/.
    """
    kept: Counter[str] = Counter()
    dropped: Counter[str] = Counter()

    def fill(images: Path) -> Iterator[Patch]:
        for scene in scenes:
            chosen = dict.fromkeys(
                grid(scene.size, windows.size_px, windows.stride_px), windows.min_valid
            )
            if not chosen:
                dropped["scene smaller than a patch"] += 1
            for made in _cut(images, scene, settings, chosen, contract, workers):
                if isinstance(made, str):
                    dropped[made] += 1
                else:
                    kept[scene.id] += 1
                    yield made

    fill_patch_set(folder, fill, contract)
    return {"patches": kept.total(), "by_scene": _counts(scenes, kept), "dropped": dict(dropped)}


def write_grids(
    folder: Path,
    chosen: Mapping[str, Sequence[Scene]],
    settings: Mapping[str, Settings],
    windows: UnlabelledWindows,
    contracts: Mapping[str, Mapping[str, Any]],
    workers: int = 1,
) -> dict[str, dict[str, Any]]:
    """Write a patch set ``folder``/DOMAIN for each domain of ``chosen``, and nothing else there.

    Args:
        folder: replaced whole; empty if nothing is chosen.
        chosen: scenes by domain.
        settings: of the composites, by domain.
        windows: of the grid.
        contracts: of every pixel, by domain.
        workers: threads; the result does not depend on them.

    Returns:
        what was kept and dropped, by the set's name below ``folder``'s parent.
    """
    with whole_folder(folder) as temporary:
        return {
            f"{folder.name}/{domain}": write_unlabelled(
                temporary / domain, scenes, settings[domain], windows, contracts[domain], workers
            )
            for domain, scenes in chosen.items()
        }


def write_labelled(
    folder: Path,
    scenes: Sequence[Scene],
    settings: Settings,
    windows: DetectionWindows,
    classes: Sequence[str],
    contract: Mapping[str, Any],
    seed: int | None,
    workers: int = 1,
) -> dict[str, Any]:
    """Cut patches around the places of every scene, and some without any; write the patch set.

    Args:
        folder: of the patch set.
        scenes: each with labels.
        settings: of the composite.
        windows: size and counts.
        classes: what is to be found; places of other classes are background.
        contract: of every pixel.
        seed: moves the windows. None for sets that judge: their windows depend on nothing but the
            scenes and the labels, and each place counts in one patch only.
        workers: threads; the result does not depend on them.

    Returns:
        what was kept and dropped, and the boxes, for results/.

    Raises:
        InputError: if a scene has no labels or they are damaged.
    """
    categories = {name: i for i, name in enumerate(classes, start=1)}
    coco: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [
            {"id": i, "name": name, "supercategory": "place"} for name, i in categories.items()
        ],
    }
    kept: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    places: Counter[str] = Counter()
    whole: set[str] = set()

    def fill(images: Path) -> Iterator[Patch]:
        for scene in scenes:
            found = [place for place in read_places(scene) if place.name in categories]
            places.update(place.name for place in found)
            area = read_labelled_area(scene)
            chosen = _windows(scene, found, area, settings, windows, seed)
            for made in _cut(images, scene, settings, chosen, contract, workers):
                if isinstance(made, str):
                    dropped[made] += 1
                else:
                    kept[scene.id] += 1
                    rows = visible_places(made.window, found, categories, windows)
                    whole.update(row["place"] for row in rows if not row["truncated"])
                    rows += unlabelled_parts(made.window, area, categories)
                    _append(coco, made, rows)
                    yield made
        if seed is None:
            count_once(coco["annotations"])

    fill_patch_set(folder, fill, contract, coco)
    return {
        "patches": kept.total(),
        "by_scene": _counts(scenes, kept),
        "dropped": dict(dropped),
        "places": {name: places[name] for name in classes},
        "places_never_whole": places.total() - len(whole),
    } | _count_boxes(coco)


def make_patch(
    scene: Scene,
    window: Window,
    pixels: Pixels,
    contract: Mapping[str, Any],
    clouds: CloudMap | None = None,
) -> Patch:
    """The record of one window of a scene; ``clouds`` gives shares of clouds and snow."""
    column, row = window[:2]
    a, b, c, d, e, f = scene.transform
    mixed = contract["unit"] not in (scene.radiometry.unit, scene.radiometry.unit_db)
    return Patch(
        name=f"{scene.id}_r{row:05d}_c{column:05d}",
        scene=scene.id,
        window=window,
        crs=scene.crs,
        transform=(a, b, c + a * column + b * row, d, e, f + d * column + e * row),
        valid=np.count_nonzero(pixels[0]) / pixels[0].size,
        polarisations=contract["polarisations"] or 2,
        notes=({"unit": scene.radiometry.unit} if mixed else {})
        | (clouds.shares(window) if clouds is not None else {}),
    )


def is_constant(pixels: Pixels) -> bool:
    """Whether all valid pixels of (3, H, W) have one colour, so that there is nothing to see."""
    valid = pixels[0] > 0
    first = pixels[:, *np.unravel_index(valid.argmax(), valid.shape)]
    return not ((pixels != first[:, None, None]) & valid).any()


def _cut(
    images: Path,
    scene: Scene,
    settings: Settings,
    windows: Mapping[Window, float],
    contract: Mapping[str, Any],
    workers: int,
) -> Iterator[Patch | Dropped]:
    """Write the patches of one scene; each of them, or why it was dropped, by row.

    ``windows`` gives the least share of data of each window.
    """
    clouds = read_cloud_map(scene)

    def keep(window: Window, pixels: Pixels) -> Patch | Dropped:
        patch = make_patch(scene, window, pixels, contract, clouds)
        if patch.valid < windows[window]:
            return "no data"
        if is_constant(pixels):
            return "constant"
        write_pixels(images / f"{patch.name}.tif", pixels, patch, contract)
        return patch

    return each_composite(scene, settings, by_row(list(windows)), keep, workers)


def _windows(
    scene: Scene,
    places: Sequence[Place],
    area: shapely.Geometry,
    composites: Settings,
    settings: DetectionWindows,
    seed: int | None,
) -> dict[Window, float]:
    """Every chosen window with its least share of data: any for those chosen for a place."""
    own = zlib.crc32(scene.id.encode())
    jitter = None if seed is None else np.random.default_rng([seed, own, 0])
    draws = np.random.default_rng([0 if seed is None else seed, own, 1])
    around = around_places(places, area, scene.size, settings, jitter)
    least = max(settings.min_valid, ANY_DATA)
    if settings.negatives_per_scene == 0:
        return dict.fromkeys(around, ANY_DATA)
    grey = _grey_overview(scene, composites)
    free = without_places(places, area, scene.size, grey, settings, draws)
    return dict.fromkeys(free, least) | dict.fromkeys(around, ANY_DATA)


def _grey_overview(scene: Scene, settings: Settings) -> Grey:
    """The composite's mean over bands, decimated; NaN where there is no data."""
    with open_scene(scene) as dataset:
        stored = read_overview(dataset, OVERVIEW_PX)
    bands = scene.radiometry.index(bands_read(scene.radiometry, settings))
    made = composite(stored[bands], scene.radiometry, settings)
    return np.where(made[0] > 0, made.mean(axis=0), np.nan).astype(np.float32)


def _append(coco: dict[str, Any], patch: Patch, rows: Sequence[Mapping[str, Any]]) -> None:
    image_id = len(coco["images"]) + 1
    coco["images"].append(
        {
            "id": image_id,
            "file_name": f"{patch.name}.tif",
            "width": patch.window[2],
            "height": patch.window[3],
            "geo": {
                "scene": patch.scene,
                "window": list(patch.window),
                "crs": patch.crs,
                "transform": list(patch.transform),
            },
        }
    )
    for row in rows:
        own = {"id": len(coco["annotations"]) + 1, "image_id": image_id}
        coco["annotations"].append(own | dict(row))


def _counts(scenes: Sequence[Scene], kept: Counter[str]) -> dict[str, int]:
    return {scene.id: kept[scene.id] for scene in scenes}


def _count_boxes(coco: Mapping[str, Any]) -> dict[str, Any]:
    real = [row for row in coco["annotations"] if not row["iscrowd"]]
    names = {category["id"]: category["name"] for category in coco["categories"]}
    boxes = Counter(names[row["category_id"]] for row in real)
    return {
        "boxes": {name: boxes[name] for name in names.values()},
        "truncated": sum(row["truncated"] for row in real),
        "ignored": len(coco["annotations"]) - len(real),
        "repeated": sum(row["repeated"] for row in coco["annotations"]),
        "patches_without_places": len(coco["images"]) - len({row["image_id"] for row in real}),
    }
