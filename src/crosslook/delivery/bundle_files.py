"""What every bundle has: a JSON that describes it, and files whose sha256 stands there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from crosslook.delivery import digests
from crosslook.errors import CheckpointError

Recipe = TypeVar("Recipe")


def read_description(
    path: Path, version: int, kind: str, build: Callable[[dict[str, Any]], Recipe]
) -> Recipe:
    """``build`` of what stands in the JSON beside ``format``.

    Args:
        path: of the JSON.
        version: of the format that is expected.
        kind: what the bundle is, for the message.
        build: raises a ValueError, KeyError or TypeError on what it cannot read.

    Raises:
        CheckpointError: if it is missing, damaged, or of another version.
    """
    try:
        values = json.loads(path.read_text())
        if values.pop("format") != version:
            raise ValueError(f"expected format {version}")
        return build(values)
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing: run 'crosslook promote'.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: not a whole {kind} ({error}). Promote it again.") from None


def require_bytes(path: Path, sha256: str, described_in: str, kind: str) -> Path:
    """The file, if it is the one that was promoted.

    Raises:
        CheckpointError: if it is missing or has other bytes.
    """
    if not path.is_file() or digests.of_file(path) != sha256:
        raise CheckpointError(
            f"{path}: missing, or other bytes than {described_in} names. Promote the {kind} again."
        )
    return path
