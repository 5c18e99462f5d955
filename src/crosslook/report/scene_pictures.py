"""Scenes as their composites, optical above SAR where both show one place."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crosslook.checks.portraits import portray
from crosslook.errors import InputError
from crosslook.patches.splits import scene_ground, shared_ground
from crosslook.report.side_by_side import Cell
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.composites import Settings, shared_contract

SIDE = 3.0  # inches of a scene in the picture
COLOURS = ("red", "green", "blue")
Place = tuple[Scene | None, Scene | None]  # optical, SAR


def scene_rows(
    scenes: Sequence[Scene], settings: Mapping[str, Settings], columns: int
) -> list[tuple[str, list[Cell | None]]]:
    """Rows of a picture: optical scenes and, below each, the SAR scene with most common ground.

    Args:
        scenes: of any sensor; those of one sensor must share a composite.
        settings: by sensor.
        columns: how many places at most.

    Raises:
        InputError: if there is no scene, or one cannot be read.
        RadiometryError: if scenes of a sensor share no composite.
    """
    places = _places(scenes)[:columns]
    if not places:
        raise InputError("there is no scene in data/scenes.json: ingest one first.")
    rows = []
    for sensor, column in (("optical", 0), ("sar", 1)):
        own = [place[column] for place in places]
        there = [scene for scene in own if scene is not None]
        if there:
            contract = shared_contract(there, settings[sensor])
            cells = [None if scene is None else _cell(scene, settings[sensor]) for scene in own]
            rows.append((_title(contract), cells))
    return rows


def _places(scenes: Iterable[Scene]) -> list[Place]:
    by_id = {scene.id: scene for scene in sorted(scenes, key=lambda scene: scene.id)}
    ground = {
        sensor: [scene_ground(scene) for scene in by_id.values() if scene.sensor == sensor]
        for sensor in ("optical", "sar")
    }
    shared = shared_ground(ground["optical"], ground["sar"])
    partner: dict[str, str] = {}
    for a, b, _ in sorted(shared, key=lambda found: -found[2]):
        if a.name not in partner and b.name not in partner.values():
            partner[a.name] = b.name
    both: list[Place] = [(by_id[a], by_id[b]) for a, b in sorted(partner.items())]
    taken = {*partner, *partner.values()}
    alone = [scene for name, scene in by_id.items() if name not in taken]
    return both + [(one, None) if one.sensor == "optical" else (None, one) for one in alone]


def _cell(scene: Scene, settings: Settings) -> Cell:
    picture = portray(scene, settings).picture
    if picture is None:
        raise InputError(f"scene {scene.id!r} cannot be drawn: crosslook check says why.")
    return Cell(picture, caption=scene.id)


def _title(contract: Mapping[str, Any]) -> str:
    """``sigma0_db: red VH -26..-5, green VV -20..0, blue VH/VV 0..1 (amplitude)``."""
    parts = [
        f"{colour} {band} {low:g}..{high:g}"
        for colour, band, (low, high) in zip(
            COLOURS, contract["composite_bands"], contract["stretch"], strict=True
        )
    ]
    ratio = f" ({contract['ratio']})" if contract["ratio"] else ""
    return f"{contract['unit']}: {', '.join(parts)}{ratio}"
