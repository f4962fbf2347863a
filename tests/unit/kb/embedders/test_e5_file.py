import struct
from pathlib import Path

import numpy as np
import pytest

from kb.embedders import e5_file
from kb.embedders.e5_file import E5File, dequantise_q4
from kb.errors import ModelError, ModelUnavailable

Q4_BLOCK = np.float16(0.25).tobytes() + bytes(range(16))


def small_file(magic: bytes = b"E5S1", version: int = 1) -> bytes:
    """A model of two pieces, one normalisation and two tensors."""
    header = magic + struct.pack("<I7ifi", version, 4, 1, 1, 8, 2, 16, 2, 1e-12, 32)
    pieces = ["<s>", "ơ"]
    blob = "".join(pieces).encode()
    header += struct.pack("<5iQ", 2, 0, 1, 1, 0, len(blob))
    header += struct.pack("<3I2f", 0, 3, len(blob), 0.0, -1.5) + blob
    entry = struct.pack("<IB2I", 0xBD, 2, ord("1"), ord("2"))
    header += struct.pack("<iI", 1, len(entry)) + entry
    names = {"w": (1, 32, Q4_BLOCK), "b": (0, 2, struct.pack("<2f", 1.0, -2.0))}
    offset = len(header) + 4 + sum(2 + len(name) + 21 for name in names)
    directory, data = struct.pack("<i", len(names)), b""
    for name, (dtype, count, raw) in names.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", dtype, count, offset + len(data), len(raw))
        data += raw
    return header + directory + data


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.bin"


def test_header_vocabulary_and_tensors_are_read(path: Path):
    path.write_bytes(small_file())
    source = E5File(path)
    assert (source.config.hidden, source.config.max_positions) == (4, 16)
    assert source.config.layer_norm_eps == pytest.approx(1e-12)
    assert source.vocabulary.pieces == ("<s>", "ơ")
    assert source.vocabulary.scores.tolist() == [0.0, -1.5]
    assert source.vocabulary.normalisation == {"½": "12"}
    assert source.tensor_names == ("w", "b")
    assert source.tensor("b", 2).tolist() == [1.0, -2.0]
    assert source.tensor("w", 4, 8).shape == (4, 8)


def test_low_nibbles_are_the_first_sixteen_weights():
    weights = dequantise_q4(np.frombuffer(Q4_BLOCK, np.uint8))
    assert weights[:16].tolist() == [(low - 8) * 0.25 for low in range(16)]
    assert weights[16:].tolist() == [-2.0] * 16


def test_a_broken_block_is_refused():
    with pytest.raises(ModelError):
        dequantise_q4(np.zeros(17, np.uint8))


def test_foreign_file_is_refused(path: Path):
    path.write_bytes(small_file(magic=b"GGUF"))
    with pytest.raises(ModelError, match="không phải mô hình E5S1"):
        E5File(path)


def test_other_version_is_refused(path: Path):
    path.write_bytes(small_file(version=2))
    with pytest.raises(ModelError, match="phiên bản định dạng 2"):
        E5File(path)


def test_a_file_cut_anywhere_is_refused(path: Path):
    whole = small_file()
    for size in range(4, len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(ModelError):
            E5File(path)


def test_missing_and_empty_files_are_unavailable(path: Path):
    with pytest.raises(ModelUnavailable):
        E5File(path)
    path.touch()
    with pytest.raises(ModelUnavailable):
        E5File(path)


def test_unknown_tensor_and_wrong_shape_are_refused(path: Path):
    path.write_bytes(small_file())
    with pytest.raises(ModelError, match="'nope'"):
        E5File(path).tensor("nope", 1)
    with pytest.raises(ModelError, match="không khớp"):
        E5File(path).tensor("b", 3)


def test_missing_wheel_is_reported_with_a_remedy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(e5_file, "SOURCE_PACKAGE", "khong_co_goi_nay")
    with pytest.raises(ModelUnavailable, match="pip install"):
        e5_file.find_source()
