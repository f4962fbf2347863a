"""`kb eval answers` and `kb eval gate` over a small dataset: right, then with search broken."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from eval.answer_checks import read_answers_record
from eval.answers import answers_command
from eval.errors import EvaluationError
from eval.gate import gate_command
from kb.models import Citation
from kb.ports import FloatArray
from retrieval.answering.citations import CitationBook
from retrieval.reranker import LinearModel

CASES = {
    "heo-dat": "Nuôi heo đất tiết kiệm ở chi hội phụ nữ. Mỗi chị góp 200.000 đồng một tháng.",
    "camera": "Camera an ninh do dân góp tiền lắp ở đầu ngõ. Toàn xã có 43 camera, trộm cắp giảm.",
    "tom-lua": "Luân canh một vụ tôm một vụ lúa trên cùng thửa ruộng. Lãi 50-60 triệu đồng mỗi ha.",
    "nha-xanh": "Ngôi nhà xanh thu gom chai nhựa đem bán. Quỹ giúp 12 học sinh nghèo đến trường.",
    "tieng-keng": "Tiếng kẻng an ninh nhắc dân khóa cửa lúc 22 giờ hằng ngày.",
    "hoa-giai": "Tổ hòa giải ở cơ sở kiên trì vận động hai bên. Hòa giải thành 89,37% vụ việc.",
    "cau-nong-thon": "Vận động mạnh thường quân xây cầu nông thôn. Hoàn thành 21 cây cầu bê tông.",
    "hop-tac-xa": "Hợp tác xã dâu tây đưa quả vào siêu thị, mỗi ngày 6 đến 8 tấn lúc chính vụ.",
    "bep-com": "Bếp cơm tình thương nấu 400 phần cơm chay mỗi ngày cho bệnh nhân nghèo.",
    "day-boi": "Đoàn thanh niên dạy bơi miễn phí cho trẻ em trong hè, 100 em biết bơi.",
}
TOPICS = {
    "q1": ("nuôi heo đất tiết kiệm chi hội phụ nữ góp", "heo-dat", "200.000 đồng"),
    "q2": ("camera an ninh dân góp tiền", "camera", "43 camera"),
    "q3": ("luân canh vụ tôm vụ lúa", "tom-lua", "50-60 triệu đồng"),
    "q4": ("ngôi nhà xanh thu gom chai nhựa", "nha-xanh", "12 học sinh"),
    "q5": ("tiếng kẻng an ninh nhắc dân khóa cửa", "tieng-keng", "22 giờ"),
    "q6": ("tổ hòa giải ở cơ sở hòa giải thành", "hoa-giai", "89,37%"),
    "q7": ("vận động xây cầu nông thôn", "cau-nong-thon", "21 cây cầu"),
    "q8": ("bếp cơm tình thương cho bệnh nhân", "bep-com", "400 phần"),
}
UNANSWERABLE = "giá vàng thế giới phiên giao dịch London"


def write_lines(path: Path, records: list[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def write_corpus(path: Path) -> None:
    write_lines(path, [{"_id": name, "title": "", "text": text} for name, text in CASES.items()])


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    directory = tmp_path / "tiny"
    write_corpus(directory / "corpus.jsonl")
    queries = [
        {"_id": name, "text": text, "metadata": {"style": "keyword"}}
        for name, (text, _, _) in TOPICS.items()
    ]
    nothing = {"style": "unanswerable", "answerable": False}
    queries.append({"_id": "q9", "text": UNANSWERABLE, "metadata": nothing})
    write_lines(directory / "queries.jsonl", queries)
    rows = [f"{name}\t{document}\t2" for name, (_, document, _) in TOPICS.items()]
    (directory / "qrels").mkdir()
    (directory / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "\n".join(rows))
    write_lines(
        directory / "nuggets.jsonl",
        [
            {
                "query_id": name,
                "nuggets": [{"text": text, "numbers": [number], "documents": [document]}],
            }
            for name, (text, document, number) in TOPICS.items()
        ],
    )
    return directory


def answers(*arguments: object) -> Result:
    return CliRunner().invoke(answers_command, [str(argument) for argument in arguments])


def gate(*arguments: object) -> Result:
    return CliRunner().invoke(gate_command, [str(argument) for argument in arguments])


def test_answers_are_measured_printed_and_recorded(dataset: Path, tmp_path: Path) -> None:
    record_file = tmp_path / "answers.json"
    result = answers("--dataset", dataset, "--record", record_file)
    assert result.exception is None
    assert "Trích nguyên văn" in result.output
    record = read_answers_record(record_file)
    assert len(record.topics) == 9
    assert record.measures["quotes_verbatim"] == record.measures["figures_supported"] == 1.0
    assert record.measures["nugget_cited"] > 0.8
    assert record.measures["citation_recall"] == 1.0
    kept = list((tmp_path / "data" / "eval" / "history").glob("answers-*.json"))
    assert [read_answers_record(path) for path in kept] == [record]


def test_answers_as_json(dataset: Path) -> None:
    result = answers("--dataset", dataset, "--json")
    data = json.loads(result.stdout)
    assert data["kind"] == "answers"
    assert {"nugget_recall", "citation_precision", "refusal_f1"} <= data["measures"].keys()


def test_the_gate_catches_a_broken_ranking_and_passes_again(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline = tmp_path / "baseline.json"
    options = ("--dataset", dataset, "--baseline", baseline)
    assert gate(*options, "--pin").exception is None
    passed = gate(*options)
    assert (passed.exception, "Đạt." in passed.output) == (None, True)

    whole = LinearModel.scores

    def inverted(self: LinearModel, features: FloatArray) -> FloatArray:
        return -whole(self, features)

    with monkeypatch.context() as broken:
        broken.setattr(LinearModel, "scores", inverted)
        failed = gate(*options)
        assert isinstance(failed.exception, EvaluationError)
        assert "nDCG@10" in str(failed.exception)
        assert "kb eval compare" in str(failed.exception)
        assert "KHÔNG ĐẠT" in failed.output
        repinned = gate(*options, "--pin")
        assert "--allow-lower" in str(repinned.exception)

    assert gate(*options).exception is None


def test_the_gate_catches_a_quote_that_is_not_verbatim(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--dataset", dataset, "--baseline", tmp_path / "baseline.json")
    gate(*options, "--pin")
    cited = CitationBook.citations.fget
    assert cited is not None

    def shouted(book: CitationBook) -> tuple[Citation, ...]:
        return tuple(replace(item, quote=item.quote.upper()) for item in cited(book))

    monkeypatch.setattr(CitationBook, "citations", property(shouted))
    # The answering code is made to believe that all is well; the gate must not.
    monkeypatch.setattr("retrieval.answering.drafts.checks_of", lambda *_: {"quote_verbatim": True})
    failed = gate(*options)
    assert "trích nguyên văn 1.0000 -> 0.0000 (phải bằng 1)" in str(failed.exception)


def test_changed_judgements_and_settings_demand_a_new_pin(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--dataset", dataset, "--baseline", tmp_path / "baseline.json")
    assert "--pin" in str(gate(*options).exception)
    gate(*options, "--pin")
    monkeypatch.setenv("KB_RETRIEVAL__CANDIDATES", "50")
    assert "thiết lập" in str(gate(*options).exception)
    monkeypatch.delenv("KB_RETRIEVAL__CANDIDATES")
    qrels = dataset / "qrels" / "test.tsv"
    qrels.write_text(qrels.read_text().replace("heo-dat\t2", "heo-dat\t1"))
    assert "đánh giá" in str(gate(*options).exception)


def test_the_gate_over_a_folder_leaves_the_users_knowledge_base_alone(
    dataset: Path, tmp_path: Path
) -> None:
    corpus = tmp_path / "folder"
    write_corpus(corpus / "cases.jsonl")
    (dataset / "corpus.jsonl").unlink()
    options = ("--dataset", dataset, "--baseline", tmp_path / "b.json", "--corpus", corpus)
    assert gate(*options, "--pin").exception is None
    assert json.loads(gate(*options, "--json").stdout)["passed"] is True
    assert not (tmp_path / "data").exists()
    write_lines(corpus / "cases.jsonl", [{"_id": "heo-dat", "title": "", "text": "Chỉ còn một."}])
    assert "kho tài liệu" in str(gate(*options).exception)
