"""What happens to a text on its way into a model: one Unicode form, segmentation, prompt."""

import unicodedata
from collections.abc import Sequence

from kb.errors import ModelUnavailable


def prepare(texts: Sequence[str], prompt: str, *, segment: bool) -> list[str]:
    """Return each text in NFC behind `prompt`, with words joined by underscores if asked.

    Args:
        texts: Texts in any Unicode form; an empty one leaves the bare prompt.
        prompt: Put in front as it is, trailing space included.
        segment: Join the syllables of words with pyvi, as PhoBERT-based models expect.

    Raises:
        ModelUnavailable: `segment` is set and pyvi is not installed.

    Example:
        >>> prepare(["dân vận"], "query: ", segment=False)
        ['query: dân vận']
    """
    normal = [unicodedata.normalize("NFC", text) for text in texts]
    if segment:
        try:
            from pyvi import ViTokenizer
        except ImportError as exc:
            raise ModelUnavailable(
                "Thiếu gói 'pyvi' để tách từ (embedder.segment = true); hãy chạy: pip install pyvi"
            ) from exc
        # pyvi fails on text without any token.
        normal = [ViTokenizer.tokenize(text) if text.strip() else text for text in normal]
    return [prompt + text for text in normal]
