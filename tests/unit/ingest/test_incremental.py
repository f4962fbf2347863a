"""What is read again and what is not, and what lies inside archives."""

import os
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest import incremental
from ingest.pipeline import RunOptions, ingest, plan_ingest, retry_failed
from ingest.report import IngestReport
from ingest.sources import SourceFile
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.settings import IngestSettings, Settings

TEXTS = {
    "lua": "Nông dân ấp Năm\n\nBà con trồng lúa thơm trên nền đất tôm, cuối vụ ai cũng được mùa.",
    "duong": "Thanh niên làm đường\n\nĐoàn xã vận động góp công làm con đường bê tông qua xóm chợ.",
    "ong": "Tổ nuôi ong\n\nChị em lập tổ nuôi ong lấy mật trong rừng tràm, mỗi tháng quay một lần.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "goc"
    path.mkdir()
    return path


def write(path: Path, name: str, *, seconds_ago: float = 60) -> Path:
    """Write an article that was last changed a while ago."""
    path.write_text(TEXTS[name], encoding="utf-8")
    return age(path, seconds_ago)


def age(path: Path, seconds_ago: float) -> Path:
    moment = time.time() - seconds_ago
    os.utime(path, (moment, moment))
    return path


def pack(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return age(path, 60)


def counts(report: IngestReport) -> dict[str, int]:
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def origins(kb: KnowledgeBase) -> list[str]:
    return sorted(row.origin for row in kb.store.list_documents())


def letters(kb: KnowledgeBase) -> list[str]:
    return sorted(kb.store.dead_letters.origins())


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read, workers' included."""
    names: list[str] = []
    submit = incremental.SourceReader._submit

    def noting(self: incremental.SourceReader, file: SourceFile, size: int) -> Any:
        names.append(file.name)
        return submit(self, file, size)

    monkeypatch.setattr(incremental.SourceReader, "_submit", noting)
    return names


@pytest.fixture
def digests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose bytes are compared."""
    names: list[str] = []
    digest = incremental._digest

    def noting(path: Path) -> str:
        names.append(path.name)
        return digest(path)

    monkeypatch.setattr(incremental, "_digest", noting)
    return names


def test_unchanged_file_is_neither_read_nor_compared(
    kb: KnowledgeBase, folder: Path, reads: list[str], digests: list[str]
) -> None:
    write(folder / "a.md", "lua")
    ingest(kb, [folder])
    assert (reads, digests) == (["a.md"], ["a.md"])
    assert counts(ingest(kb, [folder])) == {"unchanged": 1}
    assert (reads, digests) == (["a.md"], ["a.md"])


def test_file_that_was_changed_in_the_moment_of_its_reading_is_compared_by_its_bytes(
    kb: KnowledgeBase, folder: Path, reads: list[str]
) -> None:
    path = write(folder / "a.md", "lua", seconds_ago=0)
    before = path.stat().st_mtime_ns
    ingest(kb, [folder])
    changed = path.read_text(encoding="utf-8").replace("lúa thơm", "lúa thảo")
    path.write_text(changed, encoding="utf-8")  # same size
    os.utime(path, ns=(before, before))
    assert counts(ingest(kb, [folder])) == {"updated": 1}
    assert reads == ["a.md", "a.md"]


def test_touched_file_is_compared_once_and_then_known_again(
    kb: KnowledgeBase, folder: Path, reads: list[str], digests: list[str]
) -> None:
    path = write(folder / "a.md", "lua")
    ingest(kb, [folder])
    age(path, 30)
    digests.clear()
    assert counts(ingest(kb, [folder])) == {"unchanged": 1}
    assert counts(ingest(kb, [folder])) == {"unchanged": 1}
    assert (reads, digests) == (["a.md"], ["a.md"])


def test_force_reads_everything_again_and_finds_it_unchanged(
    kb: KnowledgeBase, folder: Path, reads: list[str]
) -> None:
    write(folder / "a.md", "lua")
    ingest(kb, [folder])
    assert counts(ingest(kb, [folder], options=RunOptions(force=True))) == {"unchanged": 1}
    assert reads == ["a.md", "a.md"]


def test_new_version_of_the_readers_reads_everything_again(
    kb: KnowledgeBase, folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.md", "lua")
    ingest(kb, [folder])
    monkeypatch.setattr("ingest.readers.READER_VERSION", 999)
    assert counts(ingest(kb, [folder])) == {"unchanged": 1}
    assert reads == ["a.md", "a.md"]


def test_other_limits_read_everything_again(
    settings: Settings, folder: Path, reads: list[str]
) -> None:
    write(folder / "a.md", "lua")
    for extract_cases in (True, False):
        chosen = IngestSettings(extract_cases=extract_cases)
        changed = settings.model_copy(update={"ingest": chosen})
        with open_knowledge_base(changed, purpose="test", embedder=HashingEmbedder()) as kb:
            ingest(kb, [folder])
    assert reads == ["a.md", "a.md"]


def test_failed_file_is_tried_again_by_every_run(
    kb: KnowledgeBase, folder: Path, reads: list[str]
) -> None:
    (folder / "a.md").write_bytes(b"---\nx")
    age(folder / "a.md", 60)
    for _ in range(2):
        assert counts(ingest(kb, [folder])) == {"failed": 1}
    assert reads == ["a.md", "a.md"]
    assert kb.store.dead_letters.list()[1][0].attempts == 2


def test_archive_gives_its_members_and_is_known_as_a_whole(
    kb: KnowledgeBase, folder: Path, reads: list[str]
) -> None:
    archive = pack(folder / "b.zip", {"x/lua.txt": TEXTS["lua"], "ong.md": TEXTS["ong"]})
    assert counts(ingest(kb, [folder])) == {"added": 2}
    inside = f"{archive.as_posix()}!/"
    assert origins(kb) == [inside + "ong.md", inside + "x/lua.txt"]
    assert sorted(reads) == ["b.zip", "lua.txt", "ong.md"]
    reads.clear()
    assert counts(ingest(kb, [folder])) == {"unchanged": 2}
    assert reads == []


def test_only_the_changed_member_of_an_archive_is_read(
    kb: KnowledgeBase, folder: Path, reads: list[str]
) -> None:
    pack(folder / "b.zip", {"lua.txt": TEXTS["lua"], "ong.txt": TEXTS["ong"]})
    ingest(kb, [folder])
    reads.clear()
    pack(folder / "b.zip", {"lua.txt": TEXTS["lua"], "ong.txt": TEXTS["ong"] + " Mật bán tại chợ."})
    assert counts(ingest(kb, [folder])) == {"updated": 1, "unchanged": 1}
    assert reads == ["b.zip", "ong.txt"]


def test_member_that_is_gone_takes_its_document_along(kb: KnowledgeBase, folder: Path) -> None:
    archive = pack(folder / "b.zip", {"lua.txt": TEXTS["lua"], "ong.txt": TEXTS["ong"]})
    ingest(kb, [folder])
    pack(archive, {"ong.txt": TEXTS["ong"]})
    report = ingest(kb, [folder])
    assert counts(report) == {"removed": 1, "unchanged": 1}
    assert [item.origin for item in report.items] == [f"{archive.as_posix()}!/lua.txt"]
    assert kb.store.sources.under(archive.as_posix()) == [
        archive.as_posix(),
        f"{archive.as_posix()}!/ong.txt",
    ]


def test_archive_that_is_gone_takes_its_documents_along(kb: KnowledgeBase, folder: Path) -> None:
    archive = pack(folder / "b.zip", {"sub/lua.txt": TEXTS["lua"]})
    write(folder / "a.md", "ong")
    ingest(kb, [folder])
    archive.unlink()
    assert counts(ingest(kb, [folder])) == {"removed": 1, "unchanged": 1}
    assert kb.store.sources.under(archive.as_posix()) == []


def test_archive_that_became_unreadable_keeps_its_documents(
    kb: KnowledgeBase, folder: Path
) -> None:
    archive = pack(folder / "b.zip", {"sub/lua.txt": TEXTS["lua"]})
    ingest(kb, [folder])
    archive.write_bytes(archive.read_bytes()[:40])
    assert counts(ingest(kb, [folder])) == {"failed": 1}
    assert origins(kb) == [f"{archive.as_posix()}!/sub/lua.txt"]


def test_broken_member_fails_alone_is_told_by_every_run_and_keeps_its_document(
    kb: KnowledgeBase, folder: Path, reads: list[str]
) -> None:
    archive = pack(folder / "b.zip", {"lua.txt": TEXTS["lua"], "ong.txt": TEXTS["ong"]})
    ingest(kb, [folder])
    pack(archive, {"lua.txt": TEXTS["lua"], "ong.txt": b"\x00\x01\x02" * 99})
    for _ in range(2):
        reads.clear()
        assert counts(ingest(kb, [folder])) == {"failed": 1, "unchanged": 1}
        assert reads == ["b.zip", "ong.txt"]
    assert len(origins(kb)) == 2
    assert letters(kb) == [f"{archive.as_posix()}!/ong.txt"]


def test_archive_in_an_archive(kb: KnowledgeBase, folder: Path, reads: list[str]) -> None:
    inner = pack(folder / "trong.zip", {"ong.txt": TEXTS["ong"]}).read_bytes()
    (folder / "trong.zip").unlink()
    archive = pack(folder / "b.zip", {"trong.zip": inner, "lua.txt": TEXTS["lua"]})
    assert counts(ingest(kb, [folder])) == {"added": 2}
    inside = f"{archive.as_posix()}!/"
    assert origins(kb) == [inside + "lua.txt", inside + "trong.zip!/ong.txt"]
    reads.clear()
    assert counts(ingest(kb, [archive])) == {"unchanged": 2}
    assert reads == []


def test_plan_looks_into_archives_and_lists_every_document(
    kb: KnowledgeBase, folder: Path, settings: Settings
) -> None:
    archive = pack(folder / "b.zip", {"lua.txt": TEXTS["lua"], "ong.txt": TEXTS["ong"]})
    ingest(kb, [folder])
    pack(archive, {"lua.txt": TEXTS["lua"], "duong.txt": TEXTS["duong"]})
    report = plan_ingest(kb.store, [folder], settings=settings.ingest)
    listed = sorted((item.outcome.value, item.origin.rpartition("/")[2]) for item in report.items)
    assert listed == [("added", "duong.txt"), ("removed", "ong.txt"), ("unchanged", "lua.txt")]
    assert counts(ingest(kb, [folder])) == counts(report)
    again = plan_ingest(kb.store, [folder], settings=settings.ingest)
    assert [item.outcome.value for item in again.items] == ["unchanged", "unchanged"]


def test_removed_document_comes_back_from_its_unchanged_file(
    kb: KnowledgeBase, folder: Path
) -> None:
    from ingest.indexing import remove_documents

    write(folder / "a.md", "lua")
    ingest(kb, [folder])
    remove_documents(kb, [kb.store.list_documents()[0].document_id])
    assert counts(ingest(kb, [folder])) == {"added": 1}


def test_run_that_dies_before_the_documents_are_stored_is_done_again(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.md", "lua")

    def die(*_: object) -> int:
        raise RuntimeError("died")

    with monkeypatch.context() as broken:
        broken.setattr("ingest.pipeline.write_batch", die)
        with pytest.raises(RuntimeError, match="died"):
            ingest(kb, [folder])
    assert kb.store.sources.under("") == []
    assert counts(ingest(kb, [folder])) == {"added": 1}


def test_same_id_in_a_new_and_an_unchanged_file_is_told_by_every_run(
    kb: KnowledgeBase, folder: Path
) -> None:
    head = "---\nid: x\ntitle: Bài\n---\n"
    (folder / "b.md").write_text(head + "Hai.\n", encoding="utf-8")
    age(folder / "b.md", 60)
    ingest(kb, [folder])
    (folder / "a.md").write_text(head + "Một.\n", encoding="utf-8")
    age(folder / "a.md", 60)
    for _ in range(2):
        assert counts(ingest(kb, [folder])) == {"unchanged": 1, "failed": 1}
        assert letters(kb) == [(folder / "a.md").as_posix()]
        assert kb.store.get_document("x").text == "Bài\n\nHai."
    (folder / "a.md").unlink()
    assert counts(ingest(kb, [folder])) == {"unchanged": 1}
    assert letters(kb) == []


def test_failures_leave_the_list_once_read_or_gone(kb: KnowledgeBase, folder: Path) -> None:
    for name in ("a.md", "b.md"):
        (folder / name).write_bytes(b"")
    ingest(kb, [folder])
    assert letters(kb) == [(folder / name).as_posix() for name in ("a.md", "b.md")]
    write(folder / "a.md", "lua")
    (folder / "b.md").unlink()
    ingest(kb, [folder])
    assert letters(kb) == []


def test_retry_reads_the_failed_sources_and_removes_nothing(
    kb: KnowledgeBase, folder: Path
) -> None:
    for name in ("a.md", "mat.md"):
        (folder / name).write_bytes(b"")
    archive = pack(folder / "b.zip", {"ong.txt": b"\x00\x01" * 99})
    write(folder / "c.md", "duong")
    ingest(kb, [folder])
    assert len(letters(kb)) == 3
    write(folder / "a.md", "lua")
    (folder / "mat.md").unlink()
    (folder / "c.md").unlink()
    pack(archive, {"ong.txt": TEXTS["ong"]})
    assert counts(retry_failed(kb)) == {"added": 2, "failed": 1}
    assert letters(kb) == [(folder / "mat.md").as_posix()]
    assert (folder / "c.md").as_posix() in origins(kb)


def test_worker_that_times_out_fails_its_file_and_the_others_go_in(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "slow_reader.py").write_text(
        "import time\n"
        "from ingest.readers import read_documents as read\n"
        "def read_documents(file, limits):\n"
        "    time.sleep(600 if file.name == 'cham.txt' else 0)\n"
        "    yield from read(file, limits)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    pool = incremental.WorkerPool
    monkeypatch.setattr(
        incremental, "WorkerPool", lambda _, **values: pool("slow_reader:read_documents", **values)
    )
    write(folder / "cham.txt", "ong")
    write(folder / "lua.txt", "lua")
    chosen = IngestSettings(file_timeout_seconds=3, workers=2)
    quick = settings.model_copy(update={"ingest": chosen})
    with open_knowledge_base(quick, purpose="test", embedder=HashingEmbedder()) as kb:
        report = ingest(kb, [folder])
        assert counts(report) == {"added": 1, "failed": 1}
        assert report.failed[0].code == "extraction_timeout"
        assert letters(kb) == [(folder / "cham.txt").as_posix()]


def test_run_is_stopped_while_a_file_is_read(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hanging_reader.py").write_text(
        "import time\ndef read_documents(file, limits):\n    time.sleep(600)\n    yield\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    pool = incremental.WorkerPool
    monkeypatch.setattr(
        incremental,
        "WorkerPool",
        lambda _, **values: pool("hanging_reader:read_documents", **values),
    )
    write(folder / "a.md", "lua")
    write(folder / "cham.txt", "ong")
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    started = time.monotonic()
    report = ingest(kb, [folder], options=RunOptions(should_stop=stop.is_set))
    timer.join()
    assert time.monotonic() - started < 30
    assert report.cancelled
    assert counts(report) == {"added": 1}


def test_every_file_goes_to_a_worker_if_asked(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Iterator[object]:
        raise AssertionError("read in this process")

    monkeypatch.setattr(incremental, "read_documents", refuse)
    write(folder / "a.md", "lua")
    assert counts(ingest(kb, [folder], options=RunOptions(isolate=True))) == {"added": 1}


def test_plain_name_does_not_bring_other_formats_into_this_process(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Iterator[object]:
        raise AssertionError("read in this process")

    monkeypatch.setattr(incremental, "read_documents", refuse)
    pack(folder / "a.md", {"lua.txt": TEXTS["lua"]})
    report = ingest(kb, [folder])
    assert [item.origin.rpartition("/")[2] for item in report.items] == ["lua.txt"]


def test_spool_is_empty_after_a_run_and_what_a_crash_left_is_deleted(
    kb: KnowledgeBase, settings: Settings, folder: Path
) -> None:
    left_over = settings.data_dir / "spool" / "cu"
    left_over.mkdir(parents=True)
    (left_over / "kb-1.txt").write_bytes(b"x")
    pack(folder / "b.zip", {"lua.txt": TEXTS["lua"]})
    ingest(kb, [folder])
    assert list((settings.data_dir / "spool").iterdir()) == []
