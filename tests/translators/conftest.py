"""Translators at their smallest, and tiny patch sets."""

import numpy as np
import pytest

from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.translators.methods import TRANSLATORS, create
from crosslook.translators.settings import (
    AttentionGANSettings,
    CUTSettings,
    CycleGANSettings,
    DCLGANSettings,
    Schedule,
    Training,
)
from crosslook.translators.style_settings import CouncilGANSettings, MUNITSettings

SMALL = {
    "cyclegan": CycleGANSettings(width=2, blocks=1, discriminator_width=2, pool=3),
    "cut": CUTSettings(
        width=2,
        blocks=1,
        discriminator_width=2,
        layers=(0, 4, 12),
        positions=16,
        projector_width=4,
    ),
    "dclgan": DCLGANSettings(
        width=2,
        blocks=1,
        discriminator_width=2,
        similar=True,
        layers=(4, 8, 12),
        positions=16,
        projector_width=4,
    ),
    "attentiongan": AttentionGANSettings(width=2, blocks=1, discriminator_width=2, pool=3),
    "munit": MUNITSettings(
        width=2, blocks=1, discriminator_width=2, style_width=4, scales=2, bank=2
    ),
    "council_gan": CouncilGANSettings(
        width=2,
        blocks=1,
        discriminator_width=2,
        style_width=4,
        members=2,
        council_start=2,
        focus_start=1,
    ),
}
CONTRACTS = {
    sensor: {
        "sensor": sensor,
        "unit": unit,
        "composite_bands": bands,
        "stretch": [[0.0, 0.3]] * 3,
        "ratio": None,
    }
    for sensor, unit, bands in (
        ("optical", "reflectance", ["B04", "B03", "B02"]),
        ("sar", "sigma0_db", ["VH", "VV", "VH/VV"]),
    )
}


def small_settings(method):
    return SMALL.get(method) or TRANSLATORS[method].settings()


@pytest.fixture
def make():
    """Build a translator of this name at its smallest."""

    def build(method, settings=None, seed=0):
        return create(method, settings or small_settings(method), 3, 3, seed)

    return build


@pytest.fixture
def settings_of():
    return small_settings


@pytest.fixture
def contracts():
    return {sensor: dict(contract) for sensor, contract in CONTRACTS.items()}


@pytest.fixture
def training():
    """Settings of a training of a few steps."""

    def build(**values):
        every = {
            "steps": 6,
            "checkpoints": (3, 6),
            "batch": 1,
            "crop": 32,
            "schedule": Schedule(constant=3, decay=3, clock="iterations"),
            "save_every": 2,
            "log_every": 2,
            "threads": 1,
            "precision": "float32",
        }
        return Training(**(every | values))

    return build


@pytest.fixture
def patch_set(tmp_path):
    """Write a patch set of random pixels with a no-data corner in its first patch."""

    def build(name, sensor, count=3, size=(36, 34), labelled=False, seed=0):
        rng = np.random.default_rng(seed)
        pixels = rng.integers(1, 256, size=(count, 3, *size), dtype=np.uint8)
        pixels[:1, :, :3, :3] = 0
        height, width = size
        patches = [
            (Patch(f"s_r{i}", "s", (0, 0, width, height), "EPSG:32630", (10, 0, 0, 0, -10, 0)), p)
            for i, p in enumerate(pixels)
        ]
        coco = None
        if labelled:
            images = [
                {"id": i + 1, "file_name": f"s_r{i}.tif", "width": width, "height": height}
                for i in range(count)
            ]
            coco = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "port"}]}
        return write_patch_set(tmp_path / name, patches, CONTRACTS[sensor], coco)

    return build
