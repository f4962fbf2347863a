"""Charts of the report as SVG that takes its colours and its font from the page around it.

matplotlib draws; what it writes is then made to fit a page: stand-in colours become CSS variables
(so one drawing serves light and dark), text stays text in the page's font, and nothing in it names
another address. Every chart is drawn for two widths, since a drawing scaled down to a telephone
cannot be read; the page shows one of them.

matplotlib is imported when something is drawn, not with this module.
"""

import html
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_SERIES = 6
"""How many runs a chart can tell apart."""

# Stand-ins that no style of matplotlib uses, and the CSS variables that take their places.
_INK, _MUTED, _GRID, _SURFACE = "#fe0101", "#fe0102", "#fe0103", "#fe0104"
_SERIES = tuple(f"#fe02{number:02x}" for number in range(1, MAX_SERIES + 1))
_VARIABLES: Mapping[str, str] = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _GRID: "var(--grid)",
    _SURFACE: "var(--card)",
    **{colour: f"var(--series-{number})" for number, colour in enumerate(_SERIES, 1)},
}
# Runs differ by line and marker too, for readers who do not tell the colours apart.
_LINES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (8, 3)))
_MARKERS = "osD^vP"
_FONT = "DejaVu Sans"  # comes with matplotlib; only its widths matter
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": [_FONT],
    "font.size": 11,
    "text.color": _INK,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.8,
    "xtick.color": _GRID,
    "ytick.color": _GRID,
    "xtick.labelcolor": _MUTED,
    "ytick.labelcolor": _MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.labelcolor": _INK,
    "figure.facecolor": "none",
    "axes.unicode_minus": False,
    "text.usetex": False,
    "text.parse_math": False,
}
_XML_PROLOGUE = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_SVG_OPENING = re.compile(r"<svg\b[^>]*?\bviewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
# What a page has no use for: metadata, a style that would reach every element of the page, and the
# ids of groups, which are the same in every drawing.
_SURPLUS = re.compile(
    r"<metadata>.*?</metadata>\s*|<style\b.*?</style>\s*|(?<=<g) id=\"[^\"]*\"", re.DOTALL
)
_FONT_NAMES = re.compile(rf"'{_FONT}'(?:, [^;\"]*)?")


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the borders of its confidence interval.

    Attributes:
        mean: The mean.
        low: Lower border.
        high: Upper border.
        count: How many values it was taken over.
    """

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart for both widths of the page.

    Attributes:
        wide: SVG for a desk screen.
        narrow: SVG for a telephone.
    """

    wide: str
    narrow: str


@dataclass(frozen=True, slots=True)
class Legend:
    """Words and number format that charts share.

    Attributes:
        labels: What the axes and marks of the chart are called, by a short key.
        number: Writes a number with so many decimals, as the language does.
    """

    labels: Mapping[str, str]
    number: Callable[[float, int], str]


def interval_bars(
    name: str,
    description: str,
    groups: Sequence[str],
    series: Mapping[str, Sequence[Interval]],
    legend: Legend,
) -> Chart:
    """Return horizontal bars of means in [0, 1] with whiskers, a group of runs for each label.

    Args:
        name: Unique on the page; keeps the ids of its elements apart from other charts'.
        description: Read out in place of the drawing.
        groups: Labels, top to bottom.
        series: Run -> an interval for each label.
        legend: Number format.
    """
    count = len(series)
    thickness = 0.62 / count
    height = 34 + len(groups) * (24 + 13 * (count - 1)) + (24 if count > 1 else 0)

    def draw(axes: "Axes", is_narrow: bool) -> None:
        for number, (run, intervals) in enumerate(series.items()):
            offset = (number - (count - 1) / 2) * thickness
            places = [place + offset for place in range(len(groups))]
            means = [interval.mean for interval in intervals]
            axes.barh(
                places, means, thickness * 0.86, color=_SERIES[number], label=run, linewidth=0
            )
            axes.errorbar(
                means,
                places,
                xerr=[
                    [interval.mean - interval.low for interval in intervals],
                    [interval.high - interval.mean for interval in intervals],
                ],
                fmt="none",
                color=_INK,
                ecolor=_INK,
                elinewidth=1.2,
                capsize=2.5,
            )
            if count <= 2:
                for place, interval in zip(places, intervals, strict=True):
                    axes.text(
                        1.035,
                        place,
                        legend.number(interval.mean, 3),
                        va="center",
                        ha="left",
                        color=_INK,
                        fontsize=10 if count == 1 else 9,
                    )
        axes.set_yticks(range(len(groups)), groups, color=_INK)
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.set_xlim(0, 1)
        _number_ticks(axes, "x", [0, 0.25, 0.5, 0.75, 1], 2, legend)
        axes.grid(visible=False, axis="y")
        if count > 1:
            _place_legend(axes, is_narrow=is_narrow)

    return _chart(name, description, draw, height, height)


def precision_recall(
    name: str, description: str, curves: Mapping[str, Sequence[float]], legend: Legend
) -> Chart:
    """Return interpolated precision at the eleven standard recall points, a line for each run.

    Args:
        name: Unique on the page.
        description: Read out in place of the drawing.
        curves: Run -> eleven precisions, at recall 0.0, 0.1, ..., 1.0.
        legend: Labels `recall` and `precision`, and the number format.
    """
    levels = [step / 10 for step in range(11)]

    def draw(axes: "Axes", is_narrow: bool) -> None:
        for number, (run, precisions) in enumerate(curves.items()):
            axes.plot(
                levels,
                precisions,
                color=_SERIES[number],
                linestyle=_LINES[number],
                marker=_MARKERS[number],
                markersize=4,
                linewidth=2,
                label=run,
            )
        if len(curves) == 1:
            axes.fill_between(
                levels, next(iter(curves.values())), color=_SERIES[0], alpha=0.12, lw=0
            )
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(0, 1.03)
        axes.set_xlabel(legend.labels["recall"])
        axes.set_ylabel(legend.labels["precision"])
        ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
        _number_ticks(axes, "x", ticks, 1, legend)
        _number_ticks(axes, "y", ticks, 1, legend)
        if len(curves) > 1:
            _place_legend(axes, is_narrow=is_narrow)

    return _chart(name, description, draw, 340, 270)


def latency_histogram(
    name: str,
    description: str,
    samples: Mapping[str, Sequence[float]],
    marks: Mapping[str, float],
    legend: Legend,
) -> Chart:
    """Return how search times are spread: bars for the first run, outlines for the others.

    The axis ends a little past the 99th percentile of all; slower searches stand in the last bar.

    Args:
        name: Unique on the page.
        description: Read out in place of the drawing.
        samples: Run -> milliseconds of each search; at least one run has at least one.
        marks: Label -> milliseconds, drawn as vertical lines (percentiles of the first run).
        legend: Labels `milliseconds` and `searches`, and the number format.
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    pooled = np.concatenate([np.asarray(values, dtype=float) for values in samples.values()])
    end = max(float(np.percentile(pooled, 99)) * 1.05, *(value * 1.05 for value in marks.values()))
    edges = np.linspace(min(0.0, float(pooled.min())), end or 1.0, 25)

    def draw(axes: "Axes", is_narrow: bool) -> None:
        tops = []
        for number, (run, values) in enumerate(samples.items()):
            heights, _ = np.histogram(np.minimum(values, edges[-1]), bins=edges)
            tops.append(int(heights.max(initial=0)))
            if number == 0:
                axes.stairs(heights, edges, fill=True, color=_SERIES[0], alpha=0.85, label=run)
            else:
                axes.stairs(
                    heights,
                    edges,
                    color=_SERIES[number],
                    linewidth=1.8,
                    linestyle=_LINES[number],
                    label=run,
                )
        top = max(tops) or 1
        for step, (label, value) in enumerate(marks.items()):
            axes.axvline(value, color=_INK, linewidth=1.1, linestyle=(0, (3, 2)))
            on_left = value > edges[-1] * 0.6
            axes.annotate(
                label,
                (value, top * (1.22 - 0.11 * step)),
                xytext=(-4 if on_left else 4, 0),
                textcoords="offset points",
                ha="right" if on_left else "left",
                va="center",
                fontsize=10,
            )
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(0, top * 1.3)
        axes.set_xlabel(legend.labels["milliseconds"])
        axes.set_ylabel(legend.labels["searches"])
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_locator(MaxNLocator(4 if is_narrow else 7))
        digits = 0 if edges[-1] > 8 else 2
        axes.xaxis.set_major_formatter(lambda value, _: legend.number(value, digits))
        axes.yaxis.set_major_formatter(lambda value, _: legend.number(value, 0))
        axes.grid(visible=False, axis="x")
        if len(samples) > 1:
            _place_legend(axes, is_narrow=is_narrow)

    return _chart(name, description, draw, 340, 260)


def history_lines(
    name: str,
    description: str,
    dates: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    legend: Legend,
) -> Chart:
    """Return measures over runs, evenly spaced in the order of their dates.

    Args:
        name: Unique on the page.
        description: Read out in place of the drawing.
        dates: Short labels of the runs, oldest first.
        series: Measure -> value by run; None where a run does not have it.
        legend: Number format.
    """
    from matplotlib.ticker import MaxNLocator

    values = [value for line in series.values() for value in line if value is not None]
    low, high = min(values), max(values)
    room = max(0.02, (high - low) * 0.25)

    def draw(axes: "Axes", is_narrow: bool) -> None:
        for number, (measure, line) in enumerate(series.items()):
            known = [(place, value) for place, value in enumerate(line) if value is not None]
            axes.plot(
                [place for place, _ in known],
                [value for _, value in known],
                color=_SERIES[number],
                linestyle=_LINES[number],
                marker=_MARKERS[number],
                markersize=5,
                linewidth=1.8,
                label=measure,
            )
            place, value = known[-1]
            axes.annotate(
                legend.number(value, 3),
                (place, value),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=10,
            )
        axes.set_xlim(-0.4, len(dates) - 0.6)
        axes.set_ylim(max(0.0, low - room), min(1.05, high + room))
        shown = _thinned(len(dates), 4 if is_narrow else 12)
        axes.set_xticks(shown, [dates[place] for place in shown])
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(lambda value, _: legend.number(value, 2))
        axes.grid(visible=False, axis="x")
        _place_legend(axes, is_narrow=is_narrow)

    return _chart(name, description, draw, 260, 240, wide=1072)


def _thinned(count: int, most: int) -> list[int]:
    """Return at most so many of the places 0..count-1, evenly spread, first and last included."""
    if count <= most:
        return list(range(count))
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})


def _number_ticks(
    axes: "Axes", axis: str, ticks: Sequence[float], digits: int, legend: Legend
) -> None:
    set_ticks = axes.set_xticks if axis == "x" else axes.set_yticks
    set_ticks(ticks, [legend.number(tick, digits) for tick in ticks])


def _place_legend(axes: "Axes", *, is_narrow: bool) -> None:
    """Put the names of the runs above the drawing, as many beside each other as fit."""
    handles, names = axes.get_legend_handles_labels()
    most = 34 if is_narrow else 48
    names = [name if len(name) <= most else name[: most - 1] + "…" for name in names]
    room = (250 if is_narrow else 420) // (45 + 6 * max(map(len, names)))
    axes.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=max(1, min(len(names), room)),
        borderaxespad=0.2,
        handlelength=1.8,
        columnspacing=1.4,
        fontsize=10,
    )


def _chart(
    name: str,
    description: str,
    draw: Callable[["Axes", bool], None],
    height: int,
    narrow_height: int,
    *,
    wide: int = 508,
) -> Chart:
    return Chart(
        _render(f"{name}-wide", description, draw, (wide, height), is_narrow=False),
        _render(f"{name}-narrow", description, draw, (326, narrow_height), is_narrow=True),
    )


def _render(
    name: str,
    description: str,
    draw: Callable[["Axes", bool], None],
    size: tuple[int, int],
    *,
    is_narrow: bool,
) -> str:
    """Return a drawing of so many CSS pixels as an `<svg>` element."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # At 72 dots an inch matplotlib's units are CSS pixels. The salt makes ids repeatable, and
    # different in every chart of a page.
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72, layout="constrained")
        draw(figure.subplots(), is_narrow)
        written = io.StringIO()
        figure.savefig(
            written,
            format="svg",
            metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),  # none of them
        )
    return _fit_page(written.getvalue(), description)


def _fit_page(svg: str, description: str) -> str:
    svg = _SURPLUS.sub("", _XML_PROLOGUE.sub("", svg))
    svg = _SVG_OPENING.sub(
        lambda match: (
            f'<svg viewBox="{match[1]}" role="img" aria-label="{html.escape(description)}">'
        ),
        svg,
        count=1,
    )
    svg = _FONT_NAMES.sub("var(--font)", svg.replace("xlink:href", "href"))
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return svg.strip()
