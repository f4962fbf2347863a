"""Which endpoint is asked; the wire itself is tested in `tests/e2e/test_llm.py`."""

import pytest

from kb.errors import ModelUnavailable
from kb.settings import LlmSettings
from retrieval.answering.llm.chat_stream import ChatStream
from retrieval.answering.llm.prompt import Prompt

PROMPT = Prompt("s", "u", ())


def test_a_model_without_endpoint_and_key_is_an_error_that_names_the_setting():
    with pytest.raises(ModelUnavailable, match="KB_LLM__BASE_URL"):
        ChatStream(PROMPT, LlmSettings(model="m"))


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a/v1", "http://", "file:///etc/passwd"])
def test_what_is_no_web_address_is_refused(url: str):
    with pytest.raises(ModelUnavailable, match="KB_LLM__BASE_URL"):
        ChatStream(PROMPT, LlmSettings(model="m", base_url=url))


def test_a_password_in_the_address_is_not_shown():
    with pytest.raises(ModelUnavailable) as error:
        ChatStream(PROMPT, LlmSettings(model="m", base_url="ftp://me:geheim@host/v1"))
    assert "geheim" not in str(error.value)


def test_variables_of_other_programs_do_not_send_the_request_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    monkeypatch.setenv("OPENAI_API_BASE", "https://elsewhere.example/v1")
    monkeypatch.setenv("OPENAI_PROXY", "http://elsewhere.example:3128")
    settings = LlmSettings(model="m", base_url="http://127.0.0.1:9/v1", timeout_seconds=2)
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9"):
        list(ChatStream(PROMPT, settings).pieces())
