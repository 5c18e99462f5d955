"""The registered model, as code: MLflow runs this file when the model is loaded.

Nothing is pickled: the weights are safetensors and the rules are JSON in the artifact ``bundle``,
so the model loads with MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false.
"""

from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class Ensemble(PythonModel):
    """uint8 patches (N, 3, H, W) -> per patch {boxes, scores, classes}."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle among the model's artifacts."""
        from crosslook.delivery.predictor import read_predictor

        self.predictor = read_predictor(Path(context.artifacts["bundle"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Boxes are x1 y1 x2 y2 in pixels, best score first."""
        return self.predictor.as_rows(self.predictor.predict(np.asarray(model_input)))


set_model(Ensemble())
