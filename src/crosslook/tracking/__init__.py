"""The MLflow index of results/: the only package that imports mlflow.

    sheets.py    what a results record becomes in MLflow: runs, step metrics, logged models
    store.py     opens the index, or builds it in a temporary file and moves it into place
    sync.py      makes the index say what results/ says; the second time it has nothing to do
    query.py     the best checkpoint, asked from the registry and checked against the JSON
    registry.py  the registered ensemble and land-cover model, and their alias ``champion``

Nobody is told about our runs: MLflow reads these variables when it is imported.
"""

import os

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
