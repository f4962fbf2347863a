"""The starter corpus, indexed once a test run with the real model, and a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.knowledge_base import open_knowledge_base
from kb.settings import Settings, load_settings

REPOSITORY = Path(__file__).parents[2]
CHROMIUM, CHROMEDRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
# Without these Chromium looks for its maker's hosts at every start.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


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


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A headless Chromium with an empty profile; records console and network."""
    if not (Path(CHROMIUM).exists() and shutil.which(CHROMEDRIVER)):
        pytest.skip("needs chromium and chromedriver (`make setup-browser`)")
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    yield driver
    driver.quit()
