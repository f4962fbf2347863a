"""Near copies are found and grouped, other texts are not."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.duplicates import group_copies, is_copy, leave_groups, similarity
from kb.models import Document
from kb.store import DocumentStore
from kb.store.signatures import Membership

ARTICLE = """Tổ hùn vốn giúp chị em mua bò

Hội phụ nữ xã Vĩnh Hòa lập tổ hùn vốn từ tháng ba, mỗi chị góp 200 nghìn đồng một tháng.

Đến nay tổ có 45 chị, đã xoay vòng cho 18 hộ mua bò giống và sửa chuồng trại. Chị Lê Thị Mai nói
rằng nhờ tổ mà gia đình có con bò đầu tiên, rồi bán bê để trả nợ và cho con đi học nghề.

Trưởng ấp cho biết cuối năm sẽ lập thêm hai tổ ở ấp Cây Gòn và ấp Bàu Sen, mỗi tổ 20 chị, và mời
cán bộ thú y về hướng dẫn cách phòng bệnh cho đàn bò trước mùa mưa."""
OTHER = """Đội xe ôm tự quản giữ bình yên bến tàu

Hai mươi bác tài ở bến tàu thị trấn lập đội tự quản, thay nhau trực từ bốn giờ sáng. Gặp khách lạ
đường, các bác chỉ đường và nhắc giữ hành lý; thấy kẻ gian thì báo ngay công an khu vực.

Một năm qua đội giúp bắt bảy vụ trộm cắp, trả lại 14 chiếc ví cho khách, được chủ tịch thị trấn
tặng giấy khen. Nhiều bến khác trong huyện đã đến xem và học theo cách phân ca của đội."""


def document(name: str, text: str) -> Document:
    return Document(name, "article", text.partition("\n")[0], text, f"/x/{name}.txt", name)


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(f"sqlite:///{tmp_path}/documents.db")


def put(store: DocumentStore, *documents: Document) -> None:
    store.put_pending([(item, []) for item in documents])
    group_copies(store, documents)


def memberships(store: DocumentStore, *names: str) -> dict[str, tuple[str, str | None]]:
    found = store.signatures.groups(names)
    return {name: (own.group_id, own.copy_of) for name, own in found.items()}


def test_reprint_with_another_headline_and_a_cut_paragraph_is_a_copy() -> None:
    shortened = "Hùn vốn nuôi bò ở Vĩnh Hòa\n" + ARTICLE.partition("\n")[2].rpartition("\n\n")[0]
    assert is_copy(similarity(document("a", ARTICLE), document("b", shortened)))


def test_marks_and_case_do_not_hide_a_copy() -> None:
    assert similarity(document("a", ARTICLE), document("b", ARTICLE.upper())) == 1.0


def test_other_articles_of_the_same_kind_are_no_copies() -> None:
    assert similarity(document("a", ARTICLE), document("b", OTHER)) < 0.1


def test_short_texts_are_copies_only_if_they_are_equal() -> None:
    left, right = "Tổ hòa giải\n\nĐịa bàn: Cà Mau", "Tổ hòa giải\n\nĐịa bàn: Bạc Liêu"
    assert similarity(document("a", left), document("b", right)) == 0.0
    assert similarity(document("a", left), document("b", left)) == 1.0


def test_copy_joins_the_group_of_what_came_first(store: DocumentStore) -> None:
    put(store, document("first", ARTICLE), document("other", OTHER))
    put(store, document("reprint", ARTICLE + "\n\nTheo báo bạn"))
    assert memberships(store, "first", "reprint", "other") == {
        "first": ("first", None),
        "reprint": ("first", "first"),
    }


def test_copies_that_come_in_one_batch_find_each_other(store: DocumentStore) -> None:
    put(store, document("a", ARTICLE), document("b", ARTICLE), document("c", ARTICLE))
    assert memberships(store, "a", "b", "c") == {
        "a": ("a", None),
        "b": ("a", "a"),
        "c": ("a", "a"),
    }


def test_when_the_original_goes_a_copy_takes_its_place(store: DocumentStore) -> None:
    put(store, document("a", ARTICLE), document("b", ARTICLE), document("c", ARTICLE))
    leave_groups(store, ["a"])
    store.remove(["a"])
    assert memberships(store, "b", "c") == {"b": ("b", None), "c": ("b", "b")}


def test_group_of_one_is_no_group(store: DocumentStore) -> None:
    put(store, document("a", ARTICLE), document("b", ARTICLE))
    leave_groups(store, ["b"])
    store.remove(["b"])
    assert memberships(store, "a", "b") == {}


def test_changed_document_leaves_its_copies(store: DocumentStore) -> None:
    put(store, document("a", ARTICLE), document("b", ARTICLE))
    leave_groups(store, ["b"])
    put(store, document("b", OTHER))
    assert memberships(store, "a", "b") == {}


def test_long_document_is_found_by_a_short_extract_of_it(store: DocumentStore) -> None:
    put(store, document("long", f"{ARTICLE}\n\n{OTHER.partition(chr(10))[2]}"))
    put(store, document("extract", ARTICLE))
    assert memberships(store, "extract") == {"extract": ("long", "long")}


def form(number: int) -> str:
    """Return a form as a commune fills it in: one paragraph of its own, the rest printed."""
    return (
        f"{ARTICLE}\n\nDo xã số {number} lập, {number * 7} hộ ký tên, tổ trưởng thứ {number * 3}."
    )


class Loads:
    """Counts the documents that a store gives, and the memberships that it is told."""

    def __init__(self, store: DocumentStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loaded: list[str] = []
        self.written: list[str] = []
        get, write = store.get_documents, store.signatures.set_groups

        def noting_get(ids: Sequence[str], *, any_state: bool = False) -> list[Document]:
            self.loaded += ids
            return get(ids, any_state=any_state)

        def noting_write(memberships: Sequence[Membership]) -> None:
            self.written += [member.document_id for member in memberships]
            write(memberships)

        monkeypatch.setattr(store, "get_documents", noting_get)
        monkeypatch.setattr(store.signatures, "set_groups", noting_write)


def test_each_further_copy_of_a_form_is_compared_with_the_original_alone(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, *(document(f"don-{number:02}", form(number)) for number in range(10)))
    loads = Loads(store, monkeypatch)
    further = [document(f"don-{number:02}", form(number)) for number in range(10, 20)]
    put(store, *further)
    assert loads.loaded == ["don-00"]
    assert loads.written == [item.document_id for item in further]
    every = memberships(store, *(f"don-{number:02}" for number in range(20)))
    assert every.pop("don-00") == ("don-00", None)
    assert set(every.values()) == {("don-00", "don-00")}
    assert len(every) == 19


def test_equal_text_is_known_without_reading_any(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, document("a", ARTICLE), document("b", ARTICLE))
    loads = Loads(store, monkeypatch)
    put(store, document("c", ARTICLE))
    assert loads.loaded == []
    assert loads.written == ["c"]
    assert memberships(store, "c") == {"c": ("a", "a")}


def test_grouping_again_changes_nothing(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, reprint = document("a", ARTICLE), document("b", f"{ARTICLE}\n\nTheo báo bạn")
    put(store, first, reprint)
    before = memberships(store, "a", "b")
    loads = Loads(store, monkeypatch)
    for again in (first, reprint):
        group_copies(store, [again])
    assert memberships(store, "a", "b") == before == {"a": ("a", None), "b": ("a", "a")}
    assert loads.written == []


def test_when_a_copy_leaves_the_others_are_not_written_again(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, document("z", ARTICLE))
    put(store, *(document(name, ARTICLE) for name in "abc"))
    loads = Loads(store, monkeypatch)
    leave_groups(store, ["a"])
    assert loads.written == []
    assert memberships(store, *"abcz") == {"b": ("z", "z"), "c": ("z", "z"), "z": ("z", None)}


def test_what_was_a_copy_is_found_once_it_is_the_original(store: DocumentStore) -> None:
    put(store, document("a", form(1)), document("b", form(2)), document("c", form(3)))
    leave_groups(store, ["a"])
    store.remove(["a"])
    put(store, document("d", form(4)))
    assert memberships(store, "b", "c", "d") == {
        "b": ("b", None),
        "c": ("b", "b"),
        "d": ("b", "b"),
    }
    leave_groups(store, ["b", "c"])
    store.remove(["b", "c"])
    put(store, document("e", form(5)))
    assert memberships(store, "d", "e") == {"d": ("d", None), "e": ("d", "d")}
