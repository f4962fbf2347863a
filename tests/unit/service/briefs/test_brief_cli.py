"""`kb brief` as it is typed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.indexing import write_batch
from kb.errors import BriefError, CaseNotFound, StoreLocked
from kb.knowledge_base import open_knowledge_base
from kb.settings import load_settings
from service.brief_cli import brief_command


@pytest.fixture
def run(tmp_path: Path, monkeypatch, ducks, article):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    with open_knowledge_base(load_settings(), purpose="test") as kb:
        write_batch(kb, [ducks, article])

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(brief_command, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


def test_a_chosen_case_becomes_a_file_whose_path_is_printed(run):
    assert run("--case", "nuoi-vit-chay-dong", "--output", "vit.md") == "vit.md\n"
    assert "Lãi 1.250 con vịt mỗi lứa[^" in Path("vit.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in Path().iterdir()) == ["data", "vit.md"]


def test_a_file_that_is_there_is_kept_without_force(run):
    Path("vit.docx").write_bytes(b"cu")
    with pytest.raises(BriefError, match=r"'vit\.docx' đã có.*--force"):
        run("--case", "nuoi-vit-chay-dong", "--output", "vit.docx")
    assert Path("vit.docx").read_bytes() == b"cu"
    run("--case", "nuoi-vit-chay-dong", "--output", "vit.docx", "--force")
    assert Path("vit.docx").read_bytes().startswith(b"PK")


def test_a_file_that_comes_meanwhile_is_kept(run, monkeypatch):
    def render(*_):
        Path("vit.md").write_bytes(b"moi")
        return b"#"

    monkeypatch.setattr("service.brief_cli.render_brief", render)
    with pytest.raises(BriefError, match="--force"):
        run("--case", "nuoi-vit-chay-dong", "--output", "vit.md")
    assert Path("vit.md").read_bytes() == b"moi"
    assert not list(Path().glob(".*.tmp"))


def test_a_dash_writes_markdown_to_standard_output(run):
    text = run(
        "--case", "bai-xom-nho", "--output", "-", "--date", "2026-02-05", "--place", "Bờ Kinh"
    )
    assert text.startswith("*Bờ Kinh, ngày 05 tháng 02 năm 2026*\n\n# BÁO CÁO TÓM TẮT\n")


def test_a_question_with_conditions_and_a_letterhead(run):
    text = run(
        *("Nuôi vịt chạy đồng lãi bao nhiêu con?", "--case", "nuoi-vit-chay-dong"),
        *("--province", "Bạc Liêu", "--organization", "Huyện ủy", "--organization", "Ban Dân vận"),
        *("--title", "Báo cáo nhanh", "--recipient", "Lưu.", "--output", "-"),
    )
    assert text.startswith("**Huyện ủy**\\\n**Ban Dân vận**\n")
    assert "# BÁO CÁO NHANH" in text
    assert "**Chỉ lọc:** Bạc Liêu" in text
    assert text.index("### Trả lời câu hỏi") < text.index("- Lãi 1.250 con vịt mỗi lứa[^")
    assert "**Nơi nhận:**\n\n- Lưu.\n" in text


def test_chosen_cases_need_no_lock_and_questions_do(run):
    with open_knowledge_base(load_settings(), purpose="serve", url="http://127.0.0.1:8000"):
        assert "con vịt" in run("--case", "nuoi-vit-chay-dong", "--output", "-")
        with pytest.raises(StoreLocked, match=r"http://127\.0\.0\.1:8000"):
            run("Nuôi vịt?", "--output", "-")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--output", "a.md"], BriefError, "Chưa có gì"),
        (["vịt", "--output", "a.txt"], BriefError, r"\.docx, \.md hoặc \.pdf"),
        (["vịt", "--output", "không/có/a.md"], BriefError, "thư mục không tồn tại"),
        (["--case", "la", "--output", "a.md"], CaseNotFound, "'la'"),
        (["--case", "nuoi-vit-chay-dong", "--year", "2020", "--output", "a.md"], BriefError, "lọc"),
    ],
)
def test_mistakes_are_told_and_write_nothing(run, arguments, error, message):
    with pytest.raises(error, match=message):
        run(*arguments)
    assert not Path("a.md").exists()
