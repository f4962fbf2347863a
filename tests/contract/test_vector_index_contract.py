"""What every vector index must do, whichever engine it stands on."""

import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from kb.errors import StoreUnavailable
from kb.indexes.edge import EdgeIndex
from kb.indexes.qdrant import QdrantIndex
from kb.models import Field, Filters, ScoredChunk
from kb.ports import FloatArray, IndexEntry, SparseTerms, VectorIndex

DIM = 4
SERVER = os.environ.get("KB_TEST_QDRANT_URL")
# Local mode says that payload indexes have no effect in it; we create them for servers.
pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")


def chunk_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def unit(*values: float) -> FloatArray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def entry(
    number: int,
    document_id: str = "a",
    *,
    dense: FloatArray | None = None,
    accented: dict[int, float] | None = None,
    folded: dict[int, float] | None = None,
    provinces: tuple[str, ...] = (),
    field: str | None = None,
    topics: tuple[str, ...] = (),
    years: tuple[int, ...] = (),
) -> IndexEntry:
    return IndexEntry(
        chunk_id=chunk_id(number),
        document_id=document_id,
        dense=unit(1, 0, 0, 0) if dense is None else dense,
        accented=sparse(accented or {}),
        folded=sparse(folded or {}),
        provinces=provinces,
        field=field,
        topics=topics,
        years=years,
    )


def sparse(weights: dict[int, float]) -> SparseTerms:
    return SparseTerms(tuple(weights), tuple(weights.values()))


def ids(hits: Sequence[ScoredChunk]) -> list[str]:
    return [hit.chunk_id for hit in hits]


class VectorIndexContract:
    """The suite; a subclass gives the fixture `index`, an empty index of dimension 4."""

    def test_new_index_is_empty(self, index: VectorIndex) -> None:
        assert index.count() == 0
        assert list(index.document_ids()) == []
        assert index.query_dense(unit(1, 0, 0, 0), limit=5) == []
        assert index.query_lexical("accented", sparse({1: 1.0}), limit=5) == []

    def test_dense_query_gives_cosines_best_first(self, index: VectorIndex) -> None:
        index.upsert(
            [
                entry(1, dense=unit(0, 1, 0, 0)),
                entry(2, dense=unit(1, 0, 0, 0)),
                entry(3, dense=unit(1, 1, 0, 0)),
                entry(4, dense=unit(-1, 0, 0, 0)),
            ]
        )
        hits = index.query_dense(unit(1, 0, 0, 0), limit=10)
        assert ids(hits) == [chunk_id(number) for number in (2, 3, 1, 4)]
        assert [hit.score for hit in hits] == pytest.approx([1, 2**-0.5, 0, -1], abs=1e-6)

    def test_limit_cuts_the_worst(self, index: VectorIndex) -> None:
        index.upsert([entry(1, dense=unit(1, 1, 0, 0)), entry(2)])
        assert ids(index.query_dense(unit(1, 0, 0, 0), limit=1)) == [chunk_id(2)]

    def test_equal_scores_come_by_chunk_id(self, index: VectorIndex) -> None:
        index.upsert([entry(number) for number in (3, 1, 2)])
        hits = index.query_dense(unit(1, 0, 0, 0), limit=10)
        assert ids(hits) == [chunk_id(number) for number in (1, 2, 3)]

    def test_hit_names_the_document(self, index: VectorIndex) -> None:
        index.upsert([entry(1, "tài liệu/1")])
        assert index.query_dense(unit(1, 0, 0, 0), limit=1)[0].document_id == "tài liệu/1"

    def test_lexical_score_is_weight_times_weight_times_idf(self, index: VectorIndex) -> None:
        index.upsert(
            [
                entry(1, accented={7: 0.5, 8: 2.0}),
                entry(2, accented={8: 1.0}),
                entry(3, accented={9: 1.0}),
            ]
        )
        hits = index.query_lexical("accented", sparse({7: 1.0, 8: 3.0}), limit=10)
        # ln((N - n + 0.5) / (n + 0.5) + 1) with N = 3 points: n = 1 for term 7, n = 2 for term 8.
        rare, common = np.log(2.5 / 1.5 + 1), np.log(1.5 / 2.5 + 1)
        assert ids(hits) == [chunk_id(1), chunk_id(2)]
        expected = [0.5 * rare + 2.0 * 3.0 * common, 3.0 * common]
        assert [hit.score for hit in hits] == pytest.approx(expected, rel=1e-4)

    def test_lexical_query_gives_only_chunks_that_share_a_term(self, index: VectorIndex) -> None:
        index.upsert([entry(1, accented={7: 1.0}), entry(2, accented={8: 1.0}), entry(3)])
        assert ids(index.query_lexical("accented", sparse({7: 1.0}), limit=10)) == [chunk_id(1)]
        assert index.query_lexical("accented", sparse({9: 1.0}), limit=10) == []

    def test_legs_are_apart(self, index: VectorIndex) -> None:
        index.upsert([entry(1, accented={7: 1.0}), entry(2, folded={7: 1.0})])
        assert ids(index.query_lexical("accented", sparse({7: 1.0}), limit=10)) == [chunk_id(1)]
        assert ids(index.query_lexical("folded", sparse({7: 1.0}), limit=10)) == [chunk_id(2)]

    def test_lexical_query_without_terms_finds_nothing(self, index: VectorIndex) -> None:
        index.upsert([entry(1, accented={7: 1.0})])
        assert index.query_lexical("accented", sparse({}), limit=10) == []

    def test_term_index_may_use_all_32_bits(self, index: VectorIndex) -> None:
        index.upsert([entry(1, accented={2**32 - 1: 1.0, 0: 1.0})])
        assert ids(index.query_lexical("accented", sparse({2**32 - 1: 1.0}), limit=1)) == [
            chunk_id(1)
        ]

    def test_upsert_replaces_a_chunk_of_the_same_id(self, index: VectorIndex) -> None:
        index.upsert([entry(1, "a", accented={7: 1.0}, provinces=("Huế",))])
        index.upsert([entry(1, "b", accented={8: 1.0})])
        assert index.count() == 1
        assert list(index.document_ids()) == ["b"]
        assert index.query_lexical("accented", sparse({7: 1.0}), limit=10) == []
        assert index.count(Filters(province="Huế")) == 0

    def test_upsert_of_nothing_is_no_error(self, index: VectorIndex) -> None:
        index.upsert([])
        assert index.count() == 0

    def test_deleting_a_document_removes_all_its_chunks(self, index: VectorIndex) -> None:
        index.upsert([entry(1, "a", accented={7: 1.0}), entry(2, "a"), entry(3, "b")])
        index.delete_documents(["a", "unknown"])
        assert index.count() == 1
        assert list(index.document_ids()) == ["b"]
        assert ids(index.query_dense(unit(1, 0, 0, 0), limit=10)) == [chunk_id(3)]
        assert index.query_lexical("accented", sparse({7: 1.0}), limit=10) == []

    def test_deleting_nothing_is_no_error(self, index: VectorIndex) -> None:
        index.upsert([entry(1)])
        index.delete_documents([])
        assert index.count() == 1

    def test_many_documents_are_written_listed_and_deleted(self, index: VectorIndex) -> None:
        names = [f"d{number:03}" for number in range(600)]
        index.upsert([entry(number, name) for number, name in enumerate(names)])
        assert index.count() == 600
        assert sorted(index.document_ids()) == names
        index.delete_documents(names[:500])
        assert sorted(index.document_ids()) == names[500:]

    @pytest.mark.parametrize(
        ("filters", "numbers"),
        [
            (None, [1, 2, 3]),
            (Filters(), [1, 2, 3]),
            (Filters(province="Cà Mau"), [1, 2]),
            (Filters(province="Bạc Liêu"), [2]),
            (Filters(province="Huế"), []),
            (Filters(field=Field.ECONOMY), [1, 3]),
            (Filters(topic="thuy-san"), [1, 2]),
            (Filters(year=2023), [2, 3]),
            (Filters(province="Cà Mau", field=Field.ECONOMY, topic="thuy-san", year=2022), [1]),
            (Filters(province="Cà Mau", year=2024), []),
        ],
    )
    def test_filters_are_strict_and_hold_for_every_kind_of_query(
        self, index: VectorIndex, filters: Filters | None, numbers: list[int]
    ) -> None:
        economy, culture = Field.ECONOMY.value, Field.CULTURE_SOCIETY.value
        both = {"accented": {7: 1.0}, "folded": {7: 1.0}}
        index.upsert(
            [
                entry(1, "a", provinces=("Cà Mau",), field=economy,
                      topics=("thuy-san", "giam-ngheo"), years=(2021, 2022), **both),
                entry(2, "b", provinces=("Bạc Liêu", "Cà Mau"), field=culture,
                      topics=("thuy-san",), years=(2023,), **both),
                entry(3, "c", field=economy, years=(2023, 2024), **both),
            ]
        )  # fmt: skip
        expected = [chunk_id(number) for number in numbers]
        assert index.count(filters) == len(expected)
        assert ids(index.query_dense(unit(1, 0, 0, 0), limit=9, filters=filters)) == expected
        for leg in ("accented", "folded"):
            hits = index.query_lexical(leg, sparse({7: 1.0}), limit=9, filters=filters)
            assert ids(hits) == expected

    def test_optimising_changes_no_answer(self, index: VectorIndex) -> None:
        rng = np.random.default_rng(7)
        index.upsert([entry(n, f"d{n}", dense=unit(*rng.normal(size=DIM))) for n in range(300)])
        before = index.query_dense(unit(1, 2, 3, 4), limit=20)
        index.optimize()
        assert index.count() == 300
        assert index.query_dense(unit(1, 2, 3, 4), limit=20) == before

    def test_closing_twice_is_no_error(self, index: VectorIndex) -> None:
        index.close()
        index.close()


class TestEdgeIndex(VectorIndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[VectorIndex]:
        opened = EdgeIndex(tmp_path / "index", DIM)
        yield opened
        opened.close()

    def test_what_was_written_is_there_after_reopening(self, tmp_path: Path) -> None:
        first = EdgeIndex(tmp_path / "index", DIM)
        first.upsert([entry(1, "a", accented={7: 1.0}, provinces=("Huế",))])
        first.close()
        second = EdgeIndex(tmp_path / "index", DIM)
        assert list(second.document_ids()) == ["a"]
        assert second.count(Filters(province="Huế")) == 1
        assert ids(second.query_lexical("accented", sparse({7: 1.0}), limit=1)) == [chunk_id(1)]
        second.close()


class TestQdrantLocalMode(VectorIndexContract):
    @pytest.fixture
    def index(self) -> Iterator[VectorIndex]:
        opened = QdrantIndex(QdrantClient(":memory:"), "test", DIM)
        yield opened
        opened.close()

    def test_collection_is_kept_unless_it_is_to_be_recreated(self) -> None:
        client = QdrantClient(":memory:")
        QdrantIndex(client, "test", DIM).upsert([entry(1)])
        assert QdrantIndex(client, "test", DIM).count() == 1
        wider = QdrantIndex(client, "test", DIM + 1, recreate=True)
        assert wider.count() == 0
        wider.upsert([entry(1, dense=unit(1, 0, 0, 0, 0))])
        assert wider.count() == 1
        client.close()


@pytest.mark.skipif(SERVER is None, reason="KB_TEST_QDRANT_URL names no Qdrant server")
class TestQdrantServer(VectorIndexContract):
    @pytest.fixture
    def index(self) -> Iterator[VectorIndex]:
        assert SERVER is not None
        client = QdrantClient(SERVER)
        name = f"kb-test-{uuid.uuid4().hex}"
        yield QdrantIndex(client, name, DIM)
        cleaner = QdrantClient(SERVER)
        cleaner.delete_collection(name)
        cleaner.close()


def test_server_that_does_not_answer_is_reported_with_its_settings() -> None:
    with pytest.raises(StoreUnavailable, match=r"'mo-hinh'.*KB_INDEX__URL"):
        QdrantIndex.connect("http://127.0.0.1:9", "mo-hinh", DIM)


@pytest.mark.parametrize("seed", range(3))
def test_embedded_engine_and_local_mode_rank_alike(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    provinces, topics = ["Cà Mau", "Huế", "Hà Nội"], ["y-te", "thuy-san"]
    fields = [None, *(field.value for field in Field)]

    def terms(size: int) -> SparseTerms:
        indices = rng.choice(40, size=size, replace=False)
        return SparseTerms(
            tuple(int(index) for index in indices),
            tuple(float(value) for value in rng.uniform(0.1, 2.0, size)),
        )

    entries = [
        IndexEntry(
            chunk_id=str(uuid.UUID(int=int(rng.integers(2**60)))),
            document_id=f"d{number // 3}",
            dense=unit(*rng.normal(size=16)),
            accented=terms(6),
            folded=terms(6),
            provinces=tuple(rng.choice(provinces, size=rng.integers(3), replace=False).tolist()),
            field=fields[rng.integers(len(fields))],
            topics=tuple(rng.choice(topics, size=rng.integers(3), replace=False).tolist()),
            years=tuple(int(year) for year in rng.integers(2018, 2025, size=2)),
        )
        for number in range(240)
    ]
    edge = EdgeIndex(tmp_path / "index", 16)
    local = QdrantIndex(QdrantClient(":memory:"), "test", 16)
    for index in (edge, local):
        index.upsert(entries[:200])
        index.upsert(entries[200:])
    for filters in (
        None,
        Filters(province="Huế"),
        Filters(topic="y-te", year=2020),
        Filters(field=Field.ECONOMY),
    ):
        assert edge.count(filters) == local.count(filters) > 0
        for _ in range(5):
            vector, query = unit(*rng.normal(size=16)), terms(4)
            assert_alike(
                edge.query_dense(vector, limit=25, filters=filters),
                local.query_dense(vector, limit=25, filters=filters),
            )
            for leg in ("accented", "folded"):
                assert_alike(
                    edge.query_lexical(leg, query, limit=25, filters=filters),
                    local.query_lexical(leg, query, limit=25, filters=filters),
                )
    # Deleted points leave the ranking at once (their share in the IDF leaves later).
    vector = unit(*rng.normal(size=16))
    for index in (edge, local):
        index.delete_documents([f"d{number}" for number in range(0, 80, 7)])
    assert sorted(edge.document_ids()) == sorted(local.document_ids())
    assert_alike(edge.query_dense(vector, limit=25), local.query_dense(vector, limit=25))
    edge.close()
    local.close()


def assert_alike(left: Sequence[ScoredChunk], right: Sequence[ScoredChunk]) -> None:
    assert left, "a query that finds nothing shows nothing"
    assert [hit.score for hit in left] == pytest.approx([hit.score for hit in right], abs=1e-4)
    assert ids(left) == ids(right)
    assert [hit.document_id for hit in left] == [hit.document_id for hit in right]
