"""The starter corpus, indexed once a test run with the real model."""

from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.knowledge_base import open_knowledge_base
from kb.settings import Settings, load_settings

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def starter_settings(tmp_path_factory: pytest.TempPathFactory, bundled_model_dir: Path) -> Settings:
    """Settings whose data directory holds the indexed starter corpus; closed, so not locked."""
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("starter"), model_dir=bundled_model_dir
    )
    with open_knowledge_base(settings, purpose="test") as kb:
        report = ingest(kb, [REPOSITORY / "corpus"], recursive=True)
        assert [item.reason for item in report.failed] == []
    return settings
