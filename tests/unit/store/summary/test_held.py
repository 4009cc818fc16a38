"""Planted truths: laid beside a run, value by value."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aition.core.errors import InputError
from aition.store.cube.build import build
from aition.store.cube.opened import open_cube
from aition.store.cube.settle import Fineness
from aition.store.summary.held import LEAST, ceiling, facts, held_against, sizes
from aition.store.summary.truth import placed, read_truth, unfit
from stand_ins.cube_runs import FEATURES, series, write_run


def truth_file(path, sign=1):
    """Lactate from 2 on adds 1, from 4 on 2; pulse and ward nothing."""
    rows = [
        {"feature": name, "bin": one, "name": label, "time": time, "share": 0.25,
         "contribution": float(sign * one) if name == "lactate" and one < 3 else 0.0}
        for name in FEATURES for one, label in enumerate(("< 2", "2 to 4", "> 4", "not measured")) for time in range(6)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), path)
    return read_truth(path)


def true_cube(tmp_path, truth):
    part = series(3, sizes=(800,))[0]
    value = np.where(part["observed"], part["value"], np.nan)[:, :, 0]
    part["attribution"].values[:] = np.where(part["exists"].values[:, :, None], 0, np.nan)
    part["attribution"].values[:, :, 0] += np.where(np.isnan(value), 0, (value >= 2) * 1.0 + (value >= 4))
    run = write_run(tmp_path / "run", [part])
    build(run, fineness=Fineness(cuts=truth.cuts), progress="off")
    return open_cube(run)


def test_true_attributions_agree_with_the_truth(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    held = held_against(true_cube(tmp_path, truth).everybody, truth)
    assert (held.spearman, held.precision_at_20) == (pytest.approx(1), 1)
    assert (held.named[0].feature, held.named[0].value_bin) == ("lactate", 3)
    assert held.missed == ()


def test_the_opposite_does_not(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    opposite = truth_file(tmp_path / "opposite.parquet", sign=-1)
    assert held_against(true_cube(tmp_path, truth).everybody, opposite).spearman == pytest.approx(-1)


def test_a_cube_that_parts_values_elsewhere_is_refused(cube, tmp_path):
    with pytest.raises(InputError, match=r"must part 'lactate' at \[2.0, 4.0\]"):
        held_against(cube.everybody, truth_file(tmp_path / "values.parquet"))


def test_another_table_is_no_truth(tmp_path):
    pq.write_table(pa.table({"feature": ["a"]}), tmp_path / "values.parquet")
    with pytest.raises(InputError, match="lacks bin"):
        read_truth(tmp_path / "values.parquet")


def contributions(folder, cube, *, key="sample"):
    """What lactate truly adds to each sample: what :func:`true_cube` attributes to it."""
    folder.mkdir()
    rows = {"sample": [], "time": [], "feature": [], "bin": [], "contribution": []}
    for name, piece in ((str(name), cube.piece(np.array([place]))) for place, name in enumerate(cube.samples["id"])):
        cell = piece.code // cube.spec.n_attribution
        value, time = cell // cube.spec.n_time, cell % cube.spec.n_time
        for one, when, much in zip(value.tolist(), time.tolist(), piece.attribution.tolist(), strict=True):
            if much:
                added = {"sample": name, "time": when, "feature": "lactate", "bin": one - 1, "contribution": much}
                for column, entry in added.items():
                    rows[column].append(entry)
    rows[key] = rows.pop("sample")
    pq.write_table(pa.table(rows), folder / "00000.parquet")


@pytest.mark.parametrize("key", ["sample", "stay_id"])
def test_true_attributions_reach_what_can_be_reached(tmp_path, key):
    cube = true_cube(tmp_path, truth_file(tmp_path / "values.parquet"))
    contributions(tmp_path / "contributions", cube, key=key)
    assert ceiling(cube, read_truth(tmp_path / "values.parquet")) == 1


def test_what_can_be_reached_is_unknown_of_other_samples(tmp_path):
    cube = true_cube(tmp_path, truth_file(tmp_path / "values.parquet"))
    contributions(tmp_path / "contributions", cube)
    path = tmp_path / "contributions" / "00000.parquet"
    table = pq.read_table(path).drop_columns(["sample"])
    pq.write_table(table.append_column("sample", pa.array(["nobody"] * table.num_rows)), path)
    assert np.isnan(ceiling(cube, read_truth(tmp_path / "values.parquet")))


def test_what_can_be_reached_is_unknown_where_no_sample_is_known(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    assert np.isnan(ceiling(true_cube(tmp_path, truth), truth))


def test_a_planted_value_that_is_not_named_is_missed(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    cube = true_cube(tmp_path, truth)
    table = cube.everybody
    first = int(cube.spec.first_value[FEATURES.index("pulse")])
    table.total[:, first + 1] = table.n[:, first + 1] * 9.0
    held = held_against(table, truth)
    assert held.precision_at_20 == 0.5
    assert [(one.feature, one.right) for one in held.named] == [("pulse", False), ("lactate", True)]
    assert [(one.feature, one.planted, one.right) for one in held.missed] == [("lactate", 1.0, False)]


@pytest.mark.parametrize(("sign", "share"), [(1, 1.0), (-1, 0.0)])
def test_directions_are_right_or_wrong(tmp_path, sign, share):
    cube = true_cube(tmp_path, truth_file(tmp_path / "values.parquet"))
    assert held_against(cube.everybody, truth_file(tmp_path / "other.parquet", sign=sign)).sign == share


def test_a_truth_of_other_features_does_not_fit(cube, tmp_path):
    truth_file(tmp_path / "values.parquet")
    table = pq.read_table(tmp_path / "values.parquet")
    names = pa.array([name.replace("lactate", "bilirubin") for name in table["feature"].to_pylist()])
    pq.write_table(table.set_column(0, "feature", names), tmp_path / "values.parquet")
    assert "'bilirubin', which this run does not have" in unfit(cube.spec, read_truth(tmp_path / "values.parquet"))


def test_a_truth_that_fits_has_no_reason_not_to(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    assert unfit(true_cube(tmp_path, truth).spec, truth) == ""


def test_what_was_planted_stands_where_the_cube_has_its_values(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    spec = true_cube(tmp_path, truth).spec
    added, often = placed(spec, truth)
    first = int(spec.first_value[FEATURES.index("lactate")])
    np.testing.assert_array_equal(added[first : first + 4], np.outer([0, 0, 1, 2], np.ones(spec.n_time)))
    assert (often > 0).all()


def test_what_is_said_counts_what_was_found(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    held = held_against(true_cube(tmp_path, truth).everybody, truth)
    found, order = facts(held, 1.0)
    assert (found.shown, found.verdict, order.verdict) == ("2 of 2", "good", "good")
    assert found.words.endswith("True attributions of the same sequences would name 2.")
    assert "True" not in facts(held, float("nan"))[0].words


def test_a_range_of_values_may_have_no_name(tmp_path):
    names = ["< 2", "2 to 4", None, "> 8", "not measured"]
    size = len(names)
    table = {"feature": ["a"] * size, "bin": list(range(size)), "name": names, "time": [0] * size}
    pq.write_table(pa.table(table | {"contribution": [0.0] * size, "share": [0.2] * size}), tmp_path / "values.parquet")
    assert read_truth(tmp_path / "values.parquet").cuts == {"a": (2.0, 4.0, 8.0)}


@pytest.mark.parametrize("seed", range(1000, 1010))
def test_a_rare_value_whose_attributions_are_noise_is_smaller_than_a_common_effect(seed):
    n = np.array([[2] * 48, [1000] * 48])
    total = np.random.default_rng(seed).normal(n * [[0.0], [0.3]], np.sqrt(n))
    rare, common = sizes(n, total)
    assert (rare, common) == (pytest.approx(0, abs=0.25), pytest.approx(0.3, abs=0.02))


def test_effects_that_change_their_sign_over_time_do_not_cancel():
    assert sizes(np.array([[LEAST, LEAST]]), np.array([[LEAST, -LEAST]])).tolist() == [1.0]


def test_too_few_rows_tell_no_size():
    assert sizes(np.array([[LEAST - 1, 0]]), np.array([[100.0, 0.0]])).tolist() == [0.0]


def test_a_run_with_too_few_rows_is_not_judged(tmp_path):
    truth = truth_file(tmp_path / "values.parquet")
    table = true_cube(tmp_path, truth).everybody
    table.n[:], table.total[:] = 0, 0
    found, _ = facts(held_against(table, truth), float("nan"))
    assert (found.verdict, found.shown, np.isnan(found.value)) == ("unknown", "", True)
