"""How checkpoints are called: by the training step, or ``only`` where nothing is trained."""


def checkpoint_name(step: int | None) -> str:
    """``step_000300`` for step 300, ``only`` for None."""
    return "only" if step is None else f"step_{step:06d}"


def checkpoint_step(name: str) -> int | None:
    """The inverse of ``checkpoint_name``.

    Raises:
        ValueError: if ``name`` is none of its answers.
    """
    if name == "only":
        return None
    word, _, digits = name.partition("_")
    if word != "step" or not digits.isdecimal():
        raise ValueError(f"{name!r} is no checkpoint: expected 'only' or 'step_000300'.")
    return int(digits)
