"""What the app must reach on two cores, and a table of what it did."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

SIZES = (1.2, 20.0, 41.0, 100.0)
TARGETS: dict[str, tuple[str, tuple[float, float, float, float]]] = {
    "brush_ms_p95": ("brush → repaint p95, ms", (50, 50, 50, 100)),
    "same_axis_ms_p95": ("same-axis brush, work in the page p95, ms", (16, 16, 16, 16)),
    "ready_s": ("server ready, s", (2, 3, 3, 4)),
    "first_paint_s": ("first data paint, s", (1, 1, 1, 1)),
    "cohort_approximate_ms_p95": ("new cohort, approximate p95, ms", (100, 150, 150, 200)),
    "cohort_exact_ms_p95": ("new cohort, exact p95, ms", (500, 3000, 3000, 15_000)),
    "drill_ms_p95": ("sequence drill-down p95, ms", (20, 20, 20, 50)),
    "import_s": ("import + cube, s", (5, 40, 40, 240)),
    "peak_mb": ("server's memory at its peak, MB", (250, 400, 400, 800)),
    "what_if_ms_p95": ("what if p95, ms", (300, 300, 300, 300)),
    "script_kb": ("script, compressed, KB", (150, 150, 150, 150)),
    "export_page_mb": ("page saved as a file, MB", (5, 5, 5, 5)),
    "external_requests": ("requests to elsewhere", (0, 0, 0, 0)),
}
BESIDE = {
    "same_axis_cpu_ms_p95": "same-axis brush, CPU of the page's main thread p95, ms",
    "brush_ms_p50": "brush → repaint p50, ms",
    "settled_ms_p95": "brush → every view, p95, ms",
    "cohort_approximate_ms_p50": "new cohort, approximate p50, ms",
    "cohort_exact_ms_p50": "new cohort, exact p50, ms",
    "drill_server_ms_p95": "of a drill-down, the server p95, ms",
    "drill_asked_ms_p95": "of a drill-down, until it is asked p95, ms",
    "widget_kb": "script of the widget in notebooks, compressed, KB",
    "ready_mb": "server's memory when ready, MB",
    "heap_mb": "page's memory, MB",
    "patterns_ms_p50": "patterns p50, ms",
    "pairs_ms_p50": "pairs p50, ms",
    "embedding_ms": "map, ms",
}


def target(name: str, millions: float) -> float:
    """What a measure must not exceed, by the first size that is not smaller."""
    place = next((k for k, size in enumerate(SIZES) if millions <= size), len(SIZES) - 1)
    return TARGETS[name][1][place]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Measures beside their targets, in Markdown: a column a size; what is above its target is in bold."""
    heads = [f"{row['millions']:g}M" for row in rows]
    lines = [f"| | target | {' | '.join(heads)} |", "|---|---|" + "---|" * len(rows)]
    for name, (words, limits) in TARGETS.items():
        if any(name in row for row in rows):
            cells = [cell(name, row) for row in rows]
            own = sorted({target(name, row["millions"]) for row in rows}) if rows else limits
            lines.append(f"| {words} | {' / '.join(f'{one:,g}' for one in own)} | {' | '.join(cells)} |")
    for name, words in BESIDE.items():
        if any(name in row for row in rows):
            lines.append(f"| {words} | | {' | '.join(number(row[name]) if name in row else '' for row in rows)} |")
    return "\n".join(lines)


def cell(name: str, row: Mapping[str, Any]) -> str:
    """A number, in bold where it misses its target."""
    if name not in row:
        return ""
    told = number(row[name])
    return told if row[name] <= target(name, row["millions"]) else f"**{told}**"


def number(value: float) -> str:
    """As many digits as tell something.

    >>> number(1234.5), number(12.345), number(0.1234), number(float("nan"))
    ('1,234', '12.3', '0.12', 'unknown')
    """
    if math.isnan(value):
        return "unknown"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
