"""Embedding adapters behind `kb.ports.Embedder`, one file each.

An adapter is imported only when the settings name it, so that a process which serves the bundled
model never pays for torch, and one that runs offline tests never pays for OpenVINO.
"""

from pathlib import Path

from kb.ports import Embedder
from kb.settings import EmbedderSettings

__all__ = ["get_embedder"]


def get_embedder(settings: EmbedderSettings, model_dir: Path) -> Embedder:
    """Return the embedder that `settings` name; weights load in `warm_up()` or at first use.

    Args:
        settings: The `embedder` section.
        model_dir: Where converted models and their compile caches are kept; created on demand.

    Raises:
        ModelUnavailable: `kind` is `sentence-transformers` and `model` is empty.
    """
    match settings.kind:
        case "bundled":
            from kb.embedders.openvino_e5 import BundledE5Embedder

            return BundledE5Embedder(
                model_dir,
                batch_size=settings.batch_size,
                threads=settings.threads,
                precision=settings.precision,
                max_tokens=settings.max_tokens,
                segment=settings.segment,
                query_prompt=settings.query_prompt,
                passage_prompt=settings.passage_prompt,
                adapter=settings.adapter,
            )
        case "sentence-transformers":
            from kb.embedders.sentence_transformer import SentenceTransformerEmbedder

            return SentenceTransformerEmbedder(
                settings.model,
                segment=settings.segment,
                query_prompt=settings.query_prompt,
                passage_prompt=settings.passage_prompt,
                batch_size=settings.batch_size,
                threads=settings.threads,
                max_tokens=settings.max_tokens,
            )
        case "hashing":
            from kb.embedders.hashing import HashingEmbedder

            return HashingEmbedder()
