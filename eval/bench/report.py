"""Rows of the comparison, as a table and as JSON."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from rich.table import Table

_PACKAGES = (
    "mohinh-kb",
    "qdrant-edge-py",
    "openvino",
    "langchain-core",
    "langchain-qdrant",
    "langchain-huggingface",
    "langchain-text-splitters",
    "qdrant-client",
    "fastembed",
    "sentence-transformers",
    "transformers",
    "torch",
    "numpy",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What was promised.

    Attributes:
        kind: `ratio`: ours is at least so many times better; `limit`: ours stays below.
        value: The number.
    """

    kind: Literal["ratio", "limit"]
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of ours and of one other system.

    Attributes:
        measure: What was measured, and on what.
        unit: Unit of both figures.
        ours: Our figure.
        system: Name of the other system.
        theirs: Its figure.
        ratio: How many times better ours is (above 1: faster, smaller).
        target: What was promised, if anything was.
    """

    measure: str
    unit: str
    ours: float
    system: str
    theirs: float
    ratio: float
    target: Target | None = None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or empty where nothing was promised."""
        if self.target is None:
            return ""
        if self.target.kind == "ratio":
            return "met" if self.ratio >= self.target.value else "missed"
        return "met" if self.ours < self.target.value else "missed"


def to_table(rows: Sequence[Row]) -> Table:
    """Return the rows as a table."""
    table = Table(title="Ours and what users would pick instead, same model, same run")
    table.add_column("Measure")
    table.add_column("Unit")
    table.add_column("Ours", justify="right")
    table.add_column("Compared with")
    table.add_column("Theirs", justify="right")
    table.add_column("Ratio", justify="right")
    table.add_column("Target", justify="right")
    table.add_column("")
    previous = ""
    for row in rows:
        is_first = row.measure != previous
        colour = {"met": "green", "missed": "red"}.get(row.verdict, "")
        table.add_row(
            row.measure if is_first else "",
            row.unit if is_first else "",
            format_figure(row.ours) if is_first else "",
            row.system,
            format_figure(row.theirs),
            f"{format_figure(row.ratio)}x",
            format_target(row.target, row.unit),
            f"[{colour}]{row.verdict}[/{colour}]" if colour else "",
        )
        previous = row.measure
    return table


def format_figure(value: float) -> str:
    """Return a figure with as many digits as it deserves.

    Example:
        >>> [format_figure(value) for value in (0.1234, 12.34, 1234.5)]
        ['0.12', '12.3', '1,234']
    """
    if value < 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def format_target(target: Target | None, unit: str) -> str:
    """Return a target as the table shows it.

    Example:
        >>> format_target(Target("ratio", 20), "ms"), format_target(Target("limit", 1000), "MB")
        ('≥ 20x', '< 1,000 MB')
    """
    if target is None:
        return ""
    if target.kind == "ratio":
        return f"≥ {target.value:g}x"
    return f"< {target.value:,.0f} {unit}"


def write_json(
    path: Path,
    rows: Sequence[Row],
    *,
    date: str,
    method: Mapping[str, Any],
    samples: Mapping[str, Any],
) -> None:
    """Write everything that is needed to judge the figures later.

    Args:
        path: File to write.
        rows: The comparison.
        date: When it was measured, ISO 8601.
        method: How it was measured.
        samples: Every single measurement, by measure and system.
    """
    data = {
        "date": date,
        "machine": machine(),
        "versions": versions(),
        "method": method,
        "rows": [{**asdict(row), "verdict": row.verdict} for row in rows],
        "samples": samples,
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """Return what the figures depend on besides the code."""
    facts: dict[str, Any] = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ]
        facts["processor"] = names[0] if names else platform.processor()
    return facts


def versions() -> dict[str, str]:
    """Return the versions of the packages that take part; a missing one is left out."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
