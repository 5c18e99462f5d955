"""What a process of its own says that loads a registered model."""

import subprocess
import sys
from pathlib import Path

WHERE = "import crosslook; print(crosslook.__file__)"


def said_by_its_own_code(code: str, index: Path, cwd: Path) -> str:
    """Runs ``code`` with MLflow's database as its argument, without the package on the path.

    Returns:
        what it printed, once its code was seen to be that of the registered model.
    """
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{WHERE}", f"sqlite:///{index / 'mlflow.db'}"],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, where = done.stdout.splitlines()
    assert where.startswith(str(index / "artifacts"))
    return said
