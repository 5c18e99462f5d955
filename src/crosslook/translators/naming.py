"""How checkpoints are called: by the training step, or ``only`` where nothing is trained.

Results name a checkpoint by ``300``; its moving average, where one is kept, by ``300-average``;
and by null where nothing is trained. Files and folders are called ``step_000300``,
``step_000300_average`` and ``only``.
"""

Checkpoint = int | str | None
AVERAGE = "average"


def averaged(step: int) -> str:
    """The moving average at ``step``: ``300-average``."""
    return f"{step}-{AVERAGE}"


def checkpoint_name(checkpoint: Checkpoint) -> str:
    """``step_000300`` for 300, ``step_000300_average`` for its average, ``only`` for None.

    Raises:
        ValueError: if ``checkpoint`` is none of these.
    """
    if checkpoint is None:
        return "only"
    step, _, kind = str(checkpoint).partition("-")
    if not step.isdecimal() or kind not in ("", AVERAGE):
        raise ValueError(f"{checkpoint!r} is no checkpoint: expected 300, '300-average' or None.")
    return f"step_{int(step):06d}" + (f"_{kind}" if kind else "")


def checkpoint_named(name: str) -> Checkpoint:
    """The inverse of ``checkpoint_name``.

    Raises:
        ValueError: if ``name`` is none of its answers.
    """
    if name == "only":
        return None
    word, _, rest = name.partition("_")
    digits, _, kind = rest.partition("_")
    if word != "step" or not digits.isdecimal() or kind not in ("", AVERAGE):
        raise ValueError(f"{name!r} is no checkpoint: expected 'only' or 'step_000300'.")
    return averaged(int(digits)) if kind else int(digits)


def checkpoint_order(checkpoint: Checkpoint) -> tuple[int, bool]:
    """Sorts checkpoints by step, the average after the weights it follows; None first."""
    step, _, kind = str(checkpoint or 0).partition("-")
    return int(step), bool(kind)
