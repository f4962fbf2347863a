"""What a text is about: the crops, animals and goods that are grown, raised, made or sold.

The right technique for the wrong crop is no answer, so questions and documents have their
specific objects recognised. The names, their synonyms and the broader product of each are
`data/products.txt`, which explains its notation.

Many names are also other words ("điều": cashew and thing; "thông": pine and through). Such names
count only right after a word that shows the sense, or inside a list of products; phrases such as
"cam kết" and "cá nhân" are listed as no products. A capital that the list does not have makes a
proper name of a word ("Bến Tre", "bà Na"). Text without diacritics gives nothing, since there
"bo" may be bò, bơ, bộ or bố.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from kb.phrases import phrase_key
from kb.terms import Token, token_spans

_MARKED_LETTER = re.compile("[À-ỹ]")
# Between the syllables of one name: "tôm - lúa" and "gà H'Mông" are names, "lúa, tôm" is a list.
_INSIDE = re.compile(r"[\s\-–'’]*")
_BESIDE = re.compile(r"[\s\"“”'‘’]*")
_LIST_GAP = re.compile(r"\s*[,/\-–]\s*")
_WORD = re.compile(r"\S*")
_OPENING = "\"“‘'«"
_AND = frozenset({"và", "hoặc", "hay"})
# Words before a name with several senses that leave only the product. The second set has verbs
# and nouns so closely tied to products that a capital after them is a title's, not a person's.
_CUES = frozenset(
    "con hạt vườn cá rau hoa đàn trại bán bắt ghép củ ruộng nương đồi nghề nấu canh gốc vùng "
    "ha tấn kg".split()
)
_STRONG_CUES = frozenset("trồng nuôi cây trái quả giống hoạch biến xuất sóc".split())
# A cue of two syllables is looked up by its second one.
_FIRST_HALF = {"hoạch": "thu", "biến": "chế", "xuất": "sản", "sóc": "chăm", "canh": "thâm"}
_NO_CUE_AFTER = {
    "quả": frozenset({"hiệu", "kết", "thành", "hậu", "hệ"}),
    "hoa": frozenset({"tinh", "tài", "văn"}),
    "trái": frozenset({"bên", "sai", "phải", "làm"}),
    "hạt": frozenset({"địa"}),
    "con": frozenset({"bà"}),
}


_FAMILIES = frozenset(
    "cây ăn quả|cây công nghiệp|cây dược liệu|cây gia vị|cây lâm nghiệp|cây cảnh|rau|hoa|nấm|"
    "gia súc|gia cầm|thủy sản|hải sản|cá|đậu|đồ thủ công mỹ nghệ|phế liệu".split("|")
)


@dataclass(frozen=True, slots=True)
class Product:
    """A line of the list.

    Attributes:
        name: The canonical name.
        names: All its names, the canonical one first.
        broader: Canonical name of the product that it is a kind of, if any.
    """

    name: str
    names: tuple[str, ...]
    broader: str | None


@dataclass(frozen=True, slots=True)
class ProductMention:
    """A product in a text.

    Attributes:
        product: Its canonical name.
        start_char: Where its name begins in the NFC text.
        end_char: End of it, exclusive.
    """

    product: str
    start_char: int
    end_char: int


@dataclass(frozen=True, slots=True)
class _Form:
    """A phrase that is looked for; one without a product only takes its place."""

    product: str | None
    size: int
    capitals: tuple[bool, ...]
    needs_cue: bool


@dataclass(frozen=True, slots=True)
class _Catalogue:
    products: dict[str, Product] = field(default_factory=dict)
    canonical: dict[str, str] = field(default_factory=dict)
    forms: dict[str, _Form] = field(default_factory=dict)
    # First syllable → the numbers of syllables that phrases with it have, longest first.
    sizes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def product_lines() -> Iterator[str]:
    """Yield the lines of the list without comments and empty ones."""
    text = resources.files("kb").joinpath("data", "products.txt").read_text(encoding="utf-8")
    for line in unicodedata.normalize("NFC", text).splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


@cache
def _catalogue() -> _Catalogue:
    catalogue = _Catalogue()
    broader_keys: list[tuple[str, str]] = []
    for line in product_lines():
        if line.startswith("- "):
            _add_form(catalogue, line[2:], None)
            continue
        names, _, broader = line.partition(" < ")
        marked = [name.strip() for name in names.split(" = ")]
        plain = tuple(name.lstrip("!") for name in marked if "[" not in name)
        # A line with only a conditional form adds to a product that has its own line.
        name = plain[0] if plain else marked[0].lstrip("!").partition(" [")[0]
        for form in marked:
            _add_form(catalogue, form, name)
        if plain:
            for other in plain:
                catalogue.canonical.setdefault(phrase_key(other), name)
            catalogue.products[name] = Product(name, plain, None)
            if broader:
                broader_keys.append((name, phrase_key(broader)))
    for name, key in broader_keys:
        product = catalogue.products[name]
        catalogue.products[name] = Product(name, product.names, catalogue.canonical[key])
    return catalogue


def _add_form(catalogue: _Catalogue, marked: str, product: str | None) -> None:
    phrase, _, tail = marked.lstrip("!").partition(" [")
    whole = f"{phrase} {tail.rstrip(']')}".strip()
    spans = token_spans(whole)
    size = len(token_spans(phrase))
    capitals = tuple(whole[span.start_char].isupper() for span in spans[:size])
    key = " ".join(span.text for span in spans)
    catalogue.forms.setdefault(key, _Form(product, size, capitals, marked.startswith("!")))
    first = spans[0].text
    sizes = {*catalogue.sizes.get(first, ()), len(spans)}
    catalogue.sizes[first] = tuple(sorted(sizes, reverse=True))


def products() -> Mapping[str, Product]:
    """Return all products by canonical name; not to be changed."""
    return _catalogue().products


def canonical_product(name: str) -> str | None:
    """Return the canonical name of a product, whatever the case; None for one that is unknown.

    Example:
        >>> canonical_product("Heo"), canonical_product("rồng")
        ('lợn', None)
    """
    return _catalogue().canonical.get(phrase_key(name))


def covers(wanted: str, has: Iterable[str]) -> bool:
    """Tell whether one of some products is the wanted one or a kind of it.

    Products that the list does not know cover only themselves.

    Args:
        wanted: A name of the product that is asked for.
        has: Names of the products that a document is about.

    Example:
        >>> covers("tôm", ["tôm sú"]), covers("tôm hùm", ["tôm", "tôm sú"])
        (True, False)
    """
    target = canonical_product(wanted) or phrase_key(wanted)
    return any(target in _with_broader(name) for name in has)


def _with_broader(name: str) -> Iterator[str]:
    current = canonical_product(name)
    if current is None:
        yield phrase_key(name)
    while current is not None:
        yield current
        current = _catalogue().products[current].broader


def broader_of(product: str) -> tuple[str, ...]:
    """Return what a product is a kind of, from the nearest to the widest.

    Example:
        >>> broader_of("tôm hùm")
        ('tôm', 'thủy sản')
    """
    products = _catalogue().products
    names: list[str] = []
    name = products[product].broader if product in products else None
    while name is not None:
        names.append(name)
        name = products[name].broader
    return tuple(names)


def is_family(product: str) -> bool:
    """Tell whether a product is a family of goods so wide that it hardly tells cases apart.

    Example:
        >>> is_family("cá"), is_family("lúa")
        (True, False)
    """
    return product in _FAMILIES


def find_products(text: str) -> list[ProductMention]:
    """Return the products that an accented text names, in order, none overlapping.

    At each place the longest name counts ("tôm hùm", not "tôm"). Text without any Vietnamese
    mark gives an empty list.

    Args:
        text: Any text; offsets refer to its NFC.

    Example:
        >>> [m.product for m in find_products("Điều kiện nuôi heo và trồng điều, cam, quýt")]
        ['lợn', 'điều', 'cam', 'quýt']
    """
    text = unicodedata.normalize("NFC", text)
    if _MARKED_LETTER.search(text) is None:
        return []
    return _Reader(text).read()


class _Reader:
    """One pass over the tokens of a text."""

    __slots__ = ("forms", "last_end", "spans", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: Sequence[Token] = token_spans(text)
        self.forms = [span.text for span in self.spans]
        self.last_end = -1  # index after the product read last

    def read(self) -> list[ProductMention]:
        catalogue = _catalogue()
        mentions: list[ProductMention] = []
        free = 0
        for index, first in enumerate(self.forms):
            if index < free or first not in catalogue.sizes:
                continue
            form = self._form_at(index, catalogue)
            if form is None:
                continue
            free = index + form.size
            if form.product is not None:
                self.last_end = free
                start, end = self.spans[index].start_char, self.spans[free - 1].end_char
                mentions.append(ProductMention(form.product, start, end))
        return mentions

    def _form_at(self, start: int, catalogue: _Catalogue) -> _Form | None:
        """Return the longest phrase of the list at a token that counts here."""
        for size in catalogue.sizes[self.forms[start]]:
            form = catalogue.forms.get(" ".join(self.forms[start : start + size]))
            if form is None or not self._is_contiguous(start, size):
                continue
            if form.product is None or self._counts(start, form):
                return form
        return None

    def _is_contiguous(self, start: int, size: int) -> bool:
        return start + size <= len(self.spans) and all(
            _INSIDE.fullmatch(self._gap(index)) for index in range(start + 1, start + size)
        )

    def _gap(self, index: int) -> str:
        """Return what stands between a token and the one before."""
        return self.text[self.spans[index - 1].end_char : self.spans[index].start_char]

    def _counts(self, start: int, form: _Form) -> bool:
        if start > 0 and self.forms[start - 1] in _NO_CUE_AFTER.get(self.forms[start], ()):
            return False  # "hiệu quả nhãn" holds no "quả nhãn"
        if self._is_in_slug(start, form.size):
            return False
        cue = self._cue_before(start)
        if self._is_proper_name(start, form) and cue not in _STRONG_CUES:
            return False
        return not form.needs_cue or cue is not None or self._is_in_list(start, form.size)

    def _cue_before(self, start: int) -> str | None:
        if start == 0 or self.spans[start].starts_run or not _BESIDE.fullmatch(self._gap(start)):
            return None
        cue = self.forms[start - 1]
        if cue not in _CUES and cue not in _STRONG_CUES:
            return None
        before = self.forms[start - 2] if start > 1 else ""
        if before in _NO_CUE_AFTER.get(cue, ()) or before != _FIRST_HALF.get(cue, before):
            return None
        # In "ấp Cây Dừa" the cue is itself part of a proper name.
        return None if self._is_capital(start - 1) and self._is_inside_sentence(start - 1) else cue

    def _is_in_slug(self, start: int, size: int) -> bool:
        """Tell whether the words stand in a web address or an identifier, which lost its marks."""
        begin, end = self.spans[start].start_char, self.spans[start + size - 1].end_char
        if not self.text[begin:end].isascii():
            return False
        word_begin = max(self.text.rfind(space, 0, begin) for space in " \n\t") + 1
        word = self.text[word_begin:end] + _WORD.match(self.text, end)[0]  # type: ignore[index]
        hyphens = word.count("-") - self.text.count("-", begin, end)
        return word.isascii() and (hyphens > 0 or "://" in word)

    def _is_in_list(self, start: int, size: int) -> bool:
        """Tell whether a product stands before, and the list goes on or ends after the name."""
        if start == 0 or self.last_end not in (start, start - 1):
            return False
        if self.last_end == start:
            joined = _LIST_GAP.fullmatch(self._gap(start)) is not None
        else:
            joined = self.forms[start - 1] in _AND
        end = start + size
        if not joined or end == len(self.spans) or self.spans[end].starts_run:
            return joined
        return self.forms[end] in _AND or _LIST_GAP.fullmatch(self._gap(end)) is not None

    def _is_proper_name(self, start: int, form: _Form) -> bool:
        capitals = [self._is_capital(index) for index in range(start, start + form.size)]
        unlisted = [is_one and not own for is_one, own in zip(capitals, form.capitals, strict=True)]
        if any(unlisted[1:]):
            return True
        # "HTX Sầu riêng" is a product all the same: names of people and places have all capitals.
        return unlisted[0] and form.size == 1 and self._is_inside_sentence(start)

    def _is_capital(self, index: int) -> bool:
        """Tell whether a token begins with a capital; in words all in capitals it means nothing."""
        raw = self.text[self.spans[index].start_char : self.spans[index].end_char]
        return raw[0].isupper() and not (len(raw) > 1 and raw.isupper())

    def _is_inside_sentence(self, index: int) -> bool:
        if index == 0 or self.spans[index].starts_run:
            return False
        return self._gap(index)[-1:] not in _OPENING or not self._gap(index)
