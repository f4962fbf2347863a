"""Any sentence-transformers model, by name or path, for those who have the memory and the time.

The library takes 6-7 s to import, so it is imported when the weights are first needed.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kb.embedders.prompts import prepare
from kb.errors import ModelError, ModelUnavailable
from kb.ports import EmbedderSpec, FloatArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_QUERY_KEYS = ("query",)
_PASSAGE_KEYS = ("passage", "document", "corpus")


class SentenceTransformerEmbedder:
    """Embeds with a sentence-transformers model. Safe to use from several threads.

    `HF_HUB_OFFLINE` and the other variables of the Hugging Face libraries apply.

    Args:
        model: Name on the Hugging Face hub, or path of a saved model.
        segment: Join the syllables of words with pyvi first (PhoBERT-based models).
        query_prompt: None for the model's own prompt; the empty string for none.
        passage_prompt: The same for passages.
        batch_size: Texts a batch.
        threads: Threads of torch; 0 leaves its default. Torch has one number a process.
        max_tokens: Longer texts are cut; the model's own limit applies if it is lower.

    Raises:
        ModelUnavailable: `model` is empty.
    """

    def __init__(
        self,
        model: str,
        *,
        segment: bool = False,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        batch_size: int = 16,
        threads: int = 0,
        max_tokens: int | None = None,
    ) -> None:
        if not model:
            raise ModelUnavailable(
                "Chưa chọn mô hình cho bộ nhúng 'sentence-transformers'; "
                "hãy đặt KB_EMBEDDER__MODEL bằng tên hoặc đường dẫn của mô hình."
            )
        self._name = model
        self._segment = segment
        self._query_prompt = query_prompt
        self._passage_prompt = passage_prompt
        self._batch_size = batch_size
        self._threads = threads
        self._max_tokens = max_tokens
        self._lock = threading.Lock()
        self._loaded: tuple[SentenceTransformer, EmbedderSpec] | None = None

    @property
    def spec(self) -> EmbedderSpec:
        """What decides the vectors. Loads the model: only it knows its prompts and dimension."""
        return self._load()[1]

    def warm_up(self) -> None:
        """Load the weights now.

        Raises:
            ModelUnavailable: The library or the model is missing.
        """
        self._load()

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, dim)` float32, rows L2-normalised, in the order of `texts`."""
        return self._embed(texts, self._load()[1].query_prompt)

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, dim)` float32, rows L2-normalised, in the order of `texts`."""
        return self._embed(texts, self._load()[1].passage_prompt)

    def _embed(self, texts: Sequence[str], prompt: str) -> FloatArray:
        model, spec = self._load()
        if not texts:
            return np.empty((0, spec.dim), np.float32)
        prepared = [
            text.encode("utf-8", "replace").decode("utf-8")  # Rust takes no lone surrogates
            for text in prepare(texts, prompt, segment=self._segment)
        ]
        try:
            vectors = model.encode(
                prepared,
                batch_size=self._batch_size,
                # The prompt is in the text already; this keeps the model's default one out.
                prompt="",
                convert_to_numpy=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        except RuntimeError as exc:
            raise ModelError(f"Mô hình {self._name!r} không tính được vectơ: {exc}") from exc
        return np.asarray(vectors, dtype=np.float32)

    def _load(self) -> "tuple[SentenceTransformer, EmbedderSpec]":
        loaded = self._loaded
        if loaded is None:
            with self._lock:
                loaded = self._loaded
                if loaded is None:
                    loaded = self._loaded = self._open()
        return loaded

    def _open(self) -> "tuple[SentenceTransformer, EmbedderSpec]":
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as exc:
            raise ModelUnavailable(
                f"Thiếu gói {exc.name!r} cho bộ nhúng 'sentence-transformers'; "
                "hãy chạy: pip install sentence-transformers"
            ) from exc
        if self._threads:
            torch.set_num_threads(self._threads)
        try:
            model = SentenceTransformer(self._name, device="cpu")
        # The hub, requests, safetensors and torch each raise their own kind here.
        except Exception as exc:
            raise ModelUnavailable(
                f"Không nạp được mô hình {self._name!r}: {exc}; hãy kiểm tra tên hoặc đường dẫn, "
                "tải mô hình về máy trước, hoặc đặt KB_EMBEDDER__KIND=bundled để dùng mô hình "
                "đi kèm."
            ) from exc
        if self._max_tokens and model.max_seq_length:
            model.max_seq_length = min(self._max_tokens, model.max_seq_length)
        prompts = {key: value for key, value in model.prompts.items() if value}
        spec = EmbedderSpec(
            name=f"sentence-transformers:{self._name}",
            dim=len(model.encode("", show_progress_bar=False)),
            query_prompt=choose_prompt(
                self._query_prompt, prompts, _QUERY_KEYS, self._name, "query: "
            ),
            passage_prompt=choose_prompt(
                self._passage_prompt, prompts, _PASSAGE_KEYS, self._name, "passage: "
            ),
            segment=self._segment,
            revision=_revision(model),
        )
        return model, spec


def choose_prompt(
    explicit: str | None,
    prompts: Mapping[str, str],
    keys: Sequence[str],
    model: str,
    e5_prompt: str,
) -> str:
    """Return the prompt to use: the setting, the model's own, the e5 one for e5 models, or none.

    Args:
        explicit: The setting; None if it is not set.
        prompts: The model's own prompts that are not empty, by their names.
        keys: Names to look for, in this order.
        model: Name or path of the model.
        e5_prompt: What models of the e5 family expect without declaring it.

    Example:
        >>> choose_prompt(None, {}, ("query",), "intfloat/multilingual-e5-base", "query: ")
        'query: '
        >>> choose_prompt(None, {}, ("query",), "BAAI/bge-m3", "query: ")
        ''
    """
    if explicit is not None:
        return explicit
    for key in keys:
        if key in prompts:
            return prompts[key]
    # A model that declares some prompts has said what it wants; only the last part of a path names
    # the model.
    return e5_prompt if not prompts and "e5" in Path(model).name.lower() else ""


def _revision(model: "SentenceTransformer") -> str:
    for module in model.modules():
        commit = getattr(getattr(module, "config", None), "_commit_hash", None)
        if commit:
            return str(commit)[:12]
    return ""
