"""The language model as a writer of claims."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing

from kb.errors import ModelError
from kb.ports import Embedder
from kb.settings import LlmSettings
from retrieval.answering.drafts import Draft
from retrieval.answering.grounding import ground
from retrieval.answering.llm.claim_stream import WrittenClaim, read_claims
from retrieval.answering.llm.prompt import Prompt, make_prompt
from retrieval.answering.writers import Rejected, WritingTask

logger = logging.getLogger(__name__)


class ChatWriter:
    """Words claims through a chat model; safe to use from several threads."""

    def __init__(self, settings: LlmSettings, embedder: Embedder) -> None:
        """Use an endpoint; it is first asked by `write`.

        Args:
            settings: The `llm` section, with a model.
            embedder: That of the knowledge base.
        """
        self._settings = settings
        self._embedder = embedder
        self._importing = threading.Lock()

    def write(self, task: WritingTask) -> Iterator[Draft | Rejected]:
        """Yield claims that their passages carry, and those that were turned down, as they come.

        Raises:
            ModelError: The endpoint is down, too slow, or writes nothing of use. What was yielded
                before stands.
        """
        with self._importing:  # LangChain takes a second to load, once
            from retrieval.answering.llm.chat_stream import ChatStream

        prompt = make_prompt(task, self._settings)
        written = 0
        with closing(ChatStream(prompt, self._settings).pieces()) as pieces:
            for claim in read_claims(pieces, self._settings):
                written += 1
                yield self._grounded(claim, prompt, task)
        if not written:
            raise ModelError("Mô hình ngôn ngữ không viết ý nào từ các đoạn trích (KB_LLM__MODEL).")

    def _grounded(self, claim: WrittenClaim, prompt: Prompt, task: WritingTask) -> Draft | Rejected:
        numbers = [number for number in claim.passages if 1 <= number <= len(prompt.passages)]
        named = [prompt.passages[number - 1] for number in numbers]
        result = ground(claim.text, named, claim.quote, task, self._embedder)
        if isinstance(result, Rejected):
            logger.debug("claim_rejected=%s", ",".join(result.failed))
        return result
