"""Domains: what translations go between. Each sensor is one, and scenes may have others.

A scene with a domain of its own teaches translators alone: it is in no set of detection patches.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from crosslook.errors import InputError
from crosslook.scenes.catalogue import Scene, domain_of
from crosslook.scenes.composites import Settings, shared_contract
from crosslook.scenes.radiometry import Sensor

SENSORS: tuple[Sensor, ...] = get_args(Sensor)


def further_domains(scenes: Sequence[Scene]) -> dict[str, list[Scene]]:
    """The scenes that teach, by domain, of the domains beside the sensors; each sorted by id.

    They are those of split train or unlabelled.
    """
    return _by_domain(
        scene for scene in scenes if scene.domain and scene.split in ("train", "unlabelled")
    )


def held_out(scenes: Sequence[Scene]) -> dict[str, list[Scene]]:
    """The scenes of split dev, by domain: translations are judged on them, and learn none."""
    return _by_domain(scene for scene in scenes if scene.split == "dev")


def composites_by_domain(
    scenes: Sequence[Scene], composites: Mapping[str, Settings]
) -> dict[str, Settings]:
    """How each domain's scenes become composites: as their sensor's do, if nothing else is said.

    Args:
        scenes: all there are.
        composites: settings of both sensors, and of domains that have their own.

    Returns:
        both sensors, then the further domains by name.

    Raises:
        InputError: if a domain has scenes of both sensors, if its settings are of the other one, or
            if there are settings of a domain without scenes.
    """
    made: dict[str, Settings] = {sensor: composites[sensor] for sensor in SENSORS}
    for domain, own in sorted(_by_domain(scene for scene in scenes if scene.domain).items()):
        first, last = min(own, key=_by_sensor), max(own, key=_by_sensor)
        if first.sensor != last.sensor:
            raise InputError(
                f"domain {domain!r} has scenes of both sensors, {first.id!r} is {first.sensor} "
                f"and {last.id!r} {last.sensor}: give one of them another domain."
            )
        made[domain] = composites.get(domain, composites[first.sensor])
        if type(made[domain]) is not type(composites[first.sensor]):
            raise InputError(
                f"domain {domain!r}: its scenes are {first.sensor}, and section tile has settings "
                "of the other sensor for it."
            )
    if unused := sorted(composites.keys() - made.keys()):
        raise InputError(
            f"domain {unused[0]!r} has settings in section tile and no scene; there is: "
            f"{', '.join(made)}."
        )
    return made


def contracts_by_domain(
    scenes: Sequence[Scene], settings: Mapping[str, Settings], allow_mixed_optical: bool
) -> dict[str, dict[str, Any]]:
    """The one contract of all patches of each domain; ``settings`` are by domain.

    Raises:
        RadiometryError: if two scenes of a domain would give different contracts.
        InputError: if a domain has no scene.
    """
    return {
        domain: shared_contract(
            [scene for scene in scenes if domain_of(scene) == domain], own, allow_mixed_optical
        )
        for domain, own in settings.items()
    }


def _by_domain(scenes: Iterable[Scene]) -> dict[str, list[Scene]]:
    found: dict[str, list[Scene]] = {}
    for scene in sorted(scenes, key=lambda scene: scene.id):
        found.setdefault(domain_of(scene), []).append(scene)
    return dict(sorted(found.items()))


def _by_sensor(scene: Scene) -> tuple[str, str]:
    return scene.sensor, scene.id
