"""Which groups act together most in the mean over samples, and which sample has most groups."""

from aition.store.stored import StoredRun


def widest(run: StoredRun, *, nth: int) -> int:
    """The place of the sample that has most groups, the first of several."""
    table, where = source(run, "attribution_alone", nth)
    query = f"SELECT sample FROM {table} WHERE {where} GROUP BY sample ORDER BY count(*) DESC, sample LIMIT 1"
    return int(run.sql(query)["sample"][0].as_py())


def means(run: StoredRun, *, nth: int, top: int) -> list[tuple[int, int, float, float]]:
    """Pairs whose size is largest in the mean over samples that have both: two groups, that mean, and the mean."""
    table, where = source(run, "interaction", nth)
    query = (
        'SELECT "group", group_other, avg(abs(interaction)) AS size, avg(interaction) AS mean '
        f'FROM {table} WHERE {where} AND "group" < group_other GROUP BY "group", group_other '
        f'HAVING avg(abs(interaction)) > 0 ORDER BY size DESC, "group", group_other LIMIT {top}'
    )
    rows = run.sql(query).to_pylist()
    return [(row["group"], row["group_other"], row["size"], row["mean"]) for row in rows]


def source(run: StoredRun, variable: str, nth: int) -> tuple[str, str]:
    """The table of a variable, and the condition of rows that have a value for a target."""
    axes = run.variables[variable][0]
    target = f" AND target = {nth}" if "target" in axes else ""
    return f'"{"-".join(axes)}"', f"{variable} IS NOT NULL AND NOT isnan({variable}){target}"
