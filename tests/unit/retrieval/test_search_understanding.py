"""What is understood of a query decides what is found, and in which order."""

from collections.abc import Callable

import pytest

from ingest.records.models import case_document
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, CaseResult, Document, Field, SearchMode, Source
from retrieval import search as search_module
from retrieval.candidates import Candidate
from retrieval.features import FEATURES
from retrieval.query import ALL_PARTS, Parts
from retrieval.search import Searcher

Fill = Callable[..., None]


def case(key: str, name: str, province: str, text: str, **changes: object) -> Document:
    told = Case(
        key, name, Field.ECONOMY, ("giam-ngheo",), province, period="2021", approach=(text,),
        results=(CaseResult("Thu nhập của các hộ tăng lên"),),
        sources=(Source("Bài", "Báo", f"https://example.org/{key}"),), **changes,  # type: ignore[arg-type]
    )  # fmt: skip
    return case_document(told, f"/cases/{key}.md")


def ranking(
    kb: KnowledgeBase, text: str, *, parts: Parts = ALL_PARTS, mode: SearchMode = "hybrid"
) -> list[Candidate]:
    """Return the ranking before documents of one case are folded: these are much alike."""
    searcher = Searcher(kb)
    return searcher.candidates(searcher.parse(text, parts=parts), mode=mode)


def ids(kb: KnowledgeBase, text: str, *, mode: SearchMode = "hybrid") -> list[str]:
    return [item.document_id for item in ranking(kb, text, mode=mode)]


def features(
    kb: KnowledgeBase, text: str, *, parts: Parts = ALL_PARTS
) -> dict[str, dict[str, float]]:
    return {item.document_id: dict(item.features) for item in ranking(kb, text, parts=parts)}


@pytest.fixture
def bees(kb: KnowledgeBase, fill: Fill) -> KnowledgeBase:
    """Bee-keepers of several provinces, alike but for their places."""
    for key, province, text in (
        ("ca-mau", "Cà Mau", "Đặt thùng ong dưới tán rừng tràm, quay mật mỗi tháng hai lần"),
        ("bac-lieu", "Bạc Liêu", "Đặt thùng ong dưới tán vườn nhãn, quay mật mỗi tháng một lần"),
        ("ha-giang", "Hà Giang", "Đặt thùng ong trên nương bạc hà, quay mật mỗi mùa đông"),
    ):
        fill(kb, case(key, f"Nuôi ong lấy mật {key[:2]}", province, text))
    return kb


def test_today_s_name_prefers_all_provinces_it_was_made_of(bees: KnowledgeBase) -> None:
    assert set(ids(bees, "nuôi ong lấy mật ở Cà Mau")[:2]) == {"ca-mau", "bac-lieu"}
    found = features(bees, "nuôi ong lấy mật ở Cà Mau")
    assert {key: value["place"] for key, value in found.items()} == {
        "ca-mau": 1.0,
        "bac-lieu": 1.0,
        "ha-giang": 0.0,
    }
    assert found["ha-giang"]["elsewhere"] == 1.0


def test_an_old_name_prefers_its_own_and_no_other_s(bees: KnowledgeBase) -> None:
    assert ids(bees, "nuôi ong lấy mật ở Bạc Liêu")[0] == "bac-lieu"
    found = features(bees, "nuôi ong lấy mật ở Bạc Liêu")
    assert {key for key, value in found.items() if value["place"]} == {"bac-lieu"}


def test_a_place_only_orders_and_hides_nothing(bees: KnowledgeBase) -> None:
    assert len(ids(bees, "nuôi ong lấy mật ở Hà Giang")) == 3
    assert ids(bees, "nuôi ong lấy mật ở Hà Giang")[0] == "ha-giang"


def test_without_places_no_place_is_weighed(bees: KnowledgeBase) -> None:
    found = features(bees, "nuôi ong lấy mật ở Hà Giang", parts=Parts.without(["places"]))
    assert not any(value["place"] or value["elsewhere"] for value in found.values())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nuoi ong lay mat o ha giang", "nuôi ong lấy mật ở Hà Giang"),
        ("nuooi ong laays maatj", "nuôi ong lấy mật"),
        ("NUOI ONG LAY MAT", "NUÔI ONG LẤY MẬT"),
    ],
)
def test_a_restored_query_finds_what_the_accented_one_finds(
    bees: KnowledgeBase, typed: str, meant: str
) -> None:
    result = Searcher(bees).search(typed)
    assert result.query == result.interpretation["typed"] == typed
    assert str(result.interpretation["normalized"]).lower() == meant.lower()
    assert result.hits[0].document.document_id == ids(bees, meant)[0]
    assert ids(bees, typed) == ids(bees, meant)


@pytest.fixture
def veterans(kb: KnowledgeBase, fill: Fill) -> KnowledgeBase:
    short, long = "Hội CCB xã trồng hàng rào cây", "Hội Cựu chiến binh phường giữ đường tàu"
    fill(
        kb,
        case("short", "Hàng rào xanh", "Nghệ An", short),
        case("long", "Đường tàu an toàn", "Nghệ An", long),
        case("other", "Tổ hùn vốn", "Nghệ An", "Chị em góp vốn mua bò giống"),
    )
    return kb


@pytest.mark.parametrize("text", ["CCB", "cựu chiến binh", "cuu chien binh", "ccb"])
def test_an_abbreviation_and_its_long_form_find_each_other(
    veterans: KnowledgeBase, text: str
) -> None:
    modes: list[SearchMode] = ["lexical", "hybrid"]
    for mode in modes:
        assert set(ids(veterans, text, mode=mode)[:2]) == {"short", "long"}


def test_without_the_part_an_abbreviation_stays_as_typed(veterans: KnowledgeBase) -> None:
    off = Parts.without(["abbreviations", "synonyms"])
    query = Searcher(veterans).parse("CCB", parts=off)
    assert query.embedded == "CCB"
    assert set(query.accented) == {"ccb"}


def test_a_hit_tells_every_feature_that_was_weighed(bees: KnowledgeBase) -> None:
    for hit in Searcher(bees).search("nuôi ong ở Cà Mau").hits:
        assert tuple(hit.features) == FEATURES
        assert all(-1.0 <= value <= 1.0 for value in hit.features.values())
        assert hit.features["case"] == 1.0
        assert hit.features["late"] == 0.0  # this embedder has no token vectors


def test_the_setting_turns_reranking_off(bees: KnowledgeBase) -> None:
    retrieval = bees.settings.retrieval.model_copy(update={"rerank": False})
    bees.settings = bees.settings.model_copy(update={"retrieval": retrieval})
    result = Searcher(bees).search("nuôi ong ở Cà Mau")
    assert all(not hit.features for hit in result.hits)
    assert "rerank" not in result.timings_ms


@pytest.mark.parametrize("reranked", [1, 2, 5])
def test_what_is_not_reranked_never_outranks_what_is(
    kb: KnowledgeBase, fill: Fill, monkeypatch: pytest.MonkeyPatch, reranked: int
) -> None:
    monkeypatch.setattr(search_module, "RERANKED", reranked)
    provinces = ("Cà Mau", "Hà Giang", "Nghệ An", "Sơn La", "Bến Tre", "Lai Châu", "Phú Yên", "Huế")
    fill(
        kb,
        *(
            case(f"c{n}", f"Nuôi ong {n}", name, "Quay mật ong " * (n + 1))
            for n, name in enumerate(provinces)
        ),
    )
    searcher = Searcher(kb)
    for text in ("nuôi ong ở Cà Mau", "quay mat ong", "ở Hà Giang"):
        query = searcher.parse(text)
        candidates = searcher.candidates(query)
        scores = [item.score for item in candidates]
        assert scores == sorted(scores, reverse=True)
        assert all(0.0 <= score <= 1.0 for score in scores)
        assert [bool(item.features) for item in candidates] == [
            n < reranked for n in range(len(candidates))
        ]
        head = {item.document_id for item in candidates[:reranked]}
        assert head == set(searcher.features(query)[0])


def test_a_page_is_filled_up_where_many_documents_fold(kb: KnowledgeBase, fill: Fill) -> None:
    reprint = "Tổ phụ nữ nuôi ong lấy mật dưới tán rừng tràm, quay mật mỗi tháng hai lần."
    for number in range(25):
        fill(kb, Document(f"in-lai-{number:02}", "article", "Bài", reprint, f"/{number}", "s"))
    others = ("Hội quán nuôi ong của nông dân trẻ", "Nuôi ong ở vườn nhãn ven biển xã đảo")
    for number, text in enumerate(others):
        fill(kb, Document(f"khac-{number}", "article", "Bài", text, f"/k{number}", "s"))
    hits = Searcher(kb).search("nuôi ong", top_k=3).hits
    assert len(hits) == 3
    folded = next(hit for hit in hits if hit.document.document_id.startswith("in-lai"))
    assert len(folded.same_case) == 24


def test_a_cross_encoder_is_asked_whether_or_not_the_learnt_model_reranks(
    bees: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reverses:
        def rerank(self, _: str, candidates: list[Candidate], __: object) -> list[Candidate]:
            return candidates[::-1]

    def ranked(*, on: bool) -> list[str]:
        searcher = Searcher(bees, rerank=on)
        return [item.document_id for item in searcher.candidates(searcher.parse("nuôi ong"))]

    plain = [ranked(on=on) for on in (True, False)]
    monkeypatch.setattr(search_module, "get_cross_encoder", lambda _: Reverses())
    assert [ranked(on=on) for on in (True, False)] == [order[::-1] for order in plain]


def test_equal_documents_are_ordered_by_id(kb: KnowledgeBase, fill: Fill) -> None:
    same = [
        Document(key, "article", "Bài", "Nuôi ong lấy mật.", key, "s") for key in ("c", "a", "b")
    ]
    fill(kb, *same)
    searcher = Searcher(kb)
    found = searcher.candidates(searcher.parse("nuôi ong"))
    assert [item.document_id for item in found] == ["a", "b", "c"]


def test_training_sees_the_features_that_search_weighs(bees: KnowledgeBase) -> None:
    searcher = Searcher(bees)
    query = searcher.parse("nuôi ong ở Cà Mau")
    documents, rows = searcher.features(query)
    weighed = {item.document_id: item.features for item in searcher.candidates(query)}
    assert weighed == {
        key: dict(zip(FEATURES, row, strict=True)) for key, row in zip(documents, rows, strict=True)
    }


LONG = " ".join(f"Câu thứ {n} nói về chuyện khác hẳn trong xã." for n in range(60))


@pytest.fixture
def told_late(tokens_kb: KnowledgeBase, fill: Fill) -> KnowledgeBase:
    article = Document("a", "article", "Chuyện làng", f"{LONG} Ong mật về rừng.", "/a.md", "s")
    fill(tokens_kb, article, Document("b", "article", "Tin", "Trường mở thêm lớp.", "/b.md", "s"))
    return tokens_kb


def test_late_interaction_chooses_the_passage_and_is_weighed(told_late: KnowledgeBase) -> None:
    hits = Searcher(told_late).search("ong mật rừng").hits
    assert hits[0].document.document_id == "a"
    assert "Ong mật về rừng." in hits[0].snippet
    assert hits[0].features["late"] == pytest.approx(1.0, abs=0.02)
    assert all(hit.features["late"] < 0.9 for hit in hits[1:])


def test_without_stored_token_vectors_late_interaction_says_nothing(
    told_late: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told_late.store, "token_vectors", lambda *_: {})
    hits = Searcher(told_late).search("ong mật rừng").hits
    assert hits
    assert all(hit.features["late"] == 0.0 for hit in hits)
