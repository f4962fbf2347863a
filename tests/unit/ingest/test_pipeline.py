"""One run of ingest: what is added, changed, kept, removed, refused."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.pipeline import RunOptions, ingest, plan_ingest, retry_failed
from ingest.report import IngestProgress, IngestReport, Outcome
from ingest.sources import SourceFile, Unreadable
from ingest.web.source import Gone, Unchanged
from kb.embedders.hashing import HashingEmbedder
from kb.errors import SourceUnavailable
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.ports import FloatArray
from kb.settings import IngestSettings, Settings
from kb.terms import query_terms, terms_of, tokenize


class SpyEmbedder(HashingEmbedder):
    """Counts what it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.passages: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        self.passages.extend(texts)
        return super().embed_passages(texts)


@pytest.fixture
def spy() -> SpyEmbedder:
    return SpyEmbedder()


@pytest.fixture
def kb(settings: Settings, spy: SpyEmbedder) -> Iterator[KnowledgeBase]:
    with open_knowledge_base(settings, purpose="test", embedder=spy) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "goc"
    path.mkdir()
    return path


def article(folder: Path, document_id: str, text: str, name: str | None = None) -> Path:
    path = folder / (name or f"{document_id}.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\nid: {document_id}\ntitle: Bài\n---\n{text}\n", encoding="utf-8")
    return path


def case_line(case_id: str, problem: str = "Đất bỏ không") -> str:
    return json.dumps({
        "id": case_id, "name": "Tên", "field": "kinh-te", "topics": ["y-te"], "province": "Huế",
        "problem": problem,
    }, ensure_ascii=False)  # fmt: skip


def counts(report: IngestReport) -> dict[str, int]:
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def reasons(report: IngestReport) -> list[str]:
    return [str(item.reason) for item in report.failed]


def containing(kb: KnowledgeBase, words: str) -> list[str]:
    """Return the documents with a chunk that holds all the words (and their bigrams)."""
    found: set[str] | None = None
    for term in terms_of(tokenize(words)):
        hits = kb.index.query_lexical("accented", query_terms([term]), limit=100)
        ids = {hit.document_id for hit in hits}
        found = ids if found is None else found & ids
    return sorted(found or ())


def assert_consistent(kb: KnowledgeBase) -> None:
    """Both stores hold the same documents and chunks, and nothing waits."""
    documents = [row.document_id for row in kb.store.list_documents(limit=10_000)]
    assert sorted(kb.index.document_ids()) == documents
    assert kb.store.counts().pending == 0
    assert kb.index.count() == kb.store.counts().chunks


def test_new_files_are_stored_and_searchable(kb: KnowledgeBase, folder: Path) -> None:
    article(folder, "a", "Nuôi tôm quảng canh.")
    (folder / "so.jsonl").write_text(case_line("m1") + "\n" + case_line("m2"), encoding="utf-8")
    report = ingest(kb, [folder])
    assert counts(report) == {"added": 3}
    assert containing(kb, "tôm quảng canh") == ["a"]
    assert containing(kb, "đất bỏ không") == ["m1", "m2"]
    assert_consistent(kb)


def test_second_run_changes_and_embeds_nothing(
    kb: KnowledgeBase, folder: Path, spy: SpyEmbedder
) -> None:
    article(folder, "a", "Nuôi tôm.")
    (folder / "so.jsonl").write_text(case_line("m1"), encoding="utf-8")
    (folder / "bai.txt").write_text("Nhan đề\n\nMột bài báo về nuôi tôm.", encoding="utf-8")
    ingest(kb, [folder])
    assert len(spy.passages) == 3
    spy.passages.clear()
    report = ingest(kb, [folder])
    assert counts(report) == {"unchanged": 3}
    assert spy.passages == []
    assert report.items == []


def test_words_of_documents_that_a_crash_left_over_reach_the_lexicon(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(folder, "a", "Nuôi ngao ngoài bãi bồi.")
    ingest(kb, [folder])
    article(folder, "b", "Nuôi hàu dưới gầm bè.")
    with monkeypatch.context() as broken:
        broken.setattr("ingest.pipeline.refresh_lexicon", _die)
        with pytest.raises(RuntimeError, match="died"):
            ingest(kb, [folder])
    assert kb.lexicon.forms("hau") == () or kb.lexicon.count("hàu") == 0
    ingest(kb, [folder])
    assert kb.lexicon.count("hàu") == 1


def _die(*_: object, **__: object) -> None:
    raise RuntimeError("died")


def test_changed_file_replaces_its_chunks_alone(
    kb: KnowledgeBase, folder: Path, spy: SpyEmbedder
) -> None:
    article(folder, "a", "Nuôi tôm quảng canh. " * 200)
    article(folder, "b", "Trồng lúa.")
    ingest(kb, [folder])
    before = kb.index.count()
    article(folder, "a", "Trồng màu.")
    spy.passages.clear()
    assert counts(ingest(kb, [folder])) == {"updated": 1, "unchanged": 1}
    assert spy.passages == ["Bài\n\nTrồng màu."]
    assert containing(kb, "quảng canh") == []
    assert containing(kb, "trồng màu") == ["a"]
    assert kb.index.count() < before
    assert_consistent(kb)


def test_changed_fact_alone_is_a_change(kb: KnowledgeBase, folder: Path) -> None:
    (folder / "so.jsonl").write_text(case_line("m"), encoding="utf-8")
    ingest(kb, [folder])
    changed = {**json.loads(case_line("m")), "sources": [{"url": "https://example.org"}]}
    (folder / "so.jsonl").write_text(json.dumps(changed), encoding="utf-8")
    assert counts(ingest(kb, [folder])) == {"updated": 1}
    assert kb.store.get_document("m").url == "https://example.org"


def test_vanished_file_takes_its_documents_along(kb: KnowledgeBase, folder: Path) -> None:
    article(folder, "a", "Nuôi tôm.").unlink()
    gone = article(folder, "b", "Trồng lúa nước.")
    article(folder, "c", "Dệt chiếu.")
    ingest(kb, [folder])
    gone.unlink()
    report = ingest(kb, [folder])
    assert counts(report) == {"removed": 1, "unchanged": 1}
    assert [(item.document_id, item.origin) for item in report.items] == [("b", gone.as_posix())]
    assert containing(kb, "lúa nước") == []
    assert_consistent(kb)


def test_line_that_is_gone_from_a_file_takes_its_document_along(
    kb: KnowledgeBase, folder: Path
) -> None:
    path = folder / "so.jsonl"
    path.write_text(case_line("m1") + "\n" + case_line("m2"), encoding="utf-8")
    ingest(kb, [path])
    path.write_text(case_line("m2"), encoding="utf-8")
    assert counts(ingest(kb, [path])) == {"removed": 1, "unchanged": 1}
    assert [row.document_id for row in kb.store.list_documents()] == ["m2"]


def test_broken_line_keeps_the_document_that_it_used_to_hold(
    kb: KnowledgeBase, folder: Path
) -> None:
    path = folder / "so.jsonl"
    path.write_text(case_line("m1") + "\n" + case_line("m2"), encoding="utf-8")
    ingest(kb, [folder])
    path.write_text(case_line("m1")[:-1] + "\n" + case_line("m2", "Đất mặn"), encoding="utf-8")
    report = ingest(kb, [folder])
    assert counts(report) == {"updated": 1, "failed": 1}
    assert "so.jsonl: dòng 1: JSON sai" in reasons(report)[0]
    assert [row.document_id for row in kb.store.list_documents()] == ["m1", "m2"]


def test_file_that_became_unreadable_keeps_its_document(kb: KnowledgeBase, folder: Path) -> None:
    path = article(folder, "a", "Nuôi tôm.")
    ingest(kb, [folder])
    path.write_bytes(b"\xff\xff\xff\n")
    report = ingest(kb, [folder])
    assert counts(report) == {"failed": 1}
    assert containing(kb, "nuôi tôm") == ["a"]


def test_folder_that_became_unreadable_keeps_its_documents(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    article(folder, "a", "Nuôi tôm.", "sub/a.md")
    ingest(kb, [folder], recursive=True)
    scandir = os.scandir

    def refusing(path: Path | int) -> object:
        if str(path).endswith("/sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert counts(ingest(kb, [folder], recursive=True)) == {"failed": 1}
    assert containing(kb, "nuôi tôm") == ["a"]


def test_run_without_subfolders_leaves_their_documents_alone(
    kb: KnowledgeBase, folder: Path
) -> None:
    article(folder, "a", "Nuôi tôm.")
    deep = article(folder, "b", "Trồng lúa.", "sub/b.md")
    ingest(kb, [folder], recursive=True)
    assert counts(ingest(kb, [folder])) == {"unchanged": 1}
    assert kb.store.get_document("b").title == "Bài"
    deep.unlink()
    assert counts(ingest(kb, [folder], recursive=True)) == {"unchanged": 1, "removed": 1}


def test_only_what_lies_under_the_given_paths_is_pruned(kb: KnowledgeBase, tmp_path: Path) -> None:
    names = ["goc", "goc2", "GOC"]
    for name in names:
        article(tmp_path / name, f"bai-{name}", "Nuôi tôm.")
    ingest(kb, [tmp_path / name for name in names])
    for name in names:
        (tmp_path / name / f"bai-{name}.md").unlink()
    report = ingest(kb, [tmp_path / "goc"])
    assert [item.document_id for item in report.items] == ["bai-goc"]


def test_relative_and_absolute_paths_name_the_same_files(
    kb: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(folder, "a", "Nuôi tôm.")
    (folder / "sub").mkdir()
    ingest(kb, [folder])
    monkeypatch.chdir(folder / "sub")
    assert counts(ingest(kb, [Path("..")])) == {"unchanged": 1}
    assert counts(ingest(kb, [Path(".."), Path("../a.md"), folder])) == {"unchanged": 1}
    (folder / "a.md").unlink()
    assert counts(ingest(kb, [Path("..")])) == {"removed": 1}


def test_moved_file_keeps_its_document_without_embedding(
    kb: KnowledgeBase, folder: Path, spy: SpyEmbedder
) -> None:
    old = article(folder, "a", "Nuôi tôm.")
    ingest(kb, [folder])
    spy.passages.clear()
    old.rename(folder / "moi.md")
    assert counts(ingest(kb, [folder])) == {"unchanged": 1}
    assert kb.store.get_document("a").origin == (folder / "moi.md").as_posix()
    assert spy.passages == []


def test_id_twice_in_one_file_is_refused(kb: KnowledgeBase, folder: Path) -> None:
    lines = [case_line("m1", "Đầu tiên"), case_line("m2"), case_line("m1", "Thứ hai")]
    (folder / "so.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = ingest(kb, [folder])
    assert counts(report) == {"added": 2, "failed": 1}
    assert report.failed[0].code == "duplicate_id"
    assert "so.jsonl: mã 'm1' đã có trong chính tệp này" in reasons(report)[0]
    assert "Đầu tiên" in kb.store.get_document("m1").text


def test_id_in_two_files_is_refused_and_names_the_first(kb: KnowledgeBase, folder: Path) -> None:
    first = article(folder, "a", "Một.", "1.md")
    article(folder, "a", "Hai.", "2.md")
    report = ingest(kb, [folder])
    assert counts(report) == {"added": 1, "failed": 1}
    assert f"2.md: mã 'a' đã có trong tệp {first.as_posix()!r}" in reasons(report)[0]
    assert "Đặt 'id' khác" in reasons(report)[0]
    assert kb.store.get_document("a").text == "Bài\n\nMột."


def test_bad_files_are_reported_one_by_one_and_good_ones_go_in(
    kb: KnowledgeBase, folder: Path
) -> None:
    article(folder, "tot", "Nuôi tôm.")
    (folder / "1-rong.md").write_bytes(b"")
    (folder / "2-trang.txt").write_bytes(b" \n\n ")
    (folder / "3-nhi-phan.txt").write_bytes(b"\x00\x01\x02" * 100)
    (folder / "4-bang-ma.md").write_bytes("một\n".encode() + b"hai \xe1\xe0 ba\n")
    (folder / "5-khoa.md").write_text("---\ntitel: A\n---\nx", encoding="utf-8")
    (folder / "6-hong.md").symlink_to("khong-co.md")
    (folder / "7-ngay.md").write_text("---\npublished: 2024-02-30\n---\nx", encoding="utf-8")
    (folder / "8-anh.png").write_bytes(b"x")
    report = ingest(kb, [folder])
    assert counts(report) == {"added": 1, "failed": 7, "skipped": 1}
    expected = [
        "1-rong.md: tệp rỗng",
        "2-trang.txt: tệp rỗng",
        "3-nhi-phan.txt: đây là tệp nhị phân",
        "4-bang-ma.md: dòng 2 không phải UTF-8",
        "5-khoa.md: không có khóa 'titel', có phải ý là 'title'",
        "'6-hong.md' là liên kết hỏng",
        "7-ngay.md: phần đầu (YAML) có giá trị không đọc được",
    ]
    for reason, start in zip(reasons(report), expected, strict=True):
        assert reason.startswith(start)
    assert containing(kb, "nuôi tôm") == ["tot"]


def test_oversized_file_is_refused(settings: Settings, folder: Path) -> None:
    small = settings.model_copy(update={"ingest": IngestSettings(max_file_mb=0.001)})
    (folder / "lon.txt").write_text("Nuôi tôm. " * 200, encoding="utf-8")
    with open_knowledge_base(small, purpose="test") as kb:
        report = ingest(kb, [folder])
    assert "KB_INGEST__MAX_FILE_MB" in reasons(report)[0]


def test_missing_path_changes_nothing(kb: KnowledgeBase, folder: Path) -> None:
    article(folder, "a", "Nuôi tôm.")
    with pytest.raises(SourceUnavailable, match="khong-co"):
        ingest(kb, [folder, folder / "khong-co"])
    assert kb.store.counts().documents == 0


def test_batches_of_any_size_give_the_same_base(settings: Settings, folder: Path) -> None:
    for number in range(7):
        article(folder, f"bai-{number}", f"Nuôi tôm số {number}.")
    small = settings.model_copy(update={"ingest": IngestSettings(batch_documents=3)})
    with open_knowledge_base(small, purpose="test", embedder=HashingEmbedder()) as kb:
        assert counts(ingest(kb, [folder])) == {"added": 7}
        assert_consistent(kb)


def test_progress_ends_at_all_bytes(kb: KnowledgeBase, folder: Path) -> None:
    sizes = [article(folder, name, "Nuôi tôm.").stat().st_size for name in ("a", "b")]
    told: list[IngestProgress] = []
    ingest(kb, [folder], options=RunOptions(on_progress=told.append))
    last = told[-1]
    assert (last.bytes_done, last.bytes_total) == (sum(sizes), sum(sizes))
    assert (last.files_done, last.files_total) == (2, 2)
    assert (last.documents, last.chunks) == (2, 2)
    assert last.origin == (folder / "b.md").as_posix()


def test_progress_in_bytes_alone(kb: KnowledgeBase, folder: Path) -> None:
    size = article(folder, "a", "Nuôi tôm.").stat().st_size
    told: list[tuple[int, int]] = []
    ingest(kb, [folder], progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (size, size)


def test_stopped_run_finishes_its_batch_and_removes_nothing(
    settings: Settings, folder: Path
) -> None:
    small = settings.model_copy(update={"ingest": IngestSettings(batch_documents=2)})
    gone = article(folder, "gone", "Dệt chiếu.")
    with open_knowledge_base(small, purpose="test", embedder=HashingEmbedder()) as kb:
        ingest(kb, [folder])
        gone.unlink()
        for number in range(7):
            article(folder, f"bai-{number}", f"Nuôi tôm số {number}.")
        stored = 0

        def should_stop() -> bool:
            return kb.store.counts().documents > stored

        stored = 1
        report = ingest(kb, [folder], options=RunOptions(should_stop=should_stop))
        assert report.cancelled
        assert counts(report) == {"added": 2}
        assert "gone" in kb.store.states(["gone"])
        assert kb.store.counts().documents == 3
        assert_consistent(kb)
        assert kb.lexicon.count("nuôi") > 0
        assert counts(ingest(kb, [folder])) == {"added": 5, "unchanged": 2, "removed": 1}
        assert_consistent(kb)


class FakeWeb:
    """Stands for `ingest.web.source.WebSource`: what it yields is set before a run."""

    items: ClassVar[list[Any]] = []
    asked: ClassVar[list[tuple[Any, ...]]] = []

    def __init__(
        self,
        addresses: Sequence[str],
        settings: object,
        spool: Path,
        known: Any,
        *,
        remembered: Any,
        **_: Any,
    ) -> None:
        self.addresses, self.spool, self.known = addresses, spool, known
        self.remembered = remembered
        self.validators: dict[str, tuple[str | None, str | None, str | None]] = {}

    def files(self) -> Iterator[Any]:
        FakeWeb.asked.append(tuple(self.addresses))
        for make in FakeWeb.items:
            yield make(self)


def page(web: FakeWeb, origin: str = "https://a.vn/bai", etag: str = '"1"') -> SourceFile:
    path = web.spool / "page.txt"
    path.write_text("Tổ nuôi ong\n\nChị em lập tổ nuôi ong lấy mật trong rừng.", encoding="utf-8")
    web.validators[origin] = (etag, None, f"{origin}?x")
    return SourceFile(path, "text", known_as=origin, url=f"{origin}?x")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> type[FakeWeb]:
    monkeypatch.setattr("ingest.web.source.WebSource", FakeWeb)
    FakeWeb.items, FakeWeb.asked = [page], []
    return FakeWeb


def test_address_is_fetched_read_and_remembered_with_its_validators(
    kb: KnowledgeBase, web: type[FakeWeb], folder: Path
) -> None:
    article(folder, "a", "Nuôi tôm.")
    report = ingest(kb, ["https://a.vn/bai?x", folder, folder / "ds.urls"])
    assert web.asked == [("https://a.vn/bai?x", (folder / "ds.urls").as_posix())]
    assert counts(report) == {"added": 2}
    (stored,) = kb.store.get_documents(
        [row.document_id for row in kb.store.list_documents() if row.document_id != "a"]
    )
    assert (stored.origin, stored.url) == ("https://a.vn/bai", "https://a.vn/bai?x")
    state = kb.store.sources.get(["https://a.vn/bai"])["https://a.vn/bai"]
    assert (state.etag, state.url) == ('"1"', "https://a.vn/bai?x")
    assert state.document_ids == (stored.document_id,)


def test_address_that_did_not_change_is_counted_and_its_new_validators_kept(
    kb: KnowledgeBase, web: type[FakeWeb]
) -> None:
    ingest(kb, ["https://a.vn/bai"])

    def same(source: FakeWeb) -> Unchanged:
        state = source.known("https://a.vn/bai?x")  # found by the address of the last fetch
        source.validators[state.origin] = ('"2"', None, state.url)
        return Unchanged(state.origin, state)

    web.items = [same]
    assert counts(ingest(kb, ["https://a.vn/bai"])) == {"unchanged": 1}
    assert kb.store.sources.get(["https://a.vn/bai"])["https://a.vn/bai"].etag == '"2"'
    FakeWeb.items = [lambda source: page(source) if source.known("https://a.vn/bai") is None else 1]
    forced = ingest(kb, ["https://a.vn/bai"], options=RunOptions(force=True))
    assert counts(forced) == {"unchanged": 1}


def test_identity_of_a_page_is_remembered_though_it_is_to_be_read_again(
    settings: Settings, web: type[FakeWeb]
) -> None:
    asked: list[tuple[Any, Any]] = []

    def asking(source: FakeWeb) -> SourceFile:
        asked.append((source.known("https://a.vn/bai?x"), source.remembered("https://a.vn/bai?x")))
        return page(source)

    other = settings.model_copy(update={"ingest": IngestSettings(max_file_mb=51)})
    for own, force in ((settings, False), (settings, True), (other, False)):
        with open_knowledge_base(own, purpose="test") as kb:
            ingest(kb, ["https://a.vn/bai"], options=RunOptions(force=force))
        web.items = [asking]
    assert [known for known, _ in asked] == [None, None]
    assert [state.origin for _, state in asked] == ["https://a.vn/bai"] * 2


def test_address_where_nothing_is_any_more_takes_its_document_along(
    kb: KnowledgeBase, web: type[FakeWeb]
) -> None:
    ingest(kb, ["https://a.vn/bai"])
    error = SourceUnavailable("https://a.vn/bai: trang không còn.")
    web.items = [lambda _: Gone("https://a.vn/bai", error)]
    assert counts(ingest(kb, ["https://a.vn/bai"])) == {"removed": 1}
    assert kb.store.sources.under("") == []
    again = ingest(kb, ["https://a.vn/bai"])
    assert counts(again) == {"failed": 1}
    assert reasons(again) == ["https://a.vn/bai: trang không còn."]


def test_address_that_cannot_be_reached_keeps_its_document(
    kb: KnowledgeBase, web: type[FakeWeb]
) -> None:
    ingest(kb, ["https://a.vn/bai"])
    web.items = [lambda _: Unreadable("https://a.vn/bai", SourceUnavailable("bận"))]
    assert counts(ingest(kb, ["https://a.vn/bai"])) == {"failed": 1}
    assert kb.store.counts().documents == 1
    web.items = [page]
    assert counts(retry_failed(kb)) == {"unchanged": 1}
    assert web.asked[-1] == ("https://a.vn/bai",)
    assert kb.store.dead_letters.origins() == set()


def test_plan_says_what_a_run_would_do_and_changes_nothing(
    kb: KnowledgeBase, folder: Path, spy: SpyEmbedder
) -> None:
    article(folder, "a", "Nuôi tôm.")
    gone = article(folder, "b", "Trồng lúa.")
    article(folder, "c", "Dệt chiếu.")
    ingest(kb, [folder])
    article(folder, "a", "Nuôi cua.")
    gone.unlink()
    article(folder, "d", "Làm đường.")
    before = (kb.store.counts(), kb.index.count())
    spy.passages.clear()
    report = plan_ingest(kb.store, [folder], max_file_mb=1)
    expected = {"added": 1, "updated": 1, "unchanged": 1, "removed": 1}
    assert report.dry_run
    assert counts(report) == expected
    assert (kb.store.counts(), kb.index.count()) == before
    assert spy.passages == []
    assert counts(ingest(kb, [folder])) == expected


def test_plan_without_a_base_adds_everything(folder: Path) -> None:
    article(folder, "a", "Nuôi tôm.")
    assert counts(plan_ingest(None, [folder], max_file_mb=1)) == {"added": 1}


def test_work_that_a_crash_left_is_done_first(kb: KnowledgeBase, folder: Path) -> None:
    for name, text in (("a", "Nuôi tôm."), ("b", "Trồng lúa."), ("c", "Dệt chiếu.")):
        article(folder, name, text)
    ingest(kb, [folder])
    kb.store.set_state(["a"], "pending")
    kb.index.delete_documents(["a"])
    kb.store.set_state(["b"], "deleting")
    (folder / "b.md").unlink()
    report = ingest(kb, [folder])
    assert counts(report) == {"repaired": 2, "unchanged": 2}
    assert {item.document_id for item in report.items if item.outcome is Outcome.REPAIRED} == {
        "a",
        "b",
    }
    assert containing(kb, "nuôi tôm") == ["a"]
    assert containing(kb, "trồng lúa") == []
    assert_consistent(kb)
