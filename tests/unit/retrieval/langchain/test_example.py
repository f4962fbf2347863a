"""The example of `retrieval/langchain/EXAMPLE.md` runs, and is as short as it says."""

import re
from pathlib import Path

import pytest

from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import open_knowledge_base
from kb.models import Case, CaseResult, Field
from kb.settings import Settings

EXAMPLE = Path(__file__).parents[4] / "retrieval" / "langchain" / "EXAMPLE.md"
QUESTION = "Mô hình nuôi tôm ở Cà Mau có kết quả gì?"
CASE = Case(
    case_id="nuoi-tom",
    name="Nuôi tôm hai giai đoạn",
    field=Field.ECONOMY,
    topics=("thuy-san",),
    province="Cà Mau",
    results=(CaseResult("Có 17 hộ nuôi tôm có lãi", 17, "hộ"),),
)


def test_the_example_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    [code] = re.findall(r"```python\n(.*?)```", EXAMPLE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(code.strip().splitlines()) <= 20
    with open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder()) as kb:
        write_batch(kb, [case_document(CASE, "test")])
    monkeypatch.setenv("KB_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    exec(compile(code, str(EXAMPLE), "exec"), {})
    answer, prompt = capsys.readouterr().out.split("Human: ")
    assert "Có 17 hộ nuôi tôm có lãi" in answer
    assert "[1]" in answer
    assert "Có 17 hộ nuôi tôm có lãi" in prompt
    assert prompt.endswith(f"Hỏi: {QUESTION}\n")
