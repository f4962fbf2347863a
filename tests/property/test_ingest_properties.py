"""What must hold for every document: chunks cover it, and a case reads alike from any format."""

import json
import re

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunker import chunk_document, count_syllables
from ingest.records.jsonl import read_jsonl
from ingest.records.markdown import read_markdown
from ingest.records.models import case_document
from kb.codec import case_from_data, case_to_data
from kb.models import Case, CaseResult, Document, Field, Source
from kb.settings import ChunkerSettings
from kb.text import to_reading_form

SYLLABLES = "Ấp Tân nuôi tôm; vận động, bà con: 1.129 hộ 2,5 tỷ. Uỷ ban! TP. (mới) “tốt” - / 1. •"
words = st.sampled_from(SYLLABLES.split())
lines = st.lists(words, max_size=60).map(" ".join)
texts = st.lists(lines, max_size=12).map("\n".join)


@given(texts, st.integers(20, 120), st.integers(0, 5))
@settings(max_examples=100)
def test_chunks_cover_the_text_in_order_and_keep_the_limit(
    raw: str, target: int, overlap: int
) -> None:
    text = to_reading_form(raw)
    document = Document("d", "article", "Nhan đề", text, "/d", "s")
    chunking = ChunkerSettings(target_syllables=target, overlap_sentences=overlap)
    chunks = chunk_document(document, chunking)
    covered, start = 0, -1
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert text[chunk.start_char : chunk.end_char] == chunk.text
        assert chunk.text == chunk.text.strip() != ""
        assert chunk.start_char > start
        assert chunk.end_char > covered
        assert not text[covered : chunk.start_char].strip()
        assert count_syllables(chunk.text) <= target * 3 // 2
        covered, start = chunk.end_char, chunk.start_char
    assert not text[covered:].strip()
    assert chunk_document(document, chunking) == chunks


syllables = st.text(st.sampled_from("abcdđêhơmnătuưáẩịỏ"), min_size=1, max_size=6)
phrases = st.lists(
    st.one_of(syllables, st.sampled_from(["1.129", "2,5", "Uỷ ban", "(mới)", "50%", "a/b"])),
    min_size=1,
    max_size=8,
).map(lambda parts: "X" + " ".join(parts))  # never a list mark or a number at the start
dates = st.sampled_from(["2024", "2024-05", "2024-05-06"])
optional = st.none() | phrases
cases = st.builds(
    Case,
    case_id=st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True),
    name=phrases,
    field=st.sampled_from(Field),
    topics=st.lists(st.sampled_from(["y-te", "thuy-san", "nuoi-ong"]), min_size=1, max_size=3).map(
        tuple
    ),
    province=st.sampled_from(["Cà Mau", "Bạc Liêu", "Huế", "tỉnh Hoà Bình"]),
    district=optional,
    commune=optional,
    organization=optional,
    participants=optional,
    period=st.none() | st.sampled_from(["2021", "2020-2023", "từ 2019"]),
    problem=optional,
    approach=st.lists(phrases, max_size=3).map(tuple),
    results=st.lists(
        st.builds(
            CaseResult,
            phrases,
            st.none() | st.integers(0, 10**7).map(float) | st.sampled_from([0.5, 2.25]),
        ),
        max_size=3,
    ).map(tuple),
    conditions=optional,
    sources=st.lists(
        st.builds(Source, phrases, optional, st.just("https://example.org/a"), dates), max_size=2
    ).map(tuple),
)


def as_markdown(case: Case) -> str:
    data = case_to_data(case)
    body = {key: data.pop(key, None) for key in ("problem", "approach", "results", "conditions")}
    figures = [
        {"result": number, "value": row["value"]}
        for number, row in enumerate(body["results"] or (), 1)
        if "value" in row
    ]
    front = {**data, **({"figures": figures} if figures else {})}
    parts = ["---", yaml.safe_dump(front, allow_unicode=True, sort_keys=False).strip(), "---"]
    sections = [
        ("Thực trạng", body["problem"]),
        ("Cách làm", "\n".join(f"{n}. {step}" for n, step in enumerate(body["approach"] or (), 1))),
        ("Kết quả", "\n".join(f"- {row['text']}" for row in body["results"] or ())),
        ("Điều kiện nhân rộng", body["conditions"]),
    ]
    for heading, content in sections:
        if content:
            parts.append(f"## {heading}\n\n{content}\n")
    return "\n".join(parts)


@given(cases)
@settings(max_examples=60)
def test_case_gives_the_same_document_from_markdown_and_from_json(case: Case) -> None:
    expected = case_document(case, "/goc")
    (from_json,) = read_jsonl(json.dumps(case_to_data(case)), origin="/goc", name="so.jsonl")
    from_markdown = read_markdown(as_markdown(case), origin="/goc", name="so.md")
    assert from_json == expected
    assert from_markdown == expected
    assert from_markdown.case == case


@given(cases)
@settings(max_examples=30)
def test_text_of_a_case_holds_all_its_parts(case: Case) -> None:
    text = case_document(case, "/goc").text
    parts = [case.name, case.problem, case.conditions, case.organization, *case.approach]
    for part in [*parts, *(result.text.rstrip(".") for result in case.results)]:
        assert part is None or part in text
    assert case_from_data(json.loads(json.dumps(case_to_data(case)))) == case
    assert not re.search(r"\n{3}", text)
