"""Tables of what ``bench_icu.py`` found, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "stage": (
        "Stages",
        {"name": "stage", "seconds": "seconds", "cpu_seconds": "CPU seconds", "peak_mb": "peak MB", "memory": "of"},
    ),
    "ingest": (
        "Ingest",
        {
            "kind": "raw files", "form": "form", "samples": "samples", "records": "records", "raw_mb": "raw MB",
            "data_mb": "made MB", "seconds": "seconds", "cpu_seconds": "CPU seconds",
            "records_per_second": "records a second", "memory_mb": "--memory-mb", "peak_mb": "peak MB", "memory": "of",
        },
    ),
    "network": (
        "Networks",
        {
            "name": "network", "epochs": "epochs", "held_out": "held-out stays", "auroc": "AUROC", "optimum": "optimum",
            "auroc_trained": "AUROC on those trained on",
        },
    ),
    "values": (
        "Values",
        {
            "network": "network", "explainer": "explainer", "explained": "stays", "spearman": "Spearman, signed",
            "spearman_of_size": "Spearman, of size", "precision_at_20": "precision at 20", "ceiling": "ceiling",
        },
    ),
}  # fmt: skip
"""Of each kind of row: its title, and its columns by their names in the rows."""


def tables(rows: Sequence[Row]) -> str:
    """A table for each kind of rows and each run, in the order of the rows."""
    parts = []
    for kind, (title, columns) in TABLES.items():
        some = [row for row in rows if row["row"] == kind]
        for run in dict.fromkeys(run_of(row) for row in some):
            lines = ["| " + " | ".join(columns.values()) + " |", "|---" * len(columns) + "|"]
            lines += [
                "| " + " | ".join(said(row[name]) for name in columns) + " |" for row in some if run_of(row) == run
            ]
            parts.append("\n".join([f"{title}{run}", "", *lines]))
    return "\n\n".join(parts)


def run_of(row: Row) -> str:
    """Which run a row is of, in words."""
    return f", {said(row['stays'])} stays, seed {row['seed']}" if "stays" in row else ""


def said(value: Any) -> str:
    """A figure as it stands in a table.

    >>> said(1234567), said(None), said(0.85)
    ('1,234,567', '-', '0.85')
    """
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int | float) else str(value)
