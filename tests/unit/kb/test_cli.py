"""The `kb` group: commands are found by name, errors end on standard error."""

import json
import subprocess
import sys
from importlib.metadata import entry_points

import click
import pytest

import kb.cli
from kb.cli import ENTRY_POINT_GROUP, cli, main, print_json
from kb.errors import StoreLocked


class _Entry:
    """An entry point whose command does what the test says."""

    name = "boom"

    def __init__(self, error: BaseException | None) -> None:
        self._error = error

    def load(self) -> click.Command:
        def run() -> None:
            if self._error is not None:
                raise self._error

        return click.Command("boom", callback=run)


def run_main(monkeypatch: pytest.MonkeyPatch, error: BaseException | None, *arguments: str) -> int:
    monkeypatch.setattr(kb.cli, "entry_points", lambda group: [_Entry(error)])
    monkeypatch.setattr(sys, "argv", ["kb", *(arguments or ("boom",))])
    try:
        main()
    except SystemExit as exc:
        return int(exc.code or 0)
    return 0


def test_our_error_goes_to_standard_error_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, StoreLocked("đang được dùng")) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "Lỗi [store_locked]: đang được dùng\n"


def test_success_exits_with_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_main(monkeypatch, None) == 0


def test_interruption_exits_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err.strip() == "Đã dừng theo yêu cầu."


def test_unknown_command_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, None, "nothing") == 2
    assert "nothing" in capsys.readouterr().err


def test_bug_is_not_dressed_up_as_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        run_main(monkeypatch, ZeroDivisionError())


def test_group_lists_its_entry_points_without_loading_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Unloadable(_Entry):
        def load(self) -> click.Command:
            raise AssertionError("loaded")

    monkeypatch.setattr(kb.cli, "entry_points", lambda group: [Unloadable(None)])
    assert cli.list_commands(click.Context(cli)) == ["boom"]


def test_importing_the_group_imports_no_package_above_kb() -> None:
    code = (
        "import sys, kb.cli; "
        "print([n for n in ('ingest', 'retrieval', 'service', 'eval', 'torch', 'fastapi', "
        "'langchain_core') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_registered_commands_of_ingest_are_found() -> None:
    registered = {entry.name: entry.value for entry in entry_points(group=ENTRY_POINT_GROUP)}
    assert registered["ingest"] == "ingest.cli:ingest_command"
    assert registered["reindex"] == "ingest.cli:reindex_command"


def test_json_is_written_with_readable_vietnamese(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"ten": "Đưa màu xuống ruộng"})
    written = capsys.readouterr().out
    assert "Đưa màu xuống ruộng" in written
    assert json.loads(written) == {"ten": "Đưa màu xuống ruộng"}
