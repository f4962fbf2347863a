"""Which source keeps which document id, in one run and from run to run."""

import io
import json
import os
import shutil
from pathlib import Path

import pytest

from ingest.claims import under_id
from ingest.jobs import keep_upload
from ingest.pipeline import RunOptions, ingest, plan_ingest
from ingest.report import IngestReport
from kb.embedders.hashing import HashingEmbedder
from kb.ids import document_id_for
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Document, ExtractedCase, Span
from kb.settings import Settings

LUA = "# Trồng lúa trên đất tôm\n\nBà con ấp Năm trồng lúa thơm, cuối vụ ai cũng được mùa.\n"
ONG = "# Tổ nuôi ong lấy mật\n\nChị em lập tổ nuôi ong trong rừng tràm, mỗi tháng quay một lần.\n"


def write(path: Path, text: str, *, seconds_ago: float = 60) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    moment = path.stat().st_mtime - seconds_ago
    os.utime(path, (moment, moment))
    return path


def own(document_id: str, text: str) -> str:
    return f"---\nid: {document_id}\ntitle: Bài\n---\n{text}\n"


def case_line(case_id: str, problem: str) -> str:
    return json.dumps({
        "id": case_id, "name": "Tên", "field": "kinh-te", "topics": ["y-te"], "province": "Huế",
        "problem": problem,
    }, ensure_ascii=False) + "\n"  # fmt: skip


def counts(report: IngestReport) -> dict[str, int]:
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def texts(kb: KnowledgeBase) -> dict[str, str]:
    """Return the last line of every document by its origin."""
    ids = [row.document_id for row in kb.store.list_documents()]
    assert sorted(kb.index.document_ids()) == sorted(ids)
    found = kb.store.get_documents(ids)
    return {document.origin: document.text.splitlines()[-1] for document in found}


@pytest.mark.parametrize("at_once", [False, True])
def test_files_with_one_derived_id_are_both_kept_and_stay_apart(
    kb: KnowledgeBase, tmp_path: Path, at_once: bool
) -> None:
    first = write(tmp_path / "xaA/2023/bao-cao.md", LUA)
    second = write(tmp_path / "xaB/2023/bao-cao.md", ONG)
    assert document_id_for(str(first)) == document_id_for(str(second))
    folders = [first.parent, second.parent]
    for paths in [folders] if at_once else [[folders[0]], [folders[1]]]:
        assert set(counts(ingest(kb, paths))) == {"added"}
    expected = {
        first.as_posix(): LUA.splitlines()[-1],
        second.as_posix(): ONG.splitlines()[-1],
    }
    assert texts(kb) == expected
    stored = {row.origin: row.document_id for row in kb.store.list_documents()}
    assert stored[first.as_posix()] == document_id_for(str(first))
    assert stored[second.as_posix()].startswith(f"{document_id_for(str(first))}-")
    assert counts(ingest(kb, folders)) == {"unchanged": 2}
    forced = RunOptions(force=True)
    assert counts(ingest(kb, folders[::-1], options=forced)) == {"unchanged": 2}
    assert counts(plan_ingest(kb.store, folders[::-1], options=forced)) == {"unchanged": 2}
    assert texts(kb) == expected


def test_copy_elsewhere_is_the_same_document_and_leaves_it_where_it_was(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    first = write(tmp_path / "f1/a.md", own("x", "Một."))
    ingest(kb, [first.parent])
    copy = tmp_path / "f2/a.md"
    copy.parent.mkdir()
    shutil.copy2(first, copy)
    assert counts(ingest(kb, [copy.parent])) == {"unchanged": 1}
    assert counts(ingest(kb, [copy.parent])) == {"unchanged": 1}
    assert texts(kb) == {first.as_posix(): "Một."}
    copy.unlink()
    assert counts(ingest(kb, [copy.parent])) == {}
    assert texts(kb) == {first.as_posix(): "Một."}


def test_declared_id_of_a_document_elsewhere_is_refused_and_nothing_overwritten(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    first = write(tmp_path / "f1/a.md", own("x", "Một."))
    second = write(tmp_path / "f2/b.md", own("x", "Hai."))
    ingest(kb, [first.parent])
    for _ in range(2):
        report = ingest(kb, [second.parent])
        assert counts(report) == {"failed": 1}
        assert report.failed[0].code == "duplicate_id"
        assert first.as_posix() in str(report.failed[0].reason)
        assert "Đặt 'id' khác" in str(report.failed[0].reason)
        assert texts(kb) == {first.as_posix(): "Một."}
    first.unlink()
    assert counts(ingest(kb, [second.parent])) == {"updated": 1}
    assert texts(kb) == {second.as_posix(): "Hai."}


@pytest.mark.parametrize(("source", "target"), [("1.jsonl", "2.jsonl"), ("2.jsonl", "1.jsonl")])
def test_record_that_moved_to_another_file_goes_with_it(
    kb: KnowledgeBase, tmp_path: Path, source: str, target: str
) -> None:
    folder = tmp_path / "goc"
    left = write(folder / source, case_line("a", "Cũ") + case_line("b", "Cũ"))
    right = write(folder / target, case_line("c", "Cũ"))
    ingest(kb, [folder])
    write(left, case_line("a", "Cũ"), seconds_ago=50)
    write(right, case_line("c", "Cũ") + case_line("b", "Mới"), seconds_ago=50)
    assert counts(ingest(kb, [folder])) == {"updated": 1, "unchanged": 2}
    assert kb.store.get_document("b").origin == right.as_posix()
    assert kb.store.get_case("b")[0].problem == "Mới"
    assert counts(ingest(kb, [folder])) == {"unchanged": 3}
    assert set(kb.store.sources.under("")) == {left.as_posix(), right.as_posix()}


def test_files_that_swapped_their_names_keep_their_documents(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    one, two = (
        write(tmp_path / "goc/1.md", own("a", "A.")),
        write(tmp_path / "goc/2.md", own("b", "B.")),
    )
    ingest(kb, [tmp_path / "goc"])
    write(one, own("b", "B."), seconds_ago=50)
    write(two, own("a", "A."), seconds_ago=50)
    assert counts(ingest(kb, [tmp_path / "goc"])) == {"unchanged": 2}
    assert texts(kb) == {one.as_posix(): "B.", two.as_posix(): "A."}
    assert counts(ingest(kb, [tmp_path / "goc"])) == {"unchanged": 2}


def test_rows_of_registers_of_one_name_are_both_kept(kb: KnowledgeBase, tmp_path: Path) -> None:
    head = "Tên mô hình;Địa bàn;Lĩnh vực;Kết quả\n"
    first = write(tmp_path / "xaA/2023/so.csv", head + "Tổ nuôi ong;Cà Mau;Kinh tế;Mười hộ\n")
    second = write(tmp_path / "xaB/2023/so.csv", head + "Tổ nuôi ong;Cà Mau;Kinh tế;Ba mươi hộ\n")
    ingest(kb, [first])
    ingest(kb, [second])
    rows = kb.store.list_documents()
    assert sorted(row.origin for row in rows) == [first.as_posix(), second.as_posix()]
    assert counts(ingest(kb, [first, second])) == {"unchanged": 2}


def test_source_whose_documents_are_gone_or_taken_is_read_again(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    first = write(tmp_path / "goc/1.md", own("a", "A."))
    second = write(tmp_path / "goc/2.md", own("b", "B."))
    ingest(kb, [tmp_path / "goc"])
    kb.index.delete_documents(["a"])
    kb.store.remove(["a"])
    assert counts(ingest(kb, [tmp_path / "goc"])) == {"added": 1, "unchanged": 1}
    kb.store.set_origins([("b", (tmp_path / "khac.md").as_posix())])
    assert counts(ingest(kb, [tmp_path / "goc"])) == {"unchanged": 2}
    assert texts(kb) == {first.as_posix(): "A.", second.as_posix(): "B."}


def test_document_under_another_id_takes_its_cases_along() -> None:
    span = Span(0, 3)
    told = ExtractedCase("x-1--ong", "x-1", "Ong", (span,), same_as="m7")
    again = ExtractedCase("x-1--to", "x-1", "Tổ", (span,), same_as="x-1--ong")
    document = Document("x-1", "article", "T", "Ong", "/a.md", "0", extracted=(told, again))
    renamed = under_id(document, "x-1-ff")
    assert renamed.document_id == "x-1-ff"
    assert [(case.document_id, case.case_id, case.same_as) for case in renamed.extracted] == [
        ("x-1-ff", "x-1-ff--ong", "m7"),
        ("x-1-ff", "x-1-ff--to", "x-1-ff--ong"),
    ]


def test_run_that_dies_between_the_batches_of_a_file_is_done_again_though_the_file_was_set_back(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ingest.pipeline as pipeline

    ids = [f"c{number}" for number in range(6)]
    old = "".join(case_line(each, "bản cũ") for each in ids)
    batched = settings.model_copy(
        update={"ingest": settings.ingest.model_copy(update={"batch_documents": 2})}
    )
    path = write(tmp_path / "goc/k.jsonl", old)
    times = path.stat().st_mtime_ns
    with open_knowledge_base(batched, purpose="test", embedder=HashingEmbedder()) as kb:
        ingest(kb, [path])
        write(path, "".join(case_line(each, "BẢN MỚI HỎNG") for each in ids))
        left = [None, None]
        stored = pipeline.write_batch

        def dying(*given: object) -> int:
            if not left:
                raise RuntimeError("died")
            left.pop()
            return stored(*given)  # type: ignore[arg-type]

        with monkeypatch.context() as broken:
            broken.setattr(pipeline, "write_batch", dying)
            with pytest.raises(RuntimeError, match="died"):
                ingest(kb, [path])
        assert kb.store.get_case("c0")[0].problem == "BẢN MỚI HỎNG"
        path.write_text(old, encoding="utf-8")
        os.utime(path, ns=(times, times))
        ingest(kb, [path])
        assert {kb.store.get_case(each)[0].problem for each in ids} == {"bản cũ"}


def test_mended_upload_replaces_the_upload_of_its_id(kb: KnowledgeBase) -> None:
    origins = []
    for text in (LUA, ONG):
        stream = io.BytesIO(own("bai-cua-toi", text).encode())
        origins.append(keep_upload(kb.settings.data_dir, "bai.md", stream, max_bytes=10_000))
    assert counts(ingest(kb, origins[:1])) == {"added": 1}
    assert counts(ingest(kb, origins[1:])) == {"updated": 1}
    assert texts(kb) == {origins[1]: ONG.splitlines()[-1]}
