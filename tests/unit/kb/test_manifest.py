"""The manifest that keeps vectors from being searched with other settings."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb.embedders.hashing import HashingEmbedder
from kb.errors import IndexMismatch, StoreUnavailable
from kb.manifest import FILE_NAME, Manifest, read_manifest, write_manifest
from kb.settings import ChunkerSettings
from kb.terms import TermScheme


@pytest.fixture
def manifest() -> Manifest:
    return Manifest.of(HashingEmbedder().spec, TermScheme(), ChunkerSettings(), "edge")


def test_what_is_written_is_read_back(manifest: Manifest, tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    manifest.check(manifest, tmp_path)  # does not raise


def test_a_fresh_directory_has_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None


def test_mismatch_names_what_differs_and_the_remedy(manifest: Manifest, tmp_path: Path) -> None:
    changed = replace(
        manifest,
        embedder={**manifest.embedder, "dim": 384},
        chunker={"target_syllables": 100, "overlap_sentences": 1},
    )
    with pytest.raises(IndexMismatch) as caught:
        manifest.check(changed, tmp_path)
    message = str(caught.value)
    assert "mô hình nhúng (chỉ mục: dim=256; thiết lập: dim=384)" in message
    assert "chỉ mục: target_syllables=240; thiết lập: target_syllables=100" in message
    assert "overlap" not in message
    assert "từ khóa" not in message
    assert "`kb reindex`" in message
    assert str(tmp_path) in message


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"schema": 1, "unknown": 2}', "\xff"])
def test_unreadable_manifest_points_to_reindex(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content.encode("latin-1"))
    with pytest.raises(IndexMismatch, match=r"manifest\.json.*`kb reindex`"):
        read_manifest(tmp_path)


def test_failed_write_keeps_the_old_manifest(manifest: Manifest, tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest)
    (tmp_path / "manifest.tmp").mkdir()  # stands where the draft would be written
    with pytest.raises(StoreUnavailable, match=r"manifest\.json"):
        write_manifest(tmp_path, replace(manifest, index="other"))
    assert read_manifest(tmp_path) == manifest


def test_manifest_is_readable_json(manifest: Manifest, tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest)
    data = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert data["embedder"]["name"] == "hashing"
    assert data["terms"]["version"] == TermScheme().version
