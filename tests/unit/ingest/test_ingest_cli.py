"""`kb ingest` and `kb reindex` as they are typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest.cli import ingest_command, reindex_command
from kb.errors import IndexMismatch, KbError, SettingsError, SourceUnavailable


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "goc"
    path.mkdir()
    (path / "a.md").write_text("---\nid: a\ntitle: Bài\n---\nNuôi tôm.\n", encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(ingest_command, [str(argument) for argument in arguments])


def error_of(result: Result) -> KbError:
    assert isinstance(result.exception, KbError)
    return result.exception


def test_report_sums_up_the_run(folder: Path) -> None:
    result = run(folder)
    assert result.exit_code == 0
    assert result.stdout.startswith("Thêm mới 1 (")
    assert run(folder).stdout.startswith("Không đổi 1 (")


def test_json_report_is_one_document(folder: Path) -> None:
    report = json.loads(run(folder, "--json").stdout)
    assert (report["added"], report["failed"], report["dry_run"]) == (1, 0, False)
    assert report["items"] == [
        {
            "outcome": "added",
            "origin": (folder / "a.md").as_posix(),
            "document_id": "a",
            "title": "Bài",
        }
    ]


def test_failures_are_listed_and_give_exit_code_1(folder: Path) -> None:
    (folder / "b.md").write_text("---\ntitel: [đậm]\n---\nx", encoding="utf-8")
    result = run(folder)
    assert result.exit_code == 1
    assert "[lỗi] b.md: không có khóa 'titel', có phải ý là 'title'" in result.stdout
    assert "1 tài liệu hoặc tệp bị lỗi" in result.stderr
    assert json.loads(run(folder, "--json").stdout)["unchanged"] == 1


def test_long_messages_are_not_broken_into_lines(folder: Path) -> None:
    (folder / "b.md").write_text("---\nzzz: 1\n---\nx", encoding="utf-8")
    (line,) = [line for line in run(folder).stdout.splitlines() if "b.md" in line]
    assert len(line) > 120
    assert line.endswith("sources.")


def test_dry_run_changes_nothing_and_does_not_even_create_the_data_directory(
    folder: Path, tmp_path: Path
) -> None:
    result = run(folder, "--dry-run")
    assert result.exit_code == 0
    assert "Chạy thử, chưa thay đổi gì:" in result.stdout
    assert "[thêm mới] a - Bài" in result.stdout
    assert not (tmp_path / "data").exists()


def test_dry_run_beside_data_leaves_every_file_as_it_is(folder: Path, tmp_path: Path) -> None:
    run(folder)
    (folder / "a.md").unlink()
    (folder / "b.md").write_text("---\nid: b\n---\nTrồng lúa.\n", encoding="utf-8")
    data = tmp_path / "data"
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    report = json.loads(run(folder, "--dry-run", "--json").stdout)
    assert (report["added"], report["removed"], report["dry_run"]) == (1, 1, True)
    after = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert after == before


def test_subfolders_need_the_option(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "c.md").write_text("---\nid: c\n---\nDệt chiếu.\n", encoding="utf-8")
    assert json.loads(run(folder, "--json").stdout)["added"] == 1
    assert json.loads(run(folder, "-r", "--json").stdout)["added"] == 1


def test_private_address_is_refused_with_a_way_out() -> None:
    result = run("http://127.0.0.1:9/bai")
    assert result.exit_code == 1
    assert "KB_WEB__ALLOW_PRIVATE" in result.stdout


def test_missing_path_is_named(tmp_path: Path) -> None:
    error = error_of(run(tmp_path / "khong-co"))
    assert isinstance(error, SourceUnavailable)
    assert "khong-co" in str(error)


def test_misspelt_setting_stops_the_command(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("KB_DATADIR", "x")
    assert isinstance(error_of(run(folder)), SettingsError)


def test_changed_settings_name_reindex_and_reindex_mends_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder)
    monkeypatch.setenv("KB_CHUNKER__TARGET_SYLLABLES", "100")
    error = error_of(run(folder))
    assert isinstance(error, IndexMismatch)
    assert "target_syllables=100" in str(error)
    assert "`kb reindex`" in str(error)
    mended = CliRunner().invoke(reindex_command, [])
    assert mended.exit_code == 0
    assert mended.stdout == "Đã tạo lại chỉ mục cho 1 tài liệu.\n"
    assert json.loads(run(folder, "--json").stdout)["unchanged"] == 1


def test_reindex_of_an_empty_base_is_no_error() -> None:
    result = CliRunner().invoke(reindex_command, ["--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"documents": 0}
