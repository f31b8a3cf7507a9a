"""Plots as SVG, without a library: panels of lines or bars on logarithmic axes, readable on light and dark ground."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log2, log10

WIDTH, HEIGHT = 470, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 18, 44, 40
LEGEND_LINE = 17
BAR_LINE, BAR_LEFT = 24, 170
COLUMNS = 2
INKS = (("#0f5f52", "#7cd4be"), ("#9a6a00", "#e3ad3a"), ("#8a3b8f", "#d79be0"), ("#1f5fa8", "#86b6f0"))
"""The line of each series on light and on dark ground."""

STYLE = """
    text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Arial, sans-serif; fill: #1d1b18; }
    .soft { font-size: 11px; fill: #5c564d; }
    .strong { font-weight: 600; }
    .ground { fill: #f6f4f0; }
    .grid { stroke: #d8d3c9; }
    .flat { stroke: #8c857a; stroke-dasharray: 4 4; }
    .bar { fill: #c9c3b8; }
    .ours { fill: #0f5f52; }"""
DARK = """
      text { fill: #f2efe9; }
      .soft { fill: #b9b2a6; }
      .ground { fill: #151412; }
      .grid { stroke: #3a362f; }
      .bar { fill: #4a453d; }
      .ours { fill: #7cd4be; }"""


@dataclass(frozen=True)
class Series:
    """A line: points of what has grown and of the cost relative to the first, and the cost itself to write beside."""

    name: str
    points: Sequence[tuple[float, float]]
    labels: Sequence[float]


@dataclass(frozen=True)
class Panel:
    """One plot."""

    title: str
    series: Sequence[Series]


@dataclass(frozen=True)
class Bars:
    """Somebody's figure each, the smallest first; one of them is ours."""

    title: str
    rows: Sequence[tuple[str, float]]
    ours: str


def page(title: str, panels: Sequence[Panel]) -> str:
    """Panels of lines in rows of two, as one picture."""
    height = HEIGHT + LEGEND_LINE * max((len(panel.series) for panel in panels), default=0)
    told = " ".join(f"{panel.title}: {'; '.join(map(_ending, panel.series))}." for panel in panels)
    return _page(title, told, [_panel(panel) for panel in panels], height)


def chart(title: str, charts: Sequence[Bars]) -> str:
    """Charts of bars in rows of two, as one picture."""
    height = TOP + BAR_LINE * max((len(one.rows) for one in charts), default=0) + BOTTOM
    told = " ".join(f"{one.title}: {'; '.join(f'{who} {_figure(cost)}' for who, cost in one.rows)}." for one in charts)
    return _page(title, told, [_bars(one) for one in charts], height)


def _page(title: str, told: str, drawn: Sequence[Iterator[str]], height: int) -> str:
    size = (WIDTH * COLUMNS, 50 + ceil(len(drawn) / COLUMNS) * height)
    placed = [line for place, one in enumerate(drawn) for line in _placed(one, place, height)]
    return "\n".join([*_head(title, told, size), *placed, "</svg>\n"])


def _head(title: str, told: str, size: tuple[int, int]) -> Iterator[str]:
    width, height = size
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t d">'
    yield f'  <title id="t">{escape(title)}</title>'
    yield f'  <desc id="d">{escape(told)}</desc>'
    yield f"  <style>{STYLE}{_inks(0)}"
    yield f"    @media (prefers-color-scheme: dark) {{{DARK}{_inks(1)}"
    yield "    }\n  </style>"
    yield f'  <rect class="ground" width="{width}" height="{height}" rx="12"/>'
    yield f'  <text class="strong" x="24" y="32">{escape(title)}</text>'


def _inks(ground: int) -> str:
    return "".join(
        f"\n    .s{place} {{ stroke: {ink[ground]}; fill: none; stroke-width: 2; }}"
        f"\n    .d{place} {{ fill: {ink[ground]}; }}"
        for place, ink in enumerate(INKS)
    )


def _ending(one: Series) -> str:
    return f"{one.name} {_factor(one.points[-1][1])}"


def _placed(drawn: Iterator[str], place: int, height: int) -> Iterator[str]:
    yield f'  <g transform="translate({WIDTH * (place % COLUMNS)} {50 + height * (place // COLUMNS)})">'
    yield from (f"    {line}" for line in drawn)
    yield "  </g>"


def _bars(one: Bars) -> Iterator[str]:
    yield f'<text class="strong" x="24" y="20">{escape(one.title)}</text>'
    costs = [cost for _, cost in one.rows]
    least, most = log10(min(costs)) - 0.15, log10(max(costs))
    for place, (who, cost) in enumerate(sorted(one.rows, key=lambda row: row[1])):
        y = TOP + BAR_LINE * place
        width = (log10(cost) - least) / max(most - least, 0.1) * (WIDTH - BAR_LEFT - RIGHT - 50)
        kind = "ours" if who == one.ours else "bar"
        yield f'<text x="{BAR_LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(who)}</text>'
        yield f'<rect class="{kind}" x="{BAR_LEFT}" y="{y}" width="{width:.1f}" height="17" rx="3"/>'
        yield f'<text class="soft" x="{BAR_LEFT + width + 6:.1f}" y="{y + 13}">{_figure(cost)}</text>'


def _panel(panel: Panel) -> Iterator[str]:
    ys = [y for one in panel.series for _, y in one.points]
    low, high = min(-1, floor(log2(min(ys)))), max(1, ceil(log2(max(ys))))
    sizes = sorted({x for one in panel.series for x, _ in one.points})
    first, last = log10(sizes[0]), max(log10(sizes[-1]), log10(sizes[0]) + 1)

    def at(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - first) / (last - first)
        up = (log2(y) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - RIGHT - 40), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    yield f'<text class="strong" x="{LEFT}" y="20">{escape(panel.title)}</text>'
    for power in range(low, high + 1):
        y = at(sizes[0], 2.0**power)[1]
        kind = "flat" if power == 0 else "grid"
        yield f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="soft" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_factor(2.0**power)}</text>'
    for size in sizes:
        x = at(size, 1)[0]
        yield f'<text class="soft" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:g}</text>'
    for place, one in enumerate(panel.series):
        yield from _line(one, place, [at(*point) for point in one.points])


def _line(one: Series, place: int, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    ink = place % len(INKS)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline class="s{ink}" points="{path}"/>'
    yield from (f'<circle class="d{ink}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points)
    x, y = points[-1]
    yield f'<text class="soft" x="{x + 8:.1f}" y="{y + 4:.1f}">{_figure(one.labels[-1])}</text>'
    below = HEIGHT + LEGEND_LINE * place
    yield f'<circle class="d{ink}" cx="{LEFT + 4}" cy="{below - 4}" r="4"/>'
    figures = " → ".join(map(_figure, one.labels))
    yield f'<text class="soft" x="{LEFT + 16}" y="{below}">{escape(one.name)}: {figures}</text>'


def _factor(value: float) -> str:
    return f"× {value:.3g}"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 (three figures say enough)
