"""Tables of a stored run in SQL."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aition import Explanation, store
from aition.core.errors import InputError, StoreError

Write = Callable[..., store.StoredRun]


@pytest.fixture
def run(parts: list[Explanation], write: Write) -> store.StoredRun:
    return write(parts)


def test_every_table_has_a_view_with_its_columns(run: store.StoredRun):
    for table, columns in run.tables.items():
        assert run.sql(f'SELECT * FROM "{table}"').column_names == columns


def test_averages_leave_padding_out(run: store.StoredRun):
    value = run.explanation()["value"].values
    (row,) = run.sql('SELECT avg(value) AS mean, count(*) AS n FROM "sample-time-feature"').to_pylist()
    assert row["n"] == np.isfinite(value).sum()
    assert row["mean"] == pytest.approx(np.nanmean(value, dtype=np.float64))


def test_cells_join_with_ids_and_names(run: store.StoredRun):
    rows = run.sql(
        'SELECT sample.id AS patient, feature.id AS name, value FROM "sample-time-feature" '
        "JOIN sample USING (sample) JOIN feature USING (feature) WHERE time = 0 ORDER BY sample, feature"
    ).to_pylist()
    value = run.explanation()["value"]
    assert {(row["patient"], row["name"]): np.float32(row["value"]) for row in rows} == {
        (str(one.sample.values), str(one.feature.values)): one.values
        for one in value.isel(time=0).stack(cell=("sample", "feature")).dropna("cell")
    }


def test_sparse_rows_point_to_their_samples(run: store.StoredRun):
    rows = run.sql("SELECT row_sample, row_time FROM row ORDER BY row_sample, row_time").to_pylist()
    whole = run.explanation()
    assert [(row["row_sample"], row["row_time"]) for row in rows] == sorted(
        zip(whole["row_sample"].values.tolist(), whole["row_time"].values.tolist(), strict=True)
    )


def test_what_has_no_samples_stands_once_in_its_full_length(run: store.StoredRun):
    rows = run.sql('SELECT decay FROM "time" ORDER BY time').to_pydict()["decay"]
    assert rows == run.explanation()["decay"].values.tolist()


def test_parameters_are_bound(run: store.StoredRun):
    assert run.sql("SELECT sample FROM sample WHERE id = ?", ["s3"]).to_pylist() == [{"sample": 3}]


@pytest.mark.parametrize(
    "query",
    ["SELECT 1; SELECT 2", "COPY (SELECT 1) TO '{file}' (USE_TMP_FILE false)", "DROP VIEW sample", "SET threads = 1",
     "ATTACH '/tmp/x.db'", "INSTALL httpfs", "CALL pragma_version()", "", "CREATE TABLE t AS SELECT 1"],
)  # fmt: skip
def test_what_is_no_single_select_is_refused(query: str, run: store.StoredRun):
    with pytest.raises(InputError, match="query must be one SELECT"):
        run.sql(query.format(file=run.path / "shards" / "000000" / "sample.parquet"))
    run.verify()


@pytest.mark.parametrize(
    "query", ["SELECT * FROM '{file}'", "SELECT * FROM read_text('{file}')", "SELECT * FROM glob('*')"]
)
def test_no_other_file_is_within_reach(query: str, run: store.StoredRun, tmp_path: Path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises((InputError, StoreError)):
        run.sql(query.format(file=secret))


@pytest.mark.parametrize("query", ["SELECT * FROM read_text('.tmp/secret')", "SELECT * FROM glob('.tmp/*')"])
def test_temporary_files_where_the_process_runs_are_not_within_reach(
    query: str, run: store.StoredRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / ".tmp").mkdir()
    (tmp_path / ".tmp" / "secret").write_text("secret")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="file system operations are disabled"):
        run.sql(query)


def test_a_mistake_in_sql_is_told_in_one_line(run: store.StoredRun):
    with pytest.raises(InputError, match=r"query is not understood: .*valu") as caught:
        run.sql('SELECT valu FROM "sample-time-feature"')
    assert "\n" not in str(caught.value)


def test_an_unknown_table_is_named(run: store.StoredRun):
    with pytest.raises(InputError, match="the run has no table 'cells'; it has "):
        run.connect("cells")


def test_a_connection_sees_the_tables_that_it_asked_for(run: store.StoredRun):
    connection = run.connect("sample", "time")
    assert sorted(name for (name,) in connection.execute("SHOW TABLES").fetchall()) == ["sample", "time"]
    connection.close()


@pytest.mark.parametrize("name", ["it's", "a=1", "x[1]", "w*ld?", "Ärzte and 机器"])
def test_a_path_may_have_any_name(name: str, parts: Any, write: Write, tmp_path: Path):
    run = write(parts, path=tmp_path / name)
    assert run.sql("SELECT count(*) AS n FROM sample").to_pylist() == [{"n": 6}]
    assert run.sql("SELECT * FROM sample").column_names == run.tables["sample"]


def test_a_changed_table_is_not_served(run: store.StoredRun):
    path = run.path / "shards" / "000001" / "sample-time-feature.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"sample-time-feature\.parquet was changed"):
        run.sql('SELECT sum(value) FROM "sample-time-feature"')


def test_a_table_that_changes_after_it_was_read_is_not_served(run: store.StoredRun):
    run.sql("SELECT * FROM sample")
    path = run.path / "shards" / "000000" / "sample.parquet"
    os.truncate(path, path.stat().st_size - 4)
    with pytest.raises(StoreError, match=r"sample\.parquet has .* bytes"):
        run.sql("SELECT * FROM sample")
