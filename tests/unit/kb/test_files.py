from pathlib import Path

import pytest

from kb.files import write_atomically


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "tệp.bin"
    write_atomically(path, b"cu")
    write_atomically(path, b"moi")
    assert path.read_bytes() == b"moi"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tệp.bin"
    write_atomically(path, b"cu")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kb.files.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"moi")
    assert path.read_bytes() == b"cu"
