"""Make the table of administrative units from the package `vietnamadminunits`.

Run in a scratch environment, since nothing else needs that package:

    pip install vietnamadminunits==1.0.4
    python -m kb.places.make_units

The table is one tab-separated line a unit: code, level, rank, name, parent, latitude, longitude and
the codes of today's communes that an old one went to. Provinces come first, then districts, then
communes. A code is the era (o, n), the level (p, d, c) and the statistical code, since new communes
reuse the codes of old ones.

NOTICE: The data are those of vietnamadminunits 1.0.4, Copyright (c) 2025 Tran Ngoc Minh Hieu, MIT
License: "Permission is hereby granted, free of charge, to any person obtaining a copy of this
software and associated documentation files (the "Software"), to deal in the Software without
restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions: The above copyright notice and
this permission notice shall be included in all copies or substantial portions of the Software. THE
SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.
IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."
"""

import gzip
import importlib.util
import json
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from kb.places.provinces import get_province
from kb.text import to_matching_form, to_reading_form

TABLE = Path(__file__).parent / "data" / "units.tsv.gz"
# Provinces that became cities after the data were collected: 30/2026/QH16 (from 30/04/2026) and
# 39/2026/QH16 (from 20/09/2026).
_NEW_CITIES = {"Đồng Nai", "Bắc Ninh"}
_QUALIFIER = re.compile(r"\s*\(.*\)$")
# The names of numbered units repeat the rank word.
_NUMBERED = re.compile(r"^(?:Phường|Quận)\s+0?(?=\d)")

Row = tuple[str, str, str, str, str, str, str, str]


def _one_tone_style(name: str) -> str:
    """Write a name in the tone style of the matching form, capitals kept."""
    name = _NUMBERED.sub("", _QUALIFIER.sub("", to_reading_form(name)))
    matching = to_matching_form(name)
    if len(matching) != len(name):
        return name
    return "".join(
        low.upper() if old.isupper() else low for low, old in zip(matching, name, strict=True)
    )


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _province_name(name: str) -> str:
    province = get_province(name)
    if province is None:
        raise ValueError(f"unknown province {name!r}")
    return province.name


def _successors(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the (province, commune) keys of today for each old commune, the main one first."""
    data = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for province, communes in data["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, olds in communes.items():
            for old in olds:
                found[old].append((province, commune))
    for province, olds in data["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, news in olds.items():
            ordered = sorted(news, key=lambda new: not new["isDefaultNewWard"])
            found[old].extend((province, new["newWardKey"]) for new in ordered)
    return found


def make_rows(folder: Path) -> Iterator[Row]:
    """Yield the rows of the table, parents before children.

    Args:
        folder: The `data` folder of the installed package.
    """
    connection = sqlite3.connect(folder / "dataset.db")
    connection.row_factory = sqlite3.Row
    new = connection.execute("SELECT * FROM admin_units ORDER BY wardCode").fetchall()
    old = connection.execute(
        "SELECT * FROM admin_units_legacy ORDER BY districtCode, wardCode"
    ).fetchall()
    connection.close()
    successors = _successors(folder / "converter_2025.json")
    codes = {(row["provinceKey"], row["wardKey"]): "nc" + row["wardCode"] for row in new}

    provinces: dict[str, Row] = {}
    districts: dict[str, Row] = {}
    communes: list[Row] = []
    for era, rows in (("n", new), ("o", old)):
        for row in rows:
            code = f"{era}p{row['provinceCode']}"
            name = _province_name(row["province"])
            city = row["province"].startswith("Thành phố") or (era == "n" and name in _NEW_CITIES)
            place = (_degrees(row["provinceLat"]), _degrees(row["provinceLon"]))
            rank = "thành phố" if city else "tỉnh"
            provinces.setdefault(code, (code, "p", rank, name, "", *place, ""))
    for row in old:
        parent = "op" + row["provinceCode"]
        code = "od" + row["districtCode"]
        place = (_degrees(row["districtLat"]), _degrees(row["districtLon"]))
        key = f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}"
        today = ",".join(dict.fromkeys(codes[new_key] for new_key in successors[key]))
        name = _one_tone_style(row["districtShort"])
        # Five island districts have no communes, so they carry the successors themselves.
        own_today = "" if row["wardShort"] else today
        districts.setdefault(
            code, (code, "d", row["districtType"].lower(), name, parent, *place, own_today)
        )
        if row["wardShort"]:
            place = (_degrees(row["wardLat"]), _degrees(row["wardLon"]))
            rank, name = row["wardType"].lower(), _one_tone_style(row["wardShort"])
            communes.append(("oc" + row["wardCode"], "c", rank, name, code, *place, today))
    for row in new:
        place = (_degrees(row["wardLat"]), _degrees(row["wardLon"]))
        rank, name = row["wardType"].lower(), _one_tone_style(row["wardShort"])
        parent = "np" + row["provinceCode"]
        communes.append(("nc" + row["wardCode"], "c", rank, name, parent, *place, ""))
    yield from provinces.values()
    yield from districts.values()
    yield from communes


def write_table(folder: Path, table: Path = TABLE) -> int:
    """Write the table and return its number of units."""
    lines = ["\t".join(row) for row in make_rows(folder)]
    body = ("\n".join(lines) + "\n").encode("utf-8")
    table.parent.mkdir(parents=True, exist_ok=True)
    # A fixed time stamp, so that the same data give the same bytes.
    table.write_bytes(gzip.compress(body, 9, mtime=0))
    return len(lines)


def main() -> int:
    """Make the table from the installed package."""
    spec = importlib.util.find_spec("vietnamadminunits")
    if spec is None or spec.origin is None:
        sys.stderr.write("vietnamadminunits is not installed; see the docstring\n")
        return 1
    count = write_table(Path(spec.origin).parent / "data")
    sys.stdout.write(f"{count} units, {TABLE.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
