"""Clouds over an optical scene, and their shadows on the ground."""

import numpy as np

from crosslook.simulate.fields import FloatArray, spectral_noise

SHADOW_SHIFT_PX = (-26, 18)  # rows, columns: the sun stands in the south-west


def draw_clouds(rng: np.random.Generator, size: int, share: float) -> tuple[FloatArray, FloatArray]:
    """Opacity of clouds and darkness of their shadows, both (size, size) in 0..1.

    ``share`` of the scene has an opacity above one half.
    """
    if share <= 0:
        nothing = np.zeros((size, size), dtype=np.float32)
        return nothing, nothing
    puffs = spectral_noise(rng, size, beta=3.0, outer_px=200)
    level = np.float32(np.quantile(puffs[::4, ::4], 1 - share))
    opacity = ((puffs - level) * np.float32(1.8) + np.float32(0.5)).clip(0, 1)
    shadow = np.roll(opacity, SHADOW_SHIFT_PX, axis=(0, 1))
    rows, columns = SHADOW_SHIFT_PX
    shadow[rows:] = 0
    shadow[:, :columns] = 0
    return opacity, shadow
