"""Worker processes that must not outlive the one that started them."""

import ctypes
import os
import signal
import sys


def die_with_parent(parent: int) -> None:
    """End this process when its parent does: a killed run must not leave workers that go on.

    Nothing is done elsewhere than on Linux.

    Args:
        parent: process id of who started this one; if it is gone already, this one ends at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)
