"""Precision and recall of extracted names and figures.

A found case is right if its name is that of a marked one, or of an alias, apart from case, marks
and quotation marks, or if one of the two holds at least 80 % of the words of the other. Each marked
case is matched once; of two with one name, the one whose place the found case names is taken. A
figure is right if its value (millions and thousands written out) is one of the matched case.
Figures of a case that is not marked are wrong; recall counts the marked figures of all cases, found
or not. What the set marks as optional is neither missing where absent nor wrong where given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from eval.extraction.articles import MarkedArticle, MarkedCase
from kb.models import Document, ExtractedCase
from kb.text import fold, to_reading_form

Extract = Callable[[Document], Sequence[ExtractedCase]]

CONTAINED = 0.8
_SCALES = {"nghin": 1e3, "ngan": 1e3, "trieu": 1e6, "ty": 1e9, "ti": 1e9, "van": 1e4, "chuc": 10.0}


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, found and marked things."""

    right: int = 0
    found: int = 0
    marked: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return both together."""
        return Counts(
            self.right + other.right, self.found + other.found, self.marked + other.marked
        )

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 if nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what is marked that was found; 1 if nothing is marked."""
        return self.right / self.marked if self.marked else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class ArticleResult:
    """What was found in one article, and each error in words.

    Attributes:
        article_id: The article.
        names: Counts of names.
        figures: Counts of figures.
        from_teasers: Cases whose name was taken from a teaser.
        errors: One line an error.
    """

    article_id: str
    names: Counts
    figures: Counts
    from_teasers: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """The results of a set of articles."""

    articles: tuple[ArticleResult, ...] = field(default=())

    @property
    def names(self) -> Counts:
        """Counts of names over all articles."""
        return sum((article.names for article in self.articles), Counts())

    @property
    def figures(self) -> Counts:
        """Counts of figures over all articles."""
        return sum((article.figures for article in self.articles), Counts())

    @property
    def from_teasers(self) -> int:
        """Cases taken from teasers."""
        return sum(article.from_teasers for article in self.articles)

    def values(self) -> dict[str, float]:
        """Return the measures by name, as floors name them."""
        return {
            "name_precision": self.names.precision,
            "name_recall": self.names.recall,
            "figure_precision": self.figures.precision,
            "figure_recall": self.figures.recall,
            "from_teasers": float(self.from_teasers),
        }


# What issue and gate ask of the test articles; figure recall is only held, not demanded.
FLOORS: Final = {
    "name_precision": 0.9,
    "name_recall": 0.75,
    "figure_precision": 0.9,
    "figure_recall": 0.5,
}


# The set lists quoted phrases that are no cases among the teasers; one of them is known to pass.
MOST_FROM_TEASERS: Final = 1


def measure(articles: Sequence[MarkedArticle], extract: Extract) -> Measured:
    """Return how well an extractor does on marked articles."""
    return Measured(tuple(_measure_one(article, extract) for article in articles))


def check_floors(measured: Measured) -> list[str]:
    """Return what is below its floor, in Vietnamese; empty if all is well."""
    values = measured.values()
    failed = [
        f"{name} {values[name]:.3f} thấp hơn mức sàn {floor:.2f}"
        for name, floor in FLOORS.items()
        if values[name] < floor - 1e-9
    ]
    if measured.from_teasers > MOST_FROM_TEASERS:
        failed.append(f"{measured.from_teasers} mô hình lấy nhầm từ phần giới thiệu bài khác")
    return failed


def same_name(found: str, marked: str) -> bool:
    """Tell whether two names count as the same.

    Example:
        >>> same_name("CLB “Sách xanh”", "clb sách xanh"), same_name("Sách xanh", "Sách hồng")
        (True, False)
    """
    left, right = _words(found), _words(marked)
    if left == right:
        return True
    if not left or not right:
        return False
    short, long = sorted((left, right), key=len)
    joined = f" {' '.join(long)} "
    return f" {' '.join(short)} " in joined and len(short) >= CONTAINED * len(long)


def scaled(value: float, unit: str) -> float:
    """Return a value with the multipliers of its unit written out.

    Example:
        >>> scaled(2.5, "tỷ đồng"), scaled(3, "hộ")
        (2500000000.0, 3.0)
    """
    for word in _words(unit):
        if word not in _SCALES:
            break
        value *= _SCALES[word]
    return float(value)


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in fold(text)).split()


def _matches(case: ExtractedCase, marked: MarkedCase) -> bool:
    return any(same_name(case.name, name) for name in marked.names)


def _best_match(case: ExtractedCase, marked: Sequence[MarkedCase]) -> MarkedCase | None:
    matches = [other for other in marked if _matches(case, other)]
    place = _words(case.place.value) if case.place else []
    same = [other for other in matches if place and set(place) & set(_words(other.place or ""))]
    return next(iter([*_closest(same, place), *matches]), None)


def _closest(cases: Sequence[MarkedCase], place: Sequence[str]) -> list[MarkedCase]:
    return sorted(cases, key=lambda case: -len(set(place) & set(_words(case.place or ""))))


def _measure_one(article: MarkedArticle, extract: Extract) -> ArticleResult:
    found = extract(article.document())
    open_cases = list(article.cases)
    pairs: list[tuple[ExtractedCase, MarkedCase | None]] = []
    for case in found:
        match = _best_match(case, open_cases)
        if match is not None:
            open_cases.remove(match)
        elif any(_matches(case, optional) for optional in article.optional_cases):
            continue
        pairs.append((case, match))
    errors = [f"thừa: {case.name}" for case, marked in pairs if marked is None]
    errors += [f"thiếu: {marked.name}" for marked in open_cases]
    right = sum(marked is not None for _, marked in pairs)
    figures, figure_errors = _measure_figures(pairs, article.cases)
    return ArticleResult(
        article_id=article.article_id,
        names=Counts(right, len(pairs), len(article.cases)),
        figures=figures,
        from_teasers=sum(_is_from_teaser(case, article) for case in found),
        errors=tuple(errors + figure_errors),
    )


def _measure_figures(
    pairs: Sequence[tuple[ExtractedCase, MarkedCase | None]], marked_cases: Sequence[MarkedCase]
) -> tuple[Counts, list[str]]:
    right = 0
    errors: list[str] = []
    for case, marked in pairs:
        left = [
            (scaled(item.value, item.unit), item) for item in (marked.figures if marked else ())
        ]
        for figure in case.figures:
            value = scaled(figure.value, figure.unit)
            hit = next((pair for pair in left if abs(pair[0] - value) <= 1e-9 * abs(value)), None)
            if hit is not None:
                left.remove(hit)
                right += 1
            elif not _is_no_error(value, marked):
                errors.append(f"số thừa ở “{case.name}”: {figure.text}")
        errors += [f"số thiếu ở “{case.name}”: {item.quote}" for _, item in left]
    found = right + sum(error.startswith("số thừa") for error in errors)
    return Counts(right, found, sum(len(case.figures) for case in marked_cases)), errors


def _is_no_error(value: float, marked: MarkedCase | None) -> bool:
    """Tell whether a figure is optional, or a right one that merely stands there once more."""
    figures = (*marked.figures, *marked.optional_figures) if marked else ()
    return any(abs(scaled(item.value, item.unit) - value) <= 1e-9 * abs(value) for item in figures)


def _is_from_teaser(case: ExtractedCase, article: MarkedArticle) -> bool:
    text = to_reading_form(article.text)
    for teaser in map(to_reading_form, article.teasers):
        start = text.find(teaser)
        if start >= 0 and all(
            start <= mention.start_char < start + len(teaser) for mention in case.mentions
        ):
            return True
    return False
