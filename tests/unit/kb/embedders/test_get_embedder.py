import sys
from pathlib import Path

import pytest

from kb.embedders import get_embedder
from kb.embedders.hashing import HashingEmbedder
from kb.embedders.openvino_e5 import BundledE5Embedder
from kb.errors import ModelUnavailable
from kb.settings import EmbedderSettings


def test_each_kind_has_its_adapter(tmp_path: Path):
    assert isinstance(get_embedder(EmbedderSettings(), tmp_path), BundledE5Embedder)
    hashing = get_embedder(EmbedderSettings(kind="hashing"), tmp_path)
    assert isinstance(hashing, HashingEmbedder)


def test_constructing_the_bundled_embedder_builds_nothing(tmp_path: Path):
    get_embedder(EmbedderSettings(), tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_sentence_transformers_needs_a_model_name(tmp_path: Path):
    with pytest.raises(ModelUnavailable, match="KB_EMBEDDER__MODEL"):
        get_embedder(EmbedderSettings(kind="sentence-transformers"), tmp_path)


def test_a_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    settings = EmbedderSettings(kind="sentence-transformers", model="BAAI/bge-m3")
    with pytest.raises(ModelUnavailable, match="sentence_transformers"):
        get_embedder(settings, tmp_path).warm_up()
