"""Laws of cubes: every level counts the same rows, for any brush and any cohort."""

from functools import cache

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.store.cube.build import build, build_like
from aition.store.cube.files import CELLS
from aition.store.cube.opened import open_cube
from aition.store.summary.brushed import brushed, holders
from aition.store.summary.cohort import cohort_mask
from aition.store.summary.compare import compare
from aition.store.summary.intervals import intervals
from aition.store.summary.selection import Selection
from aition.store.summary.sequence import from_tables, sequence, steps
from stand_ins.cube_runs import events, series, write_run

RUNS = {
    "series": (lambda: series(0), 0),
    "padded left": (lambda: series(1, side="left"), 0),
    "several targets": (lambda: series(2, targets=2), 1),
    "events": (lambda: events(3), 0),
    "events in deviations": (lambda: events(6, scaled=True), 0),
    "events without values": (lambda: events(4, values=False), 0),
    "events, several targets": (lambda: events(5, targets=2), 1),
}
SUMMED = ("attribution", "attribution ** 2", "abs(attribution)")
CASES = [(name, align) for name in RUNS for align in ("start", "end")]


HERE = []


@pytest.fixture(scope="module", autouse=True)
def here(tmp_path_factory):
    """A folder for all runs of this module, each of which is made once."""
    HERE[:] = [tmp_path_factory.mktemp("cubes")]
    yield
    cube.cache_clear()
    database.cache_clear()


@cache
def cube(name, align):
    parts, target = RUNS[name]
    run = write_run(HERE[0] / f"{name} {align}", parts())
    build(run, target=target, align=align, progress="off")
    return open_cube(run, target=target, align=align)


def spans(n):
    return st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).map(lambda pair: sorted(pair))


def selections(spec):
    features = st.integers(0, len(spec.features) - 1)
    pairs = features.flatmap(
        lambda one: st.tuples(st.just(one), st.integers(0, spec.features[one].n_bin - 1)).map(list)
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "features": st.lists(features, min_size=1, max_size=2),
            "values": st.lists(pairs, min_size=1, max_size=4),
            "time": spans(spec.n_time),
            "attribution": spans(spec.n_attribution),
            "groups": st.lists(st.integers(0, len(spec.groups) - 1), min_size=1, max_size=2),
        },
    )


def cohorts(spec):
    rows = st.fixed_dictionaries({"rows": selections(spec), "at_least": st.integers(1, 3)})
    label = st.lists(st.integers(-1, 1), max_size=2).map(lambda found: {"column": "label", "in": found})
    total = st.floats(-3, 3).map(lambda least: {"column": "score", "from": least})
    ids = st.lists(st.integers(0, 12), max_size=5).map(lambda found: {"ids": [f"s{one}" for one in found]})
    return st.recursive(
        st.one_of(st.just({"all": []}), rows, label, total, ids),
        lambda inner: st.one_of(
            inner.map(lambda one: {"not": one}),
            st.lists(inner, max_size=3).map(lambda few: {"all": few}),
            st.lists(inner, max_size=3).map(lambda few: {"any": few}),
        ),
        max_leaves=4,
    )


def mask_of(asked, one):
    return cohort_mask(asked, one.samples, lambda selection, least: holders(one, selection, least))


def counted_by_table(one, mask, selection):
    table = one.table(mask)
    meant = selection.mask(one.spec) & selection.group_mask(one.spec)[:, None, None, None]
    return (int(table.n[meant].sum()), table.total[meant].sum(), table.squares[meant].sum())


def counted_by_codes(one, mask, selection):
    n, total, squares = 0, 0.0, 0.0
    meant = selection.mask(one.spec).reshape(-1)
    for piece in one.pieces(mask & selection.group_mask(one.spec)[one.group]):
        own = piece.attribution[meant[piece.code]].astype(float)
        n, total, squares = n + len(own), total + own.sum(), squares + (own**2).sum()
    return n, total, squares


def rows_in_sql(one):
    """A table of the rows of a run, made of its own tables only: sample, value_bin, step, feature, attribution."""
    run, target = one.run, one.spec.target
    variable = "-".join(run.variables["attribution"][0])
    own = f"AND a.target = {target}" if "target" in variable else ""
    if "row" in variable:
        scaled = "value_mean" in run.variables
        value = "value_mean + value_deviation * row_value AS row_value" if scaled else "row_value"
        value = f"{value}, row_observed" if "row_value" in run.variables else "NULL AS row_value, false AS row_observed"
        scales = 'JOIN "feature" s ON s.feature = r.row_feature' if scaled else ""
        source = f"""
            SELECT "row", row_sample AS sample, row_time AS step, row_feature AS feature, {value}
            FROM "row" r {scales}"""
        rows = f"""
            SELECT v.sample, v.step, v.feature, v.row_value AS value, v.row_observed AS observed, a.attribution,
                   max(v.step) OVER (PARTITION BY v.sample) + 1 AS length
            FROM ({source}) v JOIN "{variable}" a USING ("row") WHERE a.attribution IS NOT NULL {own}"""
    else:
        rows = f"""
            SELECT a.sample, a.time - e.first AS step, a.feature, v.value, v.observed, a.attribution, e.length
            FROM "{variable}" a JOIN "sample-time-feature" v USING (sample, time, feature)
            JOIN (SELECT sample, min(time) AS first, max(time) - min(time) + 1 AS length
                  FROM "sample-time" WHERE "exists" GROUP BY sample) e USING (sample)
            WHERE a.attribution IS NOT NULL {own}"""
    step = "step" if one.spec.align == "start" else "length - 1 - step"
    exact = "attribution::FLOAT::DOUBLE AS attribution"
    return f"SELECT sample, feature, value, observed, {step} AS step, {exact} FROM ({rows})"


def selected_in_sql(asked, spec):
    """A condition on the rows, by the edges of bins and not by codes."""
    parts = ["true"]
    if "features" in asked:
        parts.append(f"feature IN ({', '.join(map(str, asked['features']))})")
    if "values" in asked:
        each = []
        for feature, value_bin in asked["values"]:
            edges = [-np.inf, *spec.features[feature].edges, np.inf]
            low, high = (edges[value_bin - 1], edges[value_bin]) if value_bin else (0, 0)
            inside = f"observed AND value >= {number(low)} AND value < {number(high)}" if value_bin else "NOT observed"
            each.append(f"(feature = {feature} AND {inside})")
        parts.append(f"({' OR '.join(each)})")
    if "time" in asked:
        starts = [0, *spec.time_edges, 10**6]
        parts.append(f"step >= {starts[asked['time'][0]]} AND step < {starts[asked['time'][1] + 1]}")
    if "attribution" in asked:
        edges = [-np.inf, *spec.attribution_edges, np.inf]
        low, high = edges[asked["attribution"][0]], edges[asked["attribution"][1] + 1]
        parts.append(f"attribution >= {number(low)} AND attribution < {number(high)}")
    if "groups" in asked:
        pairs = ", ".join(f"({spec.groups[one][0]}, {spec.groups[one][1]})" for one in asked["groups"])
        parts.append(f"sample IN (SELECT sample FROM people WHERE (predicted, label) IN ({pairs}))")
    return " AND ".join(parts)


def number(value):
    return f"'{'-' if value < 0 else ''}infinity'::DOUBLE" if np.isinf(value) else f"{value!r}::DOUBLE"


def cohort_in_sql(asked, spec):
    if "column" in asked and "in" in asked:
        return f"label IN ({', '.join(map(str, asked['in'])) or 'NULL'}) IS TRUE"
    if "column" in asked:
        return f"score >= {asked['from']!r}"
    if "ids" in asked:
        return f"id IN ({', '.join(repr(one) for one in asked['ids']) or 'NULL'}) IS TRUE"
    if "rows" in asked:
        inside = selected_in_sql(asked["rows"], spec)
        return f'(SELECT count(*) FROM "all" r WHERE r.sample = people.sample AND {inside}) >= {asked["at_least"]}'
    if "not" in asked:
        return f"NOT ({cohort_in_sql(asked['not'], spec)})"
    word, parts = (" AND ", asked["all"]) if "all" in asked else (" OR ", asked["any"])
    return word.join(f"({cohort_in_sql(part, spec)})" for part in parts) or ("true" if "all" in asked else "false")


@cache
def database(name, align):
    one = cube(name, align)
    several = "target" in "-".join(one.run.variables["attribution"][0])
    score = f'"sample-target" WHERE target = {one.spec.target}' if several else '"sample"'
    people = f"""
        SELECT s.sample, s.id, s.label, p.predicted, q.score FROM "sample" s
        JOIN (SELECT sample, arg_max(class, prediction) AS predicted FROM "sample-class" GROUP BY 1) p USING (sample)
        JOIN (SELECT sample, score FROM {score}) q USING (sample)"""
    connection = duckdb.connect()
    connection.register("arrow_people", one.run.sql(people))
    connection.register("arrow_rows", one.run.sql(rows_in_sql(one)))
    connection.execute("CREATE TABLE people AS SELECT * FROM arrow_people")
    connection.execute('CREATE TABLE "all" AS SELECT * FROM arrow_rows')
    connection.execute(f"CREATE TABLE cells AS SELECT * FROM '{one.folder / CELLS}'")
    return connection


def same(found, expected, size):
    assert found[0] == expected[0]
    np.testing.assert_allclose(found[1:], expected[1:], rtol=0, atol=1e-9 * max(size, 1e-300))


@pytest.mark.parametrize(("name", "align"), CASES)
@given(data=st.data())
def test_table_codes_and_the_runs_own_tables_count_the_same(name, align, data):
    one = cube(name, align)
    asked, brush = data.draw(cohorts(one.spec)), data.draw(selections(one.spec))
    mask, selection = mask_of(asked, one), Selection.from_json(brush)
    sums = ", ".join(["count(*)", *(f"coalesce(sum({one}), 0)" for one in SUMMED)])
    inside = f"sample IN (SELECT sample FROM people WHERE {cohort_in_sql(asked, one.spec)})"
    query = f'SELECT {sums} FROM "all" WHERE {inside} AND {selected_in_sql(brush, one.spec)}'
    *expected, size = database(name, align).execute(query).fetchone()
    size = max(size, one.n_row)
    same(counted_by_table(one, mask, selection), expected, size)
    same(counted_by_codes(one, mask, selection), expected, size)
    found = brushed(one, mask, selection)
    assert found.n.sum() == expected[0]
    np.testing.assert_allclose(found.total.sum(), expected[1], rtol=0, atol=1e-9 * size)


@pytest.mark.parametrize(("name", "align"), CASES)
@given(data=st.data())
def test_the_table_of_cells_that_any_sql_reads_counts_the_same(name, align, data):
    one = cube(name, align)
    brush = data.draw(selections(one.spec))
    parts = ["true"]
    if "features" in brush:
        parts.append(f"feature IN ({', '.join(map(str, brush['features']))})")
    if "values" in brush:
        parts.append(f"(feature, value_bin) IN ({', '.join(f'({f}, {b})' for f, b in brush['values'])})")
    for key, column in (("time", "time_bin"), ("attribution", "attribution_bin")):
        if key in brush:
            parts.append(f"{column} BETWEEN {brush[key][0]} AND {brush[key][1]}")
    if "groups" in brush:
        parts.append(f"(predicted, label) IN ({', '.join(str(one.spec.groups[place]) for place in brush['groups'])})")
    query = "SELECT coalesce(sum(n), 0), coalesce(sum(total), 0), coalesce(sum(squares), 0) FROM cells"
    expected = database(name, align).execute(f"{query} WHERE {' AND '.join(parts)}").fetchone()
    everybody = np.ones(len(one), dtype=bool)
    same(counted_by_table(one, everybody, Selection.from_json(brush)), expected, one.n_row)


@pytest.mark.parametrize("name", RUNS)
@given(data=st.data())
def test_a_cohort_and_the_others_are_everybody(name, data):
    one = cube(name, "start")
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(one), max_size=len(one))))
    own, others = one.table(mask), one.table(~mask)
    np.testing.assert_array_equal(own.n + others.n, one.everybody.n)
    np.testing.assert_allclose(own.total + others.total, one.everybody.total, atol=1e-9)
    np.testing.assert_array_equal(own.n_sample + others.n_sample, one.everybody.n_sample)


@pytest.mark.parametrize("name", RUNS)
@given(data=st.data())
def test_some_features_are_counted_as_among_all(name, data):
    one = cube(name, "start")
    features = tuple(data.draw(st.lists(st.integers(0, len(one.spec.features) - 1), min_size=1, unique=True)))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(one), max_size=len(one))))
    few, whole = one.table(mask, features=features), one.table(mask)
    places = np.concatenate([np.flatnonzero(one.spec.feature_of_value == feature) for feature in features])
    np.testing.assert_array_equal(few.n, whole.n[:, places])
    np.testing.assert_allclose(few.total, whole.total[:, places], atol=1e-9)
    known, selection = intervals(one, mask, Selection(), features=features), intervals(one, mask, Selection())
    np.testing.assert_allclose(known.cell, selection.cell[places], equal_nan=True)


@pytest.mark.parametrize("name", ["series", "events"])
@given(data=st.data())
def test_a_run_compared_with_itself_counts_the_same(name, data):
    one = cube(name, "start")
    build_like(one.run, one.spec, target=one.spec.target, progress="off")
    other = open_cube(one.run, target=one.spec.target, like=one.spec.digest)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(one), max_size=len(one))))
    found = compare(one, other, mask)
    np.testing.assert_array_equal(found.table.n, one.table(mask).n)
    assert found.n_shared == mask.sum()


@pytest.mark.parametrize(("name", "align"), [case for case in CASES if "events" not in case[0]])
def test_the_rows_of_a_sequence_are_those_of_the_runs_tables(name, align):
    one = cube(name, align)
    table = "-".join(one.run.variables["attribution"][0])
    for position, sample in enumerate(one.samples["id"].tolist()):
        head = one.run.head(int(position >= 7))
        when, times = steps(one.run, head, position)
        value, attribution = from_tables(one.run, head, table, "attribution", position, one.spec.target, when)
        found = sequence(one, sample)
        np.testing.assert_array_equal(found.value, value)
        np.testing.assert_array_equal(found.attribution, attribution)
        assert len(times) == len(found.attribution) == one.samples["length"][position]


@pytest.mark.parametrize("name", RUNS)
def test_the_rows_of_all_sequences_add_up_to_the_cube(name):
    one = cube(name, "start")
    found = [sequence(one, sample) for sample in one.samples["id"].tolist()]
    total = np.array([np.nansum(each.attribution) for each in found])
    np.testing.assert_allclose(total, one.samples["total"], atol=1e-6)
