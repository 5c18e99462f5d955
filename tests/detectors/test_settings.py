import subprocess
import sys

import pytest

from crosslook.detectors.settings import Architecture, DetectorSettings


def test_settings_import_neither_numpy_nor_torch():
    check = (
        "import sys, crosslook.detectors.settings;"
        "sys.exit(bool({'torch', 'numpy', 'torchvision'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_every_level_needs_anchors():
    with pytest.raises(ValueError, match="must give each of the 2 levels equally many sides"):
        Architecture(levels=(3, 4), anchors=((16.0,),))


def test_levels_are_consecutive():
    with pytest.raises(ValueError, match=r"levels=\[3, 5\] must be consecutive, between 2 and 6"):
        Architecture(levels=(3, 5), anchors=((16.0,), (32.0,)))


def test_coco_weights_exist_for_two_backbones_only():
    with pytest.raises(ValueError, match="'coco' exist for resnet50 and resnet101 only, not for r"):
        DetectorSettings("coco", Architecture(backbone="resnet18"))
