"""The registered land-cover model, as code: MLflow runs this file when the model is loaded.

Nothing is pickled: the weights are safetensors in the artifact ``bundle``, so the model loads with
MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false.
"""

from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class LandCover(PythonModel):
    """float32 patches (N, C, H, W) of one sensor -> per patch {class, shares, valid}."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle among the model's artifacts."""
        from crosslook.delivery.land_cover_predictor import read_predictor

        self.predictor = read_predictor(Path(context.artifacts["bundle"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """``params``: ``sensor``, where the number of bands does not tell it."""
        sensor = str((params or {}).get("sensor") or "")
        return self.predictor.predict(np.asarray(model_input), sensor)


set_model(LandCover())
