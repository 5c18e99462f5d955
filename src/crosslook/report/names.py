"""What tables and pictures call a row."""

import re


def row_title(translation: str) -> str:
    """An ensemble in words: "ensemble, tuned", "paper, equal"; a translation as it is."""
    if not re.match(r"ensemble(_|$)", translation):
        return translation
    name = translation.removeprefix("ensemble").removesuffix("_equal").strip("_") or "ensemble"
    return f"{name}, {'equal' if translation.endswith('_equal') else 'tuned'}"


def step_title(checkpoint: int | str | None) -> str:
    """A checkpoint in a table: "300", "300 avg", or "-" where nothing is trained."""
    return "-" if checkpoint is None else str(checkpoint).replace("-average", " avg")
