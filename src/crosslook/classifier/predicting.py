"""Class shares and embeddings of patches of one sensor."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patches import Pixels

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Predictions:
    """What the model says of N patches."""

    probabilities: Array  # (N, K), rows with sum 1
    embeddings: Array  # (N, E)


def predict(
    network: LandCoverNetwork,
    sensor: str,
    pixels: Pixels,
    batch: int = 64,
    device: str = "cpu",
) -> Predictions:
    """Class shares and embeddings of patches.

    The statistics of the batch norms are those of the training, so the answer for a patch does not
    depend on the others, up to rounding.

    Args:
        network: left in eval mode and on the CPU.
        sensor: of the patches.
        pixels: (N, C, H, W), standardised as in the training.
        batch: patches that are in the network at a time.
        device: it runs on.

    Raises:
        ValueError: if the network does not know the sensor, or there is no patch.
        FloatingPointError: if an answer is not finite, naming the first row.
    """
    if sensor not in network.sensors:
        raise ValueError(f"sensor {sensor!r}: the model knows {', '.join(network.sensors)}.")
    count = pixels.shape[0]
    if not count or batch < 1:
        raise ValueError(f"{count} patches in batches of {batch}: expected one at least.")
    network.to(device).eval()
    shares, vectors = [], []
    for start in range(0, count, batch):
        some = np.arange(start, min(start + batch, count))
        given = torch.from_numpy(np.ascontiguousarray(pixels[some], np.float32)).to(device)
        with torch.inference_mode():
            embeddings = network.embed(sensor, given)
            found = network.classify(embeddings).double().softmax(dim=1)
        shares.append(found.float().cpu().numpy())
        vectors.append(embeddings.float().cpu().numpy())
    network.to("cpu")
    predictions = Predictions(np.concatenate(shares), np.concatenate(vectors))
    wrong = ~np.isfinite(predictions.embeddings).all(axis=1)
    if wrong.any():
        raise FloatingPointError(f"the embedding of row {wrong.argmax()} is not finite.")
    return predictions
