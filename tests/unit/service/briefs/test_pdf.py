"""PDF by LibreOffice, with small scripts in its place."""

import os
import time
from pathlib import Path

import pytest

from kb.errors import BriefError, MissingTool
from service.briefs.pdf import to_pdf


@pytest.fixture
def program(tmp_path: Path, monkeypatch):
    """Return a function that puts a shell script in the place of soffice."""

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        path = folder / "soffice"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return install


def test_a_missing_program_is_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match=r"LibreOffice \(soffice\).*apt-get install.*docx"):
        to_pdf(b"word")


def test_it_works_in_a_folder_of_its_own_that_is_thrown_away(program, tmp_path, monkeypatch):
    monkeypatch.setenv("KB_SECRET_OF_CALLER", "x")
    program(
        f'env > {tmp_path}/seen; echo "$@" >> {tmp_path}/seen; pwd > {tmp_path}/where\n'
        "test -f profile/user/registrymodifications.xcu && cat brief.docx > brief.pdf"
    )
    assert to_pdf(b"word") == b"word"
    seen = (tmp_path / "seen").read_text()
    folder = (tmp_path / "where").read_text().strip()
    assert not Path(folder).exists()
    assert f"HOME={folder}" in seen
    assert f"-env:UserInstallation=file://{folder}/profile" in seen
    assert "--headless" in seen
    assert "https_proxy=http://127.0.0.1:9" in seen
    assert "KB_SECRET_OF_CALLER" not in seen


def test_what_takes_too_long_ends_with_all_that_it_started(program, tmp_path):
    program(f"sleep 30 & echo $! > {tmp_path}/child; wait")
    started = time.monotonic()
    with pytest.raises(BriefError, match=r"quá 1 giây.*docx"):
        to_pdf(b"word", timeout_seconds=1)
    assert time.monotonic() - started < 10
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize("script", ["echo 'Error: hỏng' >&2; exit 3", "true", ": > brief.pdf"])
def test_a_failure_is_told_with_the_way_out(program, script):
    program(script)
    with pytest.raises(BriefError, match=r"không xuất được PDF.*docx"):
        to_pdf(b"word")


def test_a_program_that_cannot_start_is_a_missing_one(tmp_path, monkeypatch):
    path = tmp_path / "soffice"
    path.write_bytes(b"\x00 no program")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match="Không chạy được LibreOffice"):
        to_pdf(b"word")
    assert os.access(path, os.X_OK)
