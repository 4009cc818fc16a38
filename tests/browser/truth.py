"""What SQL on the raw rows says of what is chosen; only the edges of bins are taken from the page's spec."""

from collections.abc import Sequence
from typing import Any

import duckdb

from browser.agreeing import Cell

Rows = list[tuple[Any, ...]]
BINNED = """
CREATE TABLE binned AS
SELECT rows.*, predicted, label, g AS grp, bin, hour, begin + bin AS place,
  len(list_filter($strengths, lambda one: attribution >= one)) AS strength,
  len(list_filter($strengths, lambda one: other >= one)) AS other_strength
FROM (SELECT *, CASE WHEN value IS NULL THEN 0
                ELSE 1 + len(list_filter($edges[feature + 1], lambda one: value >= one)) END AS bin,
             len(list_filter($times, lambda one: step >= one)) AS hour,
             $first[feature + 1] AS begin FROM rows) AS rows
JOIN stays USING (sample) JOIN outcomes USING (predicted, label)
"""


class Truth:
    """Answers by SQL.

    Args:
        connection: Holds the tables ``rows`` and ``stays``.
        opened: What the server says of the run: edges, names, and columns.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, opened: dict[str, Any]) -> None:
        self.connection = connection
        self.columns: list[dict[str, Any]] = opened["columns"]
        spec = opened["spec"]
        self.features: list[dict[str, Any]] = spec["features"]
        self.groups: list[list[int]] = spec["groups"]
        self.classes: list[str] = spec["class_names"]
        self.strengths: list[float] = spec["attribution_edges"]
        self.reach: tuple[float, float] = tuple(spec["attribution_range"])
        self.n_time = len(spec["time_edges"]) + 1
        first = [0]
        for one in self.features:
            first.append(first[-1] + len(one["labels"]) + 1)
        self.first = first
        outcomes = [(g, *pair) for g, pair in enumerate(self.groups)]
        connection.execute("CREATE TABLE outcomes (g INT, predicted INT, label INT)")
        connection.executemany("INSERT INTO outcomes VALUES (?, ?, ?)", outcomes)
        connection.execute(
            BINNED,
            {
                "strengths": self.strengths,
                "edges": [one["edges"] for one in self.features],
                "times": spec["time_edges"],
                "first": first,
            },
        )

    def sql(self, query: str, of: "Chosen", **more: str) -> Rows:
        """Rows of a query, in which names in braces stand for the conditions of what is chosen."""
        conditions = {
            "values": of.values,
            "time": of.time,
            "strength": of.strength,
            "other_strength": of.strength.replace("strength", "other_strength"),
            "groups": of.groups,
            "who": of.who,
        }
        return self.connection.execute(query.format(**conditions, **more)).fetchall()

    def name(self, feature: int) -> str:
        """A feature as people read it."""
        return str(self.features[feature]["name"]).replace("_", " ")

    def value(self, feature: int, bin: int) -> str:
        """A value as people read it."""
        one = self.features[feature]
        return str(one["labels"][bin - 1] if bin else one["without"])

    def values(self) -> list[tuple[int, int]]:
        """Every value of every feature."""
        return [(f, b) for f, one in enumerate(self.features) for b in range(len(one["labels"]) + 1)]

    def bins(self, column: dict[str, Any]) -> tuple[str, int]:
        """The bin of a column in SQL, and how many there are."""
        if column["kind"] == "number":
            return f"len(list_filter({column['bins']}, lambda one: {column['name']} >= one))", len(column["bins"]) + 1
        kind = "VARCHAR" if isinstance(column["values"][0], str) else "DOUBLE"
        return f"list_position({column['values']}::{kind}[], {column['name']}::{kind}) - 1", len(column["values"])


class Chosen:
    """What is chosen, as conditions of SQL.

    Args:
        state: As the page's address has it.
        besides: A view that asks without what was picked in itself.
    """

    def __init__(self, state: dict[str, Any], *, besides: str = "") -> None:
        selection = state.get("selection", {})
        self.selection = selection
        self.features: list[int] = sorted({f for f, _ in selection.get("values", [])})
        self.values, self.time, self.strength, self.groups = parts(selection)
        picked = [one["cohort"] for one in state.get("picked", []) if one["from"] != besides]
        self.who = cohort({"all": [state.get("a", {"all": []}), *picked]})

    def without(self, axis: str) -> "Chosen":
        """The same with one axis free."""
        free = object.__new__(Chosen)
        free.__dict__.update(self.__dict__, **{axis: "true"})
        return free


def parts(selection: dict[str, Any]) -> tuple[str, str, str, str]:
    """Values, times, strengths and outcomes of a selection, as conditions on ``binned``."""
    values = " OR ".join(f"(feature = {f} AND bin = {b})" for f, b in selection.get("values", []))
    span = {axis: selection.get(axis) for axis in ("time", "attribution")}
    time, strength = (
        f"{name} BETWEEN {own[0]} AND {own[1]}" if own else "true"
        for name, own in (("hour", span["time"]), ("strength", span["attribution"]))
    )
    groups = selection.get("groups")
    return (
        f"({values})" if values else "true",
        time,
        strength,
        f"grp IN ({', '.join(map(str, groups))})" if groups else "true",
    )


def cohort(of: dict[str, Any]) -> str:
    """A cohort as a condition on ``sample``."""
    if "all" in of or "any" in of:
        kind, word = ("all", " AND ") if "all" in of else ("any", " OR ")
        return f"({word.join(map(cohort, of[kind]))})" if of[kind] else ("true" if kind == "all" else "false")
    if "not" in of:
        return f"NOT {cohort(of['not'])}"
    if "rows" in of:
        inside = " AND ".join(parts(of["rows"]))
        return f"sample IN (SELECT sample FROM binned WHERE {inside} GROUP BY 1 HAVING count(*) >= {of['at_least']})"
    if "together" in of:
        moments = [f"SELECT sample, hour FROM binned WHERE {' AND '.join(parts(one))}" for one in of["together"]]
        return f"sample IN (SELECT sample FROM ({' INTERSECT '.join(moments)}))"
    if "ids" in of:
        return f"sample IN (SELECT sample FROM stays WHERE {among('id', of['ids'])})"
    column = of["column"]
    said = [among(column, of["in"])] if "in" in of else []
    said += [
        f"{column} {sign} {of[key]!r}" for key, sign in (("from", ">="), ("to", "<="), ("below", "<")) if key in of
    ]
    return f"sample IN (SELECT sample FROM stays WHERE {' AND '.join(said)})"


def among(column: str, values: Sequence[Any]) -> str:
    """One of these."""
    return f"{column} IN ({', '.join(repr(one) for one in values) or 'NULL'})"


def cells(rows: Rows) -> list[list[Cell]]:
    """Rows as cells of a table."""
    return [list(row) for row in rows]
