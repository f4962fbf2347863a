"""Answers as the service shows them: with addresses that can be opened from anywhere."""

from typing import Any

from kb.models import Answer, Citation
from retrieval.permalinks import permalink
from retrieval.rendering import answer_to_data, citation_to_data


def answer_body(answer: Answer, base: str) -> dict[str, Any]:
    """Return the body of `POST /v1/answer`.

    Args:
        answer: The answer.
        base: Public address of the service; empty if unknown, and links stay paths.
    """
    data = answer_to_data(answer)
    data["citations"] = [citation_body(citation, base) for citation in answer.citations]
    return data


def citation_body(citation: Citation, base: str) -> dict[str, Any]:
    """Return one citation of an answer; `base` as in `answer_body`."""
    data = citation_to_data(citation)
    return {**data, "permalink": permalink(base, data["permalink"])}
