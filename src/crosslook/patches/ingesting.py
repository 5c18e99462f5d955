"""Own scenes and labels -> data/: all of them, or nothing."""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rasterio.transform import Affine

from crosslook.errors import InputError
from crosslook.patches.drawings import Reading
from crosslook.patches.label_shares import share_out
from crosslook.scenes.catalogue import (
    FILE,
    SPLITS,
    Scene,
    Split,
    read_catalogue,
    require_domain_name,
    write_catalogue,
)
from crosslook.scenes.cloud_raster import write_classes
from crosslook.scenes.composites import bands_read
from crosslook.scenes.incoming import Incoming, rewrite
from crosslook.scenes.radiometry import Sensor
from crosslook.scenes.stretches import SarComposite
from crosslook.writing import whole_file


@dataclass(frozen=True)
class LabelFiles:
    """Labels and the areas in which they are complete."""

    labels: Path | None = None
    areas: Path | None = None
    class_name: str | None = None  # for labels without a property "class"
    reading: Reading = field(default_factory=Reading)  # of the labels


@dataclass(frozen=True)
class Ingested:
    """One scene that is now in data/."""

    scene: Scene
    labels: int
    labels_elsewhere: int  # labels of the file that belong to other scenes


@dataclass(frozen=True)
class _Ready:
    scene: Scene
    found: Incoming
    labels: list[dict[str, Any]] | None
    area: list[dict[str, Any]] | None


def ingest(
    folder: Path,
    files: Sequence[Path],
    sensor: Sensor,
    look: Callable[[Path], Incoming],
    label_files: LabelFiles,
    split: str | None = None,
    id_prefix: str = "",
    domain: str = "",
) -> list[Ingested]:
    """Check files and labels, copy them into ``folder``, and add them to its scenes.json.

    ``look`` examines one file, a GeoTIFF or a product, and says what it is. Labels go to the scene
    that their property "scene" names by its file stem or its id, and otherwise to every scene that
    they touch. Scenes of a ``domain`` of their own are for translators, and have no labels.

    Raises:
        InputError: if anything is missing or contradicts itself; nothing was changed then.
        DiskError: if something cannot be written; nothing was changed then.
    """
    own_split = _split(split, label_files, require_domain_name(domain))
    present = read_catalogue(folder) if (folder / FILE).exists() else []
    scenes = [
        (replace(scene, domain=domain), found)
        for scene, found in _scenes(folder, files, sensor, look, own_split, id_prefix, present)
    ]
    stems = {scene.id: _stem(file) for file, (scene, _) in zip(files, scenes, strict=True)}
    only = [scene for scene, _ in scenes]
    labels, elsewhere = share_out(
        label_files.labels, only, stems, label_files.class_name, reading=label_files.reading
    )
    areas, _ = share_out(label_files.areas, only, stems, with_class=False)
    ready = []
    for scene, found in scenes:
        mine, area = labels.get(scene.id), areas.get(scene.id)
        if label_files.labels is not None and not mine and not area:
            raise InputError(
                f"no label of {label_files.labels} lies in {stems[scene.id]}: ingest that scene "
                "without --labels, or draw its labelled area (--areas) if it is truly empty."
            )
        ready.append(
            _Ready(_with_labels(folder, scene, label_files, bool(area)), found, mine, area)
        )
    _write(folder, present, ready)
    return [Ingested(one.scene, len(one.labels or []), elsewhere) for one in ready]


def _split(split: str | None, files: LabelFiles, domain: str) -> Split:
    if domain and (files.labels is not None or files.areas is not None):
        raise InputError(
            f"scenes of --domain {domain} teach translators alone: leave out --labels and --areas."
        )
    if domain and split == "test":
        raise InputError(
            f"--split test judges detectors, and scenes of --domain {domain} do not: use --split "
            "dev for scenes on which translations are judged."
        )
    if split is None:
        return "unlabelled" if files.labels is None else "train"
    if split not in SPLITS:
        raise InputError(f"--split {split} is not one of {', '.join(SPLITS)}.")
    if split in ("dev", "test") and files.labels is None and not domain:
        raise InputError(f"--split {split} judges detectors: give its labels with --labels.")
    if split == "unlabelled" and files.labels is not None:
        raise InputError("--split unlabelled takes no --labels: use --split train, dev or test.")
    return split


def _scenes(
    folder: Path,
    files: Sequence[Path],
    sensor: Sensor,
    look: Callable[[Path], Incoming],
    split: Split,
    id_prefix: str,
    present: Sequence[Scene],
) -> list[tuple[Scene, Incoming]]:
    taken = {scene.id for scene in present}
    made = []
    for file in files:
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", id_prefix + _stem(file))
        if name in taken:
            raise InputError(
                f"scene {name!r} is already in {folder / FILE}: use another --id-prefix, or take "
                "the old scene out first."
            )
        taken.add(name)
        found = look(file)
        if sensor == "sar":
            bands_read(found.radiometry, SarComposite())  # raises when they make no composite
        scene = Scene(
            id=name,
            sensor=sensor,
            split=split,
            radiometry=found.radiometry,
            crs=found.crs,
            transform=found.transform,
            size=found.size,
            image=folder / sensor / f"{name}.tif",
            clouds=folder / "clouds" / f"{name}.tif" if found.clouds else None,
            notes={"source": file.name} | dict(found.notes),
        )
        made.append((replace(scene, acquired=found.acquired or scene.acquired), found))
    return made


def _stem(file: Path) -> str:
    """The name of a file or product without its suffixes."""
    return file.stem.removesuffix(".SAFE")


def _with_labels(folder: Path, scene: Scene, files: LabelFiles, area: bool) -> Scene:
    labels = folder / "labels" / f"{scene.id}.geojson" if files.labels else None
    labelled_area = folder / "labels" / f"{scene.id}_area.geojson" if area else None
    return replace(scene, labels=labels, labelled_area=labelled_area)


def _write(folder: Path, present: Sequence[Scene], ready: Sequence[_Ready]) -> None:
    """Write everything, scenes.json last; a failure takes back what was written before it."""
    begun: list[Path] = []
    try:
        with ExitStack() as stack:  # the files take their names together, when all are complete

            def place(path: Path) -> Path:
                begun.append(path)
                return stack.enter_context(whole_file(path))

            for one in ready:
                rewrite(one.found, place(one.scene.image))
                if one.scene.clouds is not None:
                    _write_clouds(one.found, place(one.scene.clouds))
                for path, features in (
                    (one.scene.labels, one.labels),
                    (one.scene.labelled_area, one.area),
                ):
                    if path is not None:
                        collection = {"type": "FeatureCollection", "features": features}
                        place(path).write_text(json.dumps(collection, indent=1) + "\n")
        write_catalogue(folder, [*present, *(one.scene for one in ready)])
    except BaseException:
        for path in begun:
            path.unlink(missing_ok=True)
        raise


def _write_clouds(found: Incoming, path: Path) -> None:
    if found.clouds is None:
        return
    classes, tells = found.clouds()
    side, (a, b, c, d, e, f) = found.clouds_pixel, found.transform
    place = Affine(a * side, b * side, c, d * side, e * side, f)
    write_classes(path, classes, tells, found.crs, place)
