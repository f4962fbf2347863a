import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from kb.embedders import convert
from kb.embedders.convert import ModelManifest, build_bundled_model, read_manifest
from kb.errors import ModelError, ModelUnavailable


def fake_build(folder: Path, *, progress: bool, source_bytes: int = 10) -> None:
    for name in convert._MODEL_FILES:
        (folder / name).write_bytes(b"x")
    manifest = ModelManifest(
        layout=convert.LAYOUT_VERSION,
        source_sha256="ab" * 32,
        source_bytes=source_bytes,
        dim=384,
        sizes=dict.fromkeys(convert._MODEL_FILES, 1),
        versions={},
    )
    (folder / convert.MANIFEST_FILE).write_text(json.dumps(asdict(manifest)), encoding="utf-8")


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Replaces the slow build; lists the calls."""
    source = tmp_path / "source.bin"
    source.write_bytes(b"0123456789")
    calls: list[Path] = []

    def build(folder: Path, *, progress: bool) -> None:
        calls.append(folder)
        fake_build(folder, progress=progress)

    monkeypatch.setattr(convert, "find_source", lambda: source)
    monkeypatch.setattr(convert, "_build", build)
    return calls


def test_model_is_built_once_and_reused(tmp_path: Path, builds: list[Path]):
    target = tmp_path / "models" / "e5"
    assert build_bundled_model(target, progress=False) == target
    assert build_bundled_model(target, progress=False) == target
    assert len(builds) == 1
    manifest = read_manifest(target)
    assert manifest
    assert manifest.revision == f"abababababab-int8.{convert.LAYOUT_VERSION}"


@pytest.mark.parametrize("damage", ["missing", "short", "layout", "source", "garbage"])
def test_model_that_does_not_fit_is_replaced(tmp_path: Path, builds: list[Path], damage: str):
    target = tmp_path / "models" / "e5"
    build_bundled_model(target, progress=False)
    manifest = target / convert.MANIFEST_FILE
    fields = json.loads(manifest.read_text(encoding="utf-8"))
    match damage:
        case "missing":
            (target / convert.WEIGHTS_FILE).unlink()
        case "short":
            os.truncate(target / convert.WEIGHTS_FILE, 0)
        case "layout":
            manifest.write_text(json.dumps({**fields, "layout": 0}), encoding="utf-8")
        case "source":
            manifest.write_text(json.dumps({**fields, "source_bytes": 11}), encoding="utf-8")
        case "garbage":
            manifest.write_text("{", encoding="utf-8")
    assert read_manifest(target) is None
    build_bundled_model(target, progress=False)
    assert len(builds) == 2
    assert read_manifest(target)


def test_failed_build_leaves_the_old_model_and_no_rubbish(
    tmp_path: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "models" / "e5"

    def fail(folder: Path, *, progress: bool) -> None:
        (folder / convert.GRAPH_FILE).write_bytes(b"half")
        raise ModelError("hỏng")

    monkeypatch.setattr(convert, "_build", fail)
    with pytest.raises(ModelError):
        build_bundled_model(target, progress=False)
    assert [path.name for path in target.parent.iterdir()] == [".e5.lock"]


def test_remains_of_a_crashed_builder_are_removed(tmp_path: Path, builds: list[Path]):
    target = tmp_path / "models" / "e5"
    leftover = target.parent / ".e5.tmp-dead"
    leftover.mkdir(parents=True)
    build_bundled_model(target, progress=False)
    assert not leftover.exists()


def test_built_model_serves_without_the_wheel(
    tmp_path: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
):
    target = build_bundled_model(tmp_path / "models" / "e5", progress=False)

    def nothing() -> Path:
        raise ModelUnavailable("thiếu")

    monkeypatch.setattr(convert, "find_source", nothing)
    assert read_manifest(target)


def test_place_that_cannot_be_written_is_reported_with_a_remedy(tmp_path: Path, builds: list[Path]):
    blocker = tmp_path / "tệp"
    blocker.touch()
    with pytest.raises(ModelUnavailable, match="KB_MODEL_DIR"):
        build_bundled_model(blocker / "e5", progress=False)
