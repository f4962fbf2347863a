"""Finding tokens by a pattern gives what filtering all tokens gives."""

from hypothesis import given
from hypothesis import strategies as st

from kb.terms import Token, find_tokens, fold_token, token_spans

_WORDS = st.sampled_from(
    "hòa hoà giải HOÀ khỏe khoẻ quý uỷ ủy ban 1.129 1129 2,5 05 đồng dong ấp Ấp tổ to "
    "thuý thúy . ; \n _ ( ) İ".split(" ")
)


def _expected(text: str, forms: frozenset[str], *, folded: bool) -> list[Token]:
    found: list[Token] = []
    joined = False
    for token in token_spans(text):
        matches = (fold_token(token.text) if folded else token.text) in forms
        if matches:
            found.append(token._replace(starts_run=token.starts_run or not joined))
        joined = matches
    return found


@given(st.lists(_WORDS, max_size=30), st.lists(_WORDS, max_size=6), st.booleans())
def test_find_tokens_is_a_filter_of_token_spans(words: list[str], wanted: list[str], folded: bool):
    text = " ".join(words)
    tokens = token_spans(" ".join(wanted))
    forms = frozenset(fold_token(token.text) if folded else token.text for token in tokens)
    assert find_tokens(text, forms, folded=folded) == _expected(text, forms, folded=folded)
