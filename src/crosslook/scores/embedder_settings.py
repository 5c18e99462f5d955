"""What can be set of an embedding network. Imports neither numpy nor torch."""

import re
from dataclasses import dataclass

CLASSIFIER = "crosslook_classifier"
EMBEDDERS = {
    "inception_fid": "Inception-v3 of the FID",
    "resnet50_imagenet": "ResNet-50, ImageNet",
    "resnet50_ssl4eo_s1": "ResNet-50, SSL4EO-S12 Sentinel-1",
    "resnet50_random": "ResNet-50, random",
    "resnet18_random": "ResNet-18, random",
    CLASSIFIER: "own land-cover model",
}  # name -> what readers are shown
RANDOM = ("resnet50_random", "resnet18_random")  # need no weights


@dataclass(frozen=True)
class EmbedderSettings:
    """Where the weights of an embedding network come from, and at which size it sees patches.

    The random networks take no weights. ``crosslook_classifier`` takes the path of a
    model.safetensors of train_classifier, whose sha256 is checked if it is given. The others take
    the path of a file with its sha256, or ``download``, which asks the address that torchvision or
    torchgeo publishes.
    """

    weights: str = ""  # path of a .pth or .safetensors file
    sha256: str = ""  # of that file, 64 hexadecimal digits; of a download it is checked if given
    download: bool = False
    size_px: int = 0  # patches are resized to this side; 0: the network's own rule

    def __post_init__(self) -> None:
        if self.weights and self.download:
            raise ValueError(
                f"weights={self.weights!r} and download=true exclude each other: give a path or "
                "allow the download."
            )
        if self.sha256 and not re.fullmatch(r"[0-9a-fA-F]{64}", self.sha256):
            raise ValueError(
                f"sha256={self.sha256!r} must be 64 hexadecimal digits, as sha256sum prints them."
            )
        if self.size_px and not 32 <= self.size_px <= 2048:
            raise ValueError(f"size_px={self.size_px} must be 0 or lie in 32..2048.")


def require_embedder(name: str) -> None:
    """Refuse a name that no embedding network has.

    Raises:
        ValueError: listing those that there are.
    """
    if name not in EMBEDDERS:
        raise ValueError(f"no embedder {name!r}; there are {', '.join(EMBEDDERS)}.")
