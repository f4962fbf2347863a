"""Answers worded by a language model behind an OpenAI-compatible endpoint (optional).

Nothing here is imported unless a model is configured, and LangChain only when it is first asked:
a search must not wait for either.
"""

from kb.ports import Embedder
from kb.settings import LlmSettings
from retrieval.answering.writers import ClaimWriter

__all__ = ["chat_writer"]


def chat_writer(settings: LlmSettings, embedder: Embedder) -> ClaimWriter | None:
    """Return the writer that `settings` describe, or None if they name no model.

    Nothing is sent before the first answer.

    Args:
        settings: The `llm` section.
        embedder: That of the knowledge base; it takes part in checking the claims.
    """
    if not settings.model:
        return None
    from retrieval.answering.llm.writer import ChatWriter

    return ChatWriter(settings, embedder)
