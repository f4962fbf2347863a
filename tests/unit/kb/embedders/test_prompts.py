import sys

import pytest

from kb.embedders.prompts import prepare
from kb.embedders.sentence_transformer import choose_prompt
from kb.errors import ModelUnavailable


def test_text_is_composed_and_stands_behind_the_prompt():
    assert prepare(["a\u0301", ""], "query: ", segment=False) == ["query: á", "query: "]


def test_segmentation_joins_words_and_leaves_blank_text_alone():
    assert prepare(["nông dân", " "], "", segment=True) == ["nông_dân", " "]


def test_missing_segmenter_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyvi", None)
    with pytest.raises(ModelUnavailable, match="pyvi"):
        prepare(["nông dân"], "", segment=True)


@pytest.mark.parametrize(
    ("explicit", "own", "model", "expected"),
    [
        ("", {"query": "q "}, "intfloat/multilingual-e5-base", ""),
        ("hỏi ", {"query": "q "}, "x", "hỏi "),
        (None, {"query": "q "}, "x", "q "),
        (None, {"passage": "p "}, "my-e5", ""),
        (None, {}, "/models/e5/bge-m3", ""),
        (None, {}, "/models/multilingual-E5-base", "query: "),
    ],
)
def test_prompt_is_setting_then_model_then_family(explicit, own, model, expected):
    assert choose_prompt(explicit, own, ("query",), model, "query: ") == expected
