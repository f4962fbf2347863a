"""Claims out of a stream of characters, each as soon as it is complete.

Models wrap their JSON in fences and prose, leave a comma too many, or stop in the middle. Only
whole objects count; what cannot be read is skipped, and the caller is told if nothing could.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kb.errors import ModelError
from kb.settings import LlmSettings

MOST_CLAIMS = 12
# Characters of a whole output, of one claim, and of white space in a row: more is a runaway model.
MOST_CHARS, MOST_CLAIM_CHARS, MOST_SPACES = 40_000, 4_000, 200
# A claim that comes this often again is a loop.
_MOST_REPEATS = 2
_PASSAGES_IN_TEXT = re.compile(r"[\[【(]\s*(?:đoạn\s*)?(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*[\]】)]")
_THINKING, _THOUGHT = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class WrittenClaim:
    """A claim as a model wrote it; nothing of it is checked.

    Attributes:
        text: What it claims.
        passages: Numbers of passages that it names.
        quote: Words that it says are of them.
    """

    text: str
    passages: tuple[int, ...]
    quote: str


def read_claims(pieces: Iterable[str], settings: LlmSettings) -> Iterator[WrittenClaim]:
    """Yield the claims of an output, each as soon as its last character has come.

    Args:
        pieces: The output in pieces of any size.
        settings: They say in which form the model answers.

    Raises:
        ModelError: The output is no list of claims, breaks off inside one, repeats itself or does
            not end. Claims before that were yielded.
    """
    read = _read_lines if settings.output == "text" else _read_objects
    seen: dict[str, int] = {}
    for claim in read(_without_thoughts(_bounded(pieces))):
        known = seen.get(claim.text, 0)
        seen[claim.text] = known + 1
        if known >= _MOST_REPEATS:
            raise ModelError("Mô hình ngôn ngữ lặp lại mãi một ý (KB_LLM__MODEL).")
        if known:
            continue
        yield claim
        if len(seen) >= MOST_CLAIMS:
            return


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    total = spaces = 0
    for piece in pieces:
        total += len(piece)
        tail = len(piece) - len(piece.rstrip())
        spaces = spaces + tail if tail == len(piece) else tail
        if total > MOST_CHARS or spaces > MOST_SPACES:
            raise ModelError(
                "Mô hình ngôn ngữ viết mãi không dừng. Giảm KB_LLM__MAX_TOKENS hoặc chọn "
                "KB_LLM__MODEL khác."
            )
        yield piece


def _without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the output without the thoughts that some models write before it."""
    buffer = ""
    waiting = True
    for piece in pieces:
        if not waiting:
            yield piece
            continue
        buffer += piece
        start = buffer.lstrip()
        if start and not _THINKING.startswith(start[: len(_THINKING)]):
            waiting = False
            yield buffer
        elif start.startswith(_THINKING) and _THOUGHT in start:
            waiting = False
            yield start.partition(_THOUGHT)[2]
    if waiting and not buffer.lstrip().startswith(_THINKING):
        yield buffer


def _read_objects(pieces: Iterable[str]) -> Iterator[WrittenClaim]:
    scanner = _ObjectScanner()
    for piece in pieces:
        yield from scanner.feed(piece)
        if scanner.is_complete:  # what comes behind the object is padding, or worse
            return
    scanner.finish()


class _ObjectScanner:
    """Finds the innermost objects of a JSON text that grows; they are the claims."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._buffer = ""
        self._position = 0
        self._in_string = self._escaped = False
        self._has_objects = self._has_list = self._has_whole_list = False

    @property
    def is_complete(self) -> bool:
        """Whether the object with the list of claims is closed."""
        return self._has_whole_list

    def feed(self, piece: str) -> Iterator[WrittenClaim]:
        """Take more of the text; yield the claims that it completes."""
        self._buffer += piece
        while self._position < len(self._buffer):
            char = self._buffer[self._position]
            self._position += 1
            if self._in_string:
                self._read_string(char)
            elif char == '"' and self._starts:
                self._in_string = True
            elif char == "{":
                self._has_objects = True
                self._starts.append(self._position - 1)
            elif char == "}" and self._starts:
                claim = self._close()
                if claim is not None:
                    yield claim
        is_inner = len(self._starts) > 1
        if is_inner and self._position - self._starts[-1] > MOST_CLAIM_CHARS:
            raise ModelError("Mô hình ngôn ngữ viết một ý dài quá mức (KB_LLM__MODEL).")

    def finish(self) -> None:
        """Say whether the text was whole.

        Raises:
            ModelError: It holds no list of claims, or breaks off.
        """
        if not self._has_objects:
            what = "không viết gì" if not self._buffer.strip() else "không trả về JSON"
            raise ModelError(
                f"Mô hình ngôn ngữ {what}. Thử KB_LLM__OUTPUT=json_object hoặc text, hay chọn "
                "KB_LLM__MODEL khác."
            )
        if self._starts:
            raise ModelError(
                "Mô hình ngôn ngữ dừng giữa chừng, JSON bị cụt. Tăng KB_LLM__MAX_TOKENS."
            )
        if not self._has_list:
            raise ModelError(
                "JSON của mô hình ngôn ngữ không có danh sách ý. Thử KB_LLM__OUTPUT khác."
            )

    def _read_string(self, char: str) -> None:
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif char == '"':
            self._in_string = False

    def _close(self) -> WrittenClaim | None:
        start = self._starts.pop()
        data = _loads(self._buffer[start : self._position])
        if isinstance(data, dict) and isinstance(data.get("claims"), list):
            self._has_list = self._has_whole_list = True
            return None
        claim = _claim_of(data)
        if claim is not None:
            self._has_list = True
        return claim


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:  # a comma before the closing bracket is the usual slip
        return json.loads(re.sub(r",\s*([}\]])", r"\1", text), strict=False)
    except (ValueError, RecursionError):
        return None


def _claim_of(data: Any) -> WrittenClaim | None:
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        return None
    quote = data.get("quote")
    return WrittenClaim(
        text=data["text"][:MOST_CLAIM_CHARS],
        passages=_numbers(data.get("passages")),
        quote=quote[:MOST_CLAIM_CHARS] if isinstance(quote, str) else "",
    )


def _numbers(value: Any) -> tuple[int, ...]:
    """Return the passage numbers of a value: a list, one number, or text such as "[1], [3]"."""
    values = value if isinstance(value, list) else [value]
    numbers: list[int] = []
    for item in values[:50]:
        if isinstance(item, bool):
            continue
        if isinstance(item, int):
            numbers.append(item)
        elif isinstance(item, str):
            numbers += [int(digits) for digits in re.findall(r"\d{1,4}", item)[:20]]
    return tuple(dict.fromkeys(numbers))


def _read_lines(pieces: Iterable[str]) -> Iterator[WrittenClaim]:
    """Yield the lines that name a passage; others are prose around the answer."""
    buffer = ""
    found = has_text = False
    for piece in pieces:
        buffer += piece
        has_text = has_text or bool(piece.strip())
        if len(buffer) > MOST_CLAIM_CHARS and "\n" not in buffer:
            raise ModelError("Mô hình ngôn ngữ viết một ý dài quá mức (KB_LLM__MODEL).")
        *lines, buffer = buffer.split("\n")
        for line in lines:
            claim = _claim_of_line(line)
            if claim is not None:
                found = True
                yield claim
    claim = _claim_of_line(buffer)
    if claim is not None:
        found = True
        yield claim
    if not found:
        what = "không ghi số đoạn trích" if has_text else "không viết gì"
        raise ModelError(f"Mô hình ngôn ngữ {what}. Chọn KB_LLM__MODEL khác.")


def _claim_of_line(line: str) -> WrittenClaim | None:
    named = [
        int(digits)
        for match in _PASSAGES_IN_TEXT.findall(line)
        for digits in re.findall(r"\d+", match)
    ]
    text = _PASSAGES_IN_TEXT.sub("", line).strip()
    if not named or not text:
        return None
    return WrittenClaim(text, tuple(dict.fromkeys(named)), "")
