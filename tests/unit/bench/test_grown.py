"""Rows from before a method got a setting."""

from aition.bench.grown import evened, filled
from aition.bench.rows import RowFile, key_of, line_of

ROW = {"task": "t", "recipe": "r", "method": "occlusion", "preset": "", "seed": 0, "fold": 0, "metrics": {"auprc": 1.0}}


def row(settings, **changes):
    return {**ROW, "settings": settings, **changes}


def test_a_setting_that_came_later_is_at_its_default():
    assert filled(row({"window": 3}))["settings"]["baseline"] == {"name": "constant-baseline", "value": 0.0}


def test_a_setting_that_a_row_has_is_kept():
    assert filled(row({"window": 3}))["settings"]["window"] == 3


def test_rows_of_a_method_that_is_not_known_here_stay_as_they_are():
    assert filled(row({"a": 1}, method="of-another-package")) == row({"a": 1}, method="of-another-package")


def test_rows_of_one_method_are_evened_where_their_settings_differ_in_name():
    whole = filled(row({}))
    before = row({name: value for name, value in whole["settings"].items() if name != "baseline"}, seed=1)
    assert [one["settings"] for one in evened([whole, before])] == [whole["settings"]] * 2


def test_a_row_from_before_is_not_made_again(tmp_path):
    whole = filled(row({}))
    before = row({name: value for name, value in whole["settings"].items() if name != "baseline"})
    (tmp_path / "rows.jsonl").write_bytes(line_of(before))
    kept = RowFile(tmp_path / "rows.jsonl", key=lambda one: key_of(filled(one)))
    assert key_of(whole) in kept
