"""The factory of the writer, and what it costs where no model is configured."""

import subprocess
import sys

from kb.embedders.hashing import HashingEmbedder
from kb.settings import LlmSettings
from retrieval.answering.llm import chat_writer


def test_without_a_model_there_is_no_writer():
    assert chat_writer(LlmSettings(base_url="http://localhost:1/v1"), HashingEmbedder()) is None


def test_with_a_model_there_is_one():
    assert chat_writer(LlmSettings(model="m"), HashingEmbedder()) is not None


def test_neither_the_answerer_nor_the_factory_load_langchain():
    code = (
        "import sys; import retrieval.answering.answerer; from retrieval.answering.llm import "
        "chat_writer; from kb.settings import LlmSettings; "
        "from kb.embedders.hashing import HashingEmbedder; "
        "chat_writer(LlmSettings(model='m'), HashingEmbedder()); "
        "print([name for name in ('langchain_core', 'langchain_openai', 'openai', 'langsmith') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
