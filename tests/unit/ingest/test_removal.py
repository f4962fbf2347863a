"""What a run removes, and what it had better not."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest import pipeline
from ingest.pipeline import RunOptions, ingest, plan_ingest, retry_failed
from ingest.report import IngestReport
from ingest.sources import SourceFile
from ingest.web.source import Gone
from kb.errors import SourceUnavailable
from kb.knowledge_base import KnowledgeBase

SITE = "https://a.vn"
Pages = dict[str, Callable[[Path], SourceFile] | None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "goc"
    path.mkdir()
    return path


def article(folder: Path, document_id: str) -> Path:
    path = folder / f"{document_id}.md"
    path.write_text(record(document_id), encoding="utf-8")
    return path


def record(document_id: str) -> str:
    return f"---\nid: {document_id}\ntitle: Bài\n---\nNội dung của {document_id}.\n"


def counts(report: IngestReport) -> dict[str, int]:
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def ids(kb: KnowledgeBase) -> list[str]:
    return sorted(row.document_id for row in kb.store.list_documents())


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    """A web of addresses: what makes the file of one, None where nothing is any more."""
    served: Pages = {}

    class Web:
        def __init__(
            self, addresses: Sequence[str], settings: object, spool: Path, *_: Any, **__: Any
        ) -> None:
            self.addresses, self.spool = addresses, spool
            self.validators: dict[str, Any] = {}

        def files(self) -> Iterator[Any]:
            for address in self.addresses:
                make = served.get(address)
                error = SourceUnavailable(f"{address}: trang không còn.")
                yield make(self.spool) if make else Gone(address, error)

    monkeypatch.setattr("ingest.web.source.WebSource", Web)
    return served


def archive(address: str, *members: str) -> Callable[[Path], SourceFile]:
    def make(spool: Path) -> SourceFile:
        path = spool / "kho.zip"
        with zipfile.ZipFile(path, "w") as file:
            for member in members:
                file.writestr(f"{member}.md", record(member))
        return SourceFile(path, "archive", known_as=address, url=address)

    return make


def page(address: str, document_id: str) -> Callable[[Path], SourceFile]:
    def make(spool: Path) -> SourceFile:
        path = spool / "bai.md"
        path.write_text(record(document_id), encoding="utf-8")
        return SourceFile(path, "markdown", known_as=address, url=address)

    return make


def test_archive_that_was_away_for_a_while_comes_back_whole(
    kb: KnowledgeBase, pages: Pages
) -> None:
    address = f"{SITE}/kho.zip"
    pages[address] = archive(address, "a", "b")
    assert counts(ingest(kb, [address])) == {"added": 2}
    pages[address] = None
    assert counts(ingest(kb, [address])) == {"removed": 2}
    assert kb.store.sources.under("") == []
    pages[address] = archive(address, "a", "b")
    assert counts(ingest(kb, [address])) == {"added": 2}
    assert ids(kb) == ["a", "b"]


def test_what_leaves_an_archive_on_the_web_is_removed(kb: KnowledgeBase, pages: Pages) -> None:
    address, other = f"{SITE}/kho.zip", f"{SITE}/kho.zip-2"
    pages |= {address: archive(address, "a", "b"), other: page(other, "c")}
    ingest(kb, [address, other])
    pages[address] = archive(address, "a")
    assert counts(plan_ingest(kb.store, [address])) == {"unchanged": 1, "removed": 1}
    assert counts(ingest(kb, [address])) == {"unchanged": 1, "removed": 1}
    assert ids(kb) == ["a", "c"]
    assert f"{address}!/b.md" not in kb.store.sources.under("")


def test_broken_archive_on_the_web_keeps_what_it_held(kb: KnowledgeBase, pages: Pages) -> None:
    address = f"{SITE}/kho.zip"
    pages[address] = archive(address, "a", "b")
    ingest(kb, [address])

    def broken(spool: Path) -> SourceFile:
        (spool / "kho.zip").write_bytes(b"PK\x03\x04 half of it")
        return SourceFile(spool / "kho.zip", "archive", known_as=address, url=address)

    pages[address] = broken
    assert counts(ingest(kb, [address])) == {"failed": 1}
    assert ids(kb) == ["a", "b"]


def test_page_that_is_gone_is_told_though_a_longer_address_is_stored(
    kb: KnowledgeBase, pages: Pages
) -> None:
    longer = f"{SITE}/bai-2"
    pages[longer] = page(longer, "hai")
    ingest(kb, [longer])
    assert counts(ingest(kb, [f"{SITE}/bai"])) == {"failed": 1}
    assert ids(kb) == ["hai"]


def test_run_that_dies_while_it_removes_leaves_no_state_of_what_is_removed(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(folder, "a")
    gone = article(folder, "b")
    ingest(kb, [folder])
    gone.unlink()
    remove = pipeline.remove_documents

    def dying(*given: Any, **options: Any) -> None:
        remove(*given, **options)
        raise RuntimeError("died")

    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "remove_documents", dying)
        with pytest.raises(RuntimeError, match="died"):
            ingest(kb, [folder])
    assert kb.store.sources.under("") == [(folder / "a.md").as_posix()]


def test_folder_that_is_suddenly_empty_is_not_believed(kb: KnowledgeBase, folder: Path) -> None:
    files = [article(folder, f"d{number}") for number in range(5)]
    ingest(kb, [folder])
    for file in files:
        file.unlink()
    for report in (plan_ingest(kb.store, [folder]), ingest(kb, [folder])):
        assert counts(report) == {"failed": 1}
        assert report.failed[0].origin == folder.as_posix()
        assert "--force" in str(report.failed[0].reason)
    assert len(ids(kb)) == 5
    assert len(kb.store.sources.under("")) == 5
    kept = article(folder, "d0")
    assert counts(ingest(kb, [folder])) == {"unchanged": 1, "removed": 4}
    assert kb.store.dead_letters.origins() == set()
    kept.unlink()
    assert counts(ingest(kb, [folder])) == {"removed": 1}


def test_folder_that_was_not_believed_leaves_the_list_once_a_retry_finds_its_files(
    kb: KnowledgeBase, folder: Path
) -> None:
    for number in range(5):
        article(folder, f"d{number}")
    ingest(kb, [folder])
    folder.rename(folder.with_name("roi"))
    folder.mkdir()
    ingest(kb, [folder])
    assert counts(retry_failed(kb)) == {}
    assert kb.store.dead_letters.origins() == {folder.as_posix()}
    folder.rmdir()
    folder.with_name("roi").rename(folder)
    assert counts(retry_failed(kb)) == {"unchanged": 5}
    assert kb.store.dead_letters.origins() == set()


def test_empty_folder_is_believed_if_forced(kb: KnowledgeBase, folder: Path) -> None:
    for number in range(5):
        article(folder, f"d{number}")
    ingest(kb, [folder])
    for file in folder.iterdir():
        file.unlink()
    assert counts(ingest(kb, [folder], options=RunOptions(force=True))) == {"removed": 5}
    assert ids(kb) == []
