"""Character classes of Vietnamese capitals and small letters, for regular expressions.

In Unicode they alternate, so a range such as "À-Ỹ" holds both.
"""

_SMALL = (
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz"
)

SMALL = _SMALL
CAPITALS = _SMALL.upper()
