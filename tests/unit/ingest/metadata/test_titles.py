"""Titles of texts that have none of their own."""

import pytest

from ingest.metadata.titles import derive_title


@pytest.mark.parametrize("opening", [". ", "… ", "- ! "])
def test_sentence_without_words_is_no_title(opening: str) -> None:
    paragraph = f"{opening}Chi hội phụ nữ ấp Ba góp gạo mỗi tháng."
    assert "Chi hội phụ nữ ấp Ba góp gạo mỗi tháng" in derive_title(paragraph)


def test_paragraph_of_marks_alone_has_itself_as_title() -> None:
    assert derive_title("* * *") == "* * *"
    assert derive_title(". . .") != ""
