"""The parts of a case's stored text, each by where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb.models import Document, Span
from kb.sentences import split_sentences
from retrieval.answering.figure_sentences import without_marker
from retrieval.answering.injection import is_instruction

PROBLEM, STEPS, RESULTS, CONDITIONS = "Thực trạng", "Cách làm", "Kết quả", "Điều kiện nhân rộng"
_HEADINGS = (PROBLEM, STEPS, RESULTS, CONDITIONS)
_PLACE, _WHO, _FOR_WHOM, _WHEN = "Địa bàn", "Đơn vị thực hiện", "Đối tượng tham gia", "Thời gian"


@dataclass(frozen=True, slots=True)
class CaseSections:
    """Where the parts of a case stand in `Document.text`.

    Attributes:
        head: Name and facts, down to the first section.
        name: The name.
        place: The place as written, if given.
        facts: By label ("Đơn vị thực hiện", "Đối tượng tham gia", "Thời gian"), the value.
        lines: By heading, the lines of the section.
    """

    head: Span
    name: Span
    place: Span | None = None
    facts: Mapping[str, Span] = field(default_factory=dict)
    lines: Mapping[str, Sequence[Span]] = field(default_factory=dict)

    def blocks(self, document: Document, heading: str) -> list[Span]:
        """Return a section in stretches; what was left out lies between them."""
        runs: list[Span] = []
        for line in self.lines.get(heading, ()):
            if runs and not document.text[runs[-1].end_char : line.start_char].strip():
                runs[-1] = Span(runs[-1].start_char, line.end_char)
            else:
                runs.append(line)
        if heading == RESULTS:
            runs = [without_marker(document, run) for run in runs]
        return runs

    def is_of_what_came(self, span: Span) -> bool:
        """Tell whether a stretch is of what was done or came of it, not of how things were."""
        told = (*self.lines.get(STEPS, ()), *self.lines.get(RESULTS, ()))
        return any(span.overlaps(line) for line in told)

    def items(self, document: Document, heading: str) -> list[Span]:
        """Return the lines of a section without bullets and numbers."""
        return [without_marker(document, line) for line in self.lines.get(heading, ())]


def sections_of(document: Document) -> CaseSections | None:
    """Return the parts of a case's text; None for documents that are no case."""
    if document.case is None or not document.text.startswith(document.title):
        return None
    name = Span(0, len(document.title))
    facts: dict[str, Span] = {}
    lines: dict[str, list[Span]] = {}
    heading: str | None = None
    head_end = name.end_char
    for span in split_sentences(document.text):
        text = document.text[span.start_char : span.end_char]
        if span.start_char < name.end_char:
            continue
        if text in _HEADINGS:
            heading = text
        elif heading is not None and is_instruction(text):
            continue  # an order to a reader or a model, and no part of a case
        elif heading is not None:
            lines.setdefault(heading, []).append(span)
        else:
            head_end = span.end_char
            label, colon, _ = text.partition(": ")
            if colon and label in (_PLACE, _WHO, _FOR_WHOM, _WHEN):
                facts[label] = Span(span.start_char + len(label) + len(colon), span.end_char)
    place = facts.pop(_PLACE, None)
    return CaseSections(Span(0, head_end), name, place, facts, lines)
