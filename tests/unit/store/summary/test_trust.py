"""Comparisons and trust."""

import numpy as np
import pytest
from scipy import stats

import aition.store
from aition.store.cube import opened
from aition.store.cube.build import build, build_like
from aition.store.cube.opened import open_cube
from aition.store.summary.compare import compare
from aition.store.summary.intervals import intervals
from aition.store.summary.selection import Selection
from aition.store.summary.trust import spearman, trust
from aition.store.summary.value_time import value_time
from stand_ins.cube_runs import series, write_run


def everybody(cube):
    return np.ones(len(cube), dtype=bool)


def like(cube, path, parts, **attrs):
    other = write_run(path, parts, **attrs)
    build_like(other, cube.spec, progress="off")
    return open_cube(other, like=cube.spec.digest)


def said(parts, **attrs):
    for part in parts:
        part.attrs.update(attrs)
    return parts


def test_only_sequences_that_both_runs_have_are_compared(cube, tmp_path):
    other = like(cube, tmp_path / "other", series(0, sizes=(4,)))
    found = compare(cube, other, everybody(cube))
    assert found.n_shared == 4
    assert found.mask.nonzero()[0].tolist() == [0, 1, 2, 3]
    assert found.table.n.sum() == other.n_row


def test_sequences_keep_the_group_that_they_have_here(cube, tmp_path):
    parts = series(0)
    for part in parts:
        part["prediction"].values[:] *= -1
    other = like(cube, tmp_path / "other", parts)
    found = compare(cube, other, everybody(cube))
    np.testing.assert_array_equal(found.table.n_sample, cube.everybody.n_sample)
    np.testing.assert_array_equal(found.table.n, cube.everybody.n)


def test_another_baseline_is_neither_another_seed_nor_other_weights(cube, tmp_path):
    other = like(cube, tmp_path / "other", said(series(0), settings='{"baseline": 1}'))
    assert trust(cube, [other]).facts[-1].name == "Other settings"


def test_another_run_is_called_by_its_folder_and_method(cube, tmp_path):
    other = like(cube, tmp_path / "second night", said(series(0), explainer="occlusion"))
    assert trust(cube, [other]).facts[-1].words.startswith("second night (occlusion) has ")


def test_runs_that_explain_different_outputs_are_not_held_against_each_other(cube, tmp_path):
    other = like(cube, tmp_path / "other", said(series(0), target='[{"at": {"class": 0}, "versus": {}}]'))
    fact = trust(cube, [other]).facts[-1]
    assert (fact.name, fact.verdict) == ("Other output", "unknown")
    assert "another output" in fact.words


def test_runs_agree_also_where_their_cells_are_too_many_to_be_held(cube, tmp_path, monkeypatch):
    like(cube, tmp_path / "other", said(series(0), seed=1))
    monkeypatch.setattr(opened, "HELD", 1)
    large = open_cube(cube.run), open_cube(aition.store.open(tmp_path / "other"), like=cube.spec.digest)
    assert trust(large[0], [large[1]]).facts[-1].name == "Other seed or weights"


def test_a_run_agrees_with_itself_and_not_with_its_opposite(tmp_path):
    parts = series(0, sizes=(80,))
    run = write_run(tmp_path / "run", parts)
    build(run, progress="off")
    cube = open_cube(run)
    same = like(cube, tmp_path / "same", said(parts, seed=1))
    for part in parts:
        part["attribution"].values[:] *= -1
        part.attrs["explainer"] = "occlusion"
    opposite = like(cube, tmp_path / "opposite", parts)
    facts = {fact.name: fact for fact in trust(cube, [same, opposite]).facts}
    assert facts["Other seed or weights"].value == 1
    assert facts["Other method or model"].value == -1
    assert (facts["Other seed or weights"].verdict, facts["Other method or model"].verdict) == ("good", "low")


def test_completeness_is_the_share_of_the_change_that_is_missing(cube):
    fact = trust(cube).facts[0]
    off, total = cube.samples["completeness"], cube.samples["total"]
    assert fact.value == pytest.approx(np.abs(off).sum() / np.abs(total - off).sum(), rel=1e-5)
    assert fact.verdict == "good"


def test_a_method_that_promises_nothing_is_not_judged(tmp_path):
    run = write_run(tmp_path / "run", [part.drop_vars("completeness") for part in series(0)])
    build(run, progress="off")
    assert trust(open_cube(run)).facts[0].verdict == "unknown"


def test_small_groups_are_warned_of(cube):
    assert "fewer than 20 sequences" in trust(cube).warnings[-1]


def test_rank_correlation_is_that_of_scipy():
    draw = np.random.default_rng(0)
    one, other = draw.integers(0, 9, 50).astype(float), draw.normal(size=50)
    assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)


def test_the_table_of_values_and_times_says_what_the_cube_counts(cube):
    selection = Selection(features=(1,), groups=(0, 1))
    found = value_time(cube.everybody, selection, intervals(cube, everybody(cube), selection))
    own = np.isin(cube.spec.feature_of_value, 1)
    assert found.n.sum() == cube.everybody.n[:2, own].sum()
    assert (found.mean * found.n).sum() == pytest.approx(cube.everybody.total[:2, own].sum())
    assert set(found.feature.tolist()) == {"pulse"}
    assert {len(column) for column in found.columns().values()} == {len(found.n)}
