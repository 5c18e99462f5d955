"""Reads every file of a folder as labels, in a process of its own, and says what happened.

Run as: python hostile_labels.py FOLDER. Prints JSON: which were read and refused, what failed in
another way, the slowest in seconds of CPU, and the peak of memory in bytes.
"""

import json
import resource
import sys
import time
from pathlib import Path

from label_files import harbour

from crosslook.errors import InputError
from crosslook.patches.drawings import Reading
from crosslook.patches.images import gather
from crosslook.patches.label_export import as_coco, as_geojson, with_class
from crosslook.patches.labels import read_labels

ADDRESS_SPACE = 3 * 2**30


def peak_bytes():
    """Of this process alone; what getrusage says begins with the peak of the parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main(folder):
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    images, reading = gather([harbour()]), Reading(box_size_m=50)
    said = {"read": [], "refused": [], "failed": [], "seconds": 0.0, "slowest": ""}
    for path in sorted(folder.iterdir()):
        begin = time.process_time()
        try:
            features = with_class(read_labels(path, images, reading), "port")
            json.dumps([as_geojson(features), as_coco(features, images)], allow_nan=False).encode()
            said["read"].append(path.name)
        except InputError as error:
            said["refused"].append(path.name)
            if "\n" in str(error) or len(str(error)) > 1000:
                said["failed"].append(f"{path.name}: not one short line: {error}"[:300])
        except BaseException as error:
            said["failed"].append(f"{path.name}: {type(error).__name__}: {error}"[:300])
        taken = time.process_time() - begin
        if taken > said["seconds"]:
            said["seconds"], said["slowest"] = taken, path.name
    said["bytes"] = peak_bytes()
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
