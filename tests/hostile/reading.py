"""Gives hostile files to the crosslook command, one by one, and tells what came of each.

Run as ``python reading.py JOBS TOLD`` in an empty folder. JOBS is a JSON list of {"name", "kind",
"arguments"}; what is of kind "whole" is taken once before the limits hold.
Commands may write below ``out`` and ``.work`` of that folder and nowhere else. One line of
JSON is appended to TOLD when a job begins and one when it is done, so that a crash can be laid to
its job.
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

from click.testing import CliRunner

from crosslook.cli import main as crosslook
from crosslook.errors import CrosslookError
from crosslook.scenes.catalogue import read_catalogue

MORE_BYTES = 2**30  # of address space, than the program takes with everything imported
HANGS_S = 60  # by the clock: only what waits for something takes longer than its CPU time
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {
    "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "shutil.rmtree", "shutil.move",
}  # fmt: skip
NEVER = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}


class Watch:
    """Notes writes outside of ``out`` and ``.work``, connections and new processes."""

    def __init__(self):
        self.allowed = tuple(os.path.realpath(name) + os.sep for name in ("out", ".work"))
        self.seen = []
        self.on = False
        sys.addaudithook(self)

    def __call__(self, event, arguments):
        if not self.on:
            return
        if event in NEVER:
            self.seen.append(f"{event} {arguments!r}"[:200])
        elif event in CHANGES or (event == "open" and self.writes(*arguments[1:3])):
            # links, renames: where to; what lies there may lie in a folder that is to be made
            path = arguments[1] if event in ("os.link", "os.symlink") else arguments[0]
            if isinstance(path, str | bytes | os.PathLike):
                path = os.path.realpath(os.fsdecode(path))
                if not f"{path}{os.sep}".startswith(self.allowed) and path != os.devnull:
                    self.seen.append(f"{event} {path}"[:200])

    @staticmethod
    def writes(mode, flags):
        return bool(set(mode or "") & set("wax+")) or bool((flags or 0) & WRITES)


def status(key):
    """A number of /proc/self/status in bytes: of this process alone, unlike getrusage."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(key + ":"))
    return int(line.split()[1]) * 1024


def files_below(folder):
    return [str(path) for path in Path(folder).rglob("*") if not path.is_dir()]


def too_long(*_):
    raise TimeoutError(f"not done after {HANGS_S} s")


def run(job, watch):
    watch.seen.clear()
    for folder in ("out", ".work"):
        shutil.rmtree(folder, ignore_errors=True)
    signal.setitimer(signal.ITIMER_REAL, HANGS_S)
    begin = time.process_time()
    watch.on = True
    try:
        result = CliRunner().invoke(crosslook, job["arguments"])
    finally:
        watch.on = False
        signal.setitimer(signal.ITIMER_REAL, 0)
    found = {
        "name": job["name"],
        "taken": result.exit_code == 0,
        "said": result.output,
        "seconds": time.process_time() - begin,
        "outside": list(watch.seen),
        "left": files_below("out"),
        "failed": None,
    }
    if Path("out/scenes.json").exists():
        try:
            read_catalogue(Path("out"))
        except CrosslookError as error:
            found["failed"] = f"wrote what it does not read: {error}"
    if not isinstance(result.exception, SystemExit | None):
        found["failed"] = f"{type(result.exception).__name__}: {result.exception}"[:500]
    return found


def main(jobs, told):
    for job in jobs:
        if job["kind"] == "whole":  # what these import, and caches of fonts, do not count
            CliRunner().invoke(crosslook, job["arguments"])
    told = Path(told).open("a", buffering=1)  # noqa: SIM115, one line each
    limit = status("VmSize") + MORE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, too_long)
    watch = Watch()
    for job in jobs:
        told.write(json.dumps({"begins": job["name"]}) + "\n")
        told.write(json.dumps(run(job, watch)) + "\n")
    told.write(json.dumps({"peak": status("VmHWM")}) + "\n")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2])
