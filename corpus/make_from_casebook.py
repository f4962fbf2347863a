"""Write one Markdown file a case from casebook JSON lines; run once to make the starter corpus.

Usage: python corpus/make_from_casebook.py CASEBOOK_FOLDER

The casebook's wording is the project's own; facts and figures are from the sources that each file
names. Every written file is read back and must give exactly the case that it was made from.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from ingest.markdown import read_markdown
from ingest.records import CasebookRecord, validate
from kb.codec import case_to_data
from kb.ids import slugify
from kb.models import Case
from kb.places import get_province

CASES = Path(__file__).parent / "cases"
_BODY_KEYS = {"problem", "approach", "results", "conditions"}
# Characters that Markdown would read as markup inside our plain sentences.
_MARKUP = re.compile(r"([\\`*_\[\]<>&#~|])")


def main(folder: Path) -> None:
    """Convert every `*.jsonl` of a folder."""
    count = 0
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            case = validate(CasebookRecord, json.loads(line), f"{path.name}:{number}").to_case()
            target = _target(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = render(case)
            if read_markdown(text, origin=str(target), name=target.name).case != case:
                raise SystemExit(f"{case.case_id}: does not round-trip")
            target.write_text(text, encoding="utf-8")
            count += 1
    print(f"{count} cases written")  # noqa: T201 - a script's own output


def _target(case: Case) -> Path:
    province = get_province(case.province)
    if province is None:
        raise SystemExit(f"{case.case_id}: unknown province {case.province!r}")
    return CASES / slugify(province.today) / f"{case.case_id}.md"


def render(case: Case) -> str:
    """Return the Markdown of a case."""
    data = case_to_data(case)
    front: dict[str, Any] = {key: value for key, value in data.items() if key not in _BODY_KEYS}
    sources = front.pop("sources")
    figures = [
        {"result": number, "value": _plain(result.value), "unit": result.unit}
        for number, result in enumerate(case.results, 1)
        if result.value is not None
    ]
    if figures:
        front["figures"] = [{k: v for k, v in row.items() if v is not None} for row in figures]
    front["sources"] = sources
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    sections = [
        ("Thực trạng", [_escape(case.problem)] if case.problem else []),
        ("Cách làm", [f"{i}. {_escape(step)}" for i, step in enumerate(case.approach, 1)]),
        ("Kết quả", [f"- {_escape(result.text)}" for result in case.results]),
        ("Điều kiện nhân rộng", [_escape(case.conditions)] if case.conditions else []),
    ]
    body = "\n\n".join(f"## {title}\n\n" + "\n".join(lines) for title, lines in sections if lines)
    return f"---\n{head}---\n\n{body}\n"


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _escape(text: str) -> str:
    return re.sub(r"^(\d+)([.)])(?=\s)", r"\1\\\2", _MARKUP.sub(r"\\\1", text))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
