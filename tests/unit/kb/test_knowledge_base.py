"""Opening everything under one data directory, consistently."""

from pathlib import Path

import pytest

from kb.embedders.hashing import HashingEmbedder
from kb.errors import IndexMismatch, SettingsError, StoreLocked, StoreUnavailable
from kb.indexes.edge import EdgeIndex
from kb.knowledge_base import open_knowledge_base
from kb.models import Document
from kb.settings import ChunkerSettings, EmbedderSettings, IndexSettings, Settings, load_settings


def open_close(settings: Settings, **options: object) -> None:
    open_knowledge_base(settings, purpose="test", **options).close()


def test_new_directory_gets_store_index_and_manifest(settings: Settings) -> None:
    open_close(settings)
    found = {path.name for path in settings.data_dir.iterdir()}
    assert found == {"documents.db", "index", "kb.lock", "manifest.json"}


def test_second_opening_in_the_same_process_is_refused_and_names_the_first(
    settings: Settings,
) -> None:
    with (
        open_knowledge_base(settings, purpose="serve", url="http://127.0.0.1:8000"),
        pytest.raises(StoreLocked, match=r"`kb serve`.*http://127.0.0.1:8000"),
    ):
        open_close(settings)
    open_close(settings)


def test_changed_embedder_is_refused_until_the_index_is_rebuilt(settings: Settings) -> None:
    open_close(settings, embedder=HashingEmbedder(dim=64))
    with pytest.raises(IndexMismatch, match=r"dim=64.*dim=128.*`kb reindex`"):
        open_close(settings, embedder=HashingEmbedder(dim=128))
    open_close(settings, embedder=HashingEmbedder(dim=128), rebuild=True)
    open_close(settings, embedder=HashingEmbedder(dim=128))


def test_refusal_gives_the_lock_back(settings: Settings) -> None:
    open_close(settings)
    changed = settings.model_copy(update={"chunker": ChunkerSettings(target_syllables=100)})
    with pytest.raises(IndexMismatch, match="target_syllables"):
        open_close(changed)
    open_close(settings)


def test_rebuild_marks_documents_as_pending_and_empties_the_index(settings: Settings) -> None:
    with open_knowledge_base(settings, purpose="test") as kb:
        kb.store.put_pending([(Document("a", "article", "T", "x", "/a", "s"), [])])
        kb.store.set_state(["a"], "indexed")
    with open_knowledge_base(settings, purpose="test", rebuild=True) as kb:
        assert [state.document_id for state in kb.store.states_in("pending")] == ["a"]
        assert kb.index.count() == 0


def test_lost_manifest_means_that_all_is_indexed_again(settings: Settings) -> None:
    with open_knowledge_base(settings, purpose="test") as kb:
        kb.store.put_pending([(Document("a", "article", "T", "x", "/a", "s"), [])])
        kb.store.set_state(["a"], "indexed")
    (settings.data_dir / "manifest.json").unlink()
    with open_knowledge_base(settings, purpose="test") as kb:
        assert kb.store.counts().pending == 1


def test_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x", encoding="utf-8")
    settings = load_settings(data_dir=path, embedder=EmbedderSettings(kind="hashing"))
    with pytest.raises(StoreUnavailable, match=r"file'.*KB_DATA_DIR"):
        open_close(settings)


def test_server_without_an_address_is_refused_with_an_example(settings: Settings) -> None:
    without = settings.model_copy(update={"index": IndexSettings(kind="qdrant")})
    with pytest.raises(SettingsError, match=r"KB_INDEX__URL.*http://127.0.0.1:6333"):
        open_close(without)
    open_close(settings, rebuild=True)  # the lock and the store were released


def test_unreachable_server_is_named(settings: Settings) -> None:
    index = IndexSettings(kind="qdrant", url="http://127.0.0.1:9")
    with pytest.raises(StoreUnavailable, match="KB_INDEX__URL"):
        open_close(settings.model_copy(update={"index": index}))


def test_index_cut_short_at_its_creation_is_created_again(tmp_path: Path) -> None:
    draft = tmp_path / "index.new" / "wal"
    draft.mkdir(parents=True)
    (draft / "open-1").write_bytes(b"half")
    index = EdgeIndex(tmp_path / "index", 4)
    assert list(index.document_ids()) == []
    index.close()
    assert {path.name for path in tmp_path.iterdir()} == {"index"}


def test_broken_index_files_point_to_reindex(tmp_path: Path) -> None:
    EdgeIndex(tmp_path / "index", 4).close()
    (tmp_path / "index" / "edge_config.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="`kb reindex`"):
        EdgeIndex(tmp_path / "index", 4)


def test_index_open_in_another_handle_is_locked(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index", 4)
    with pytest.raises(StoreLocked, match="đang được một tiến trình khác dùng"):
        EdgeIndex(tmp_path / "index", 4)
    index.close()


def test_closed_index_says_so(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index", 4)
    index.close()
    index.close()
    with pytest.raises(StoreUnavailable, match="đã đóng"):
        index.count()
