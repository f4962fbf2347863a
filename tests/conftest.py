"""Fixtures that several folders share, and the rule that no test leaves this machine."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# No library may look for a model on a hub, and telemetry stays off.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from kb.embedders.convert import build_bundled_model
from kb.embedders.hashing import HashingEmbedder
from kb.embedders.openvino_e5 import bundled_model_path
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.settings import EmbedderSettings, Settings, load_settings

# No time limit for a single example (machines are shared), and the same examples in every run.
hypothesis.settings.register_profile(
    "kb",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("kb")

REPOSITORY = Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the caller's `KB_*` variables and `kb.toml` from tests."""
    for name in list(os.environ):
        if name.startswith("KB_") and not name.startswith(("KB_TEST_", "KB_MODEL_DIR")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to other machines."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and host not in {"127.0.0.1", "::1", "localhost"}:
            pytest.fail(f"a test tried to connect to {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a fresh data directory and the deterministic embedder."""
    return load_settings(data_dir=tmp_path / "data", embedder=EmbedderSettings(kind="hashing"))


@pytest.fixture
def kb(settings: Settings) -> Iterator[KnowledgeBase]:
    """An empty knowledge base on real stores, with the deterministic embedder."""
    with open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder()) as opened:
        yield opened


@pytest.fixture(scope="session")
def bundled_model_dir() -> Path:
    """The directory of models, with the bundled one built in it once for all runs."""
    configured = os.environ.get("KB_MODEL_DIR")
    folder = (
        Path(configured)
        if configured
        else Settings.model_fields["model_dir"].get_default(call_default_factory=True)
    )
    build_bundled_model(bundled_model_path(folder), progress=False)
    return folder
