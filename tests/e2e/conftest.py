"""The bundled model, built once into the user's cache directory and reused by later runs."""

import os
from pathlib import Path

import pytest

from kb.embedders.convert import build_bundled_model
from kb.embedders.openvino_e5 import bundled_model_path
from kb.settings import Settings


@pytest.fixture(scope="session")
def bundled_model_dir() -> Path:
    """The directory of models, with the bundled one in it."""
    configured = os.environ.get("KB_MODEL_DIR")
    folder = (
        Path(configured)
        if configured
        else Settings.model_fields["model_dir"].get_default(call_default_factory=True)
    )
    build_bundled_model(bundled_model_path(folder), progress=False)
    return folder
