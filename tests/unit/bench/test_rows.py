"""Rows are appended once, whole, by as many processes as there are, and a torn one is mended."""

import json
import subprocess
import sys

import pytest

from aition.bench.rows import RowFile, key_of, read_rows
from aition.core.errors import AitionWarning, InputError

WRITER = """
import sys
from aition.bench.rows import RowFile
rows = RowFile(sys.argv[1])
for seed in range(int(sys.argv[2]), int(sys.argv[2]) + 60):
    rows.append({"task": "toy", "recipe": "r", "method": "m", "settings": {}, "seed": seed, "fold": 0,
                 "metrics": {"auprc": 0.5}, "padding": "x" * 3000})
"""


def row(seed=0, **changes):
    key = {"task": "toy", "recipe": "r", "method": "m", "settings": {"b": 1, "a": 2}, "seed": seed, "fold": 0}
    return key | {"metrics": {"auprc": 0.5}} | changes


@pytest.fixture
def path(tmp_path):
    file = RowFile(tmp_path / "rows.jsonl")
    assert file.append(row(0))
    assert file.append(row(1))
    return file.path


def test_a_row_comes_back_as_it_was_written(path):
    assert read_rows(path) == [row(0), row(1)]


def test_a_row_of_the_same_key_is_not_written_again(path):
    assert not RowFile(path).append(row(1, seconds=3.0))
    assert len(read_rows(path)) == 2


def test_the_order_of_settings_does_not_make_another_row():
    assert key_of(row(settings={"a": 2, "b": 1})) == key_of(row())


def test_another_recipe_of_a_task_is_another_row():
    assert key_of(row(recipe="other")) != key_of(row())


def test_what_another_process_wrote_meanwhile_is_seen(path):
    mine, other = RowFile(path), RowFile(path)
    assert other.append(row(7))
    assert key_of(row(7)) in mine
    assert not mine.append(row(7))


def test_two_processes_that_append_at_once_leave_every_row_once_and_whole(tmp_path):
    path = tmp_path / "both.jsonl"
    both = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), first]) for first in ("0", "30")]
    assert [one.wait() for one in both] == [0, 0]
    assert sorted(one["seed"] for one in read_rows(path)) == list(range(90))


def test_a_torn_line_is_cut_off_and_named(path):
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"task": "toy", "rec')
    with pytest.warns(AitionWarning, match=r"line 3 of .*rows.jsonl was torn: its 20 bytes"):
        RowFile(path)
    assert path.read_bytes() == whole


def test_a_row_after_a_torn_line_stands_on_a_line_of_its_own(path):
    path.write_bytes(path.read_bytes() + b'{"task": ')
    with pytest.warns(AitionWarning, match="torn"):
        RowFile(path).append(row(2))
    assert [one["seed"] for one in read_rows(path)] == [0, 1, 2]


def test_a_line_that_was_torn_while_this_process_works_is_mended_too(path):
    rows = RowFile(path)
    path.write_bytes(path.read_bytes() + b'{"task": ')
    with pytest.warns(AitionWarning, match="torn"):
        rows.append(row(2))
    assert [one["seed"] for one in read_rows(path)] == [0, 1, 2]


def test_a_whole_line_that_lacks_its_end_is_kept(path):
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(AitionWarning, match=r"line 2 of .* whole and is kept"):
        assert key_of(row(1)) in RowFile(path)
    assert read_rows(path) == [row(0), row(1)]


def test_a_reader_leaves_a_torn_line_out_and_says_so(path):
    path.write_bytes(path.read_bytes() + b'{"task"')
    with pytest.warns(AitionWarning, match=r"line 3 of .*rows.jsonl is torn \(7 bytes"):
        assert len(read_rows(path)) == 2


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("[1]", "line 3 must be a JSON object"),
        ("not at all", "line 3 must be a JSON object, but can't be read"),
        ('{"task": "a"}', "line 3 must be a row of the bench, but has no recipe"),
        (json.dumps(row(3) | {"metrics": {"auprc": None}}), "line 3 must have metrics"),
        (json.dumps({name: value for name, value in row(3).items() if name != "metrics"}), "line 3 must have metrics"),
    ],
)
def test_a_whole_line_that_is_no_row_is_refused_and_kept(path, line, named):
    path.write_text(path.read_text() + line + "\n")
    before = path.read_bytes()
    for reader in (RowFile, read_rows):
        with pytest.raises(InputError, match=named):
            reader(path)
    assert path.read_bytes() == before


def test_a_text_file_is_never_cut(tmp_path):
    path = tmp_path / "thesis.txt"
    path.write_text("not to be touched")
    with pytest.raises(InputError, match="line 1"):
        RowFile(path)
    assert path.read_text() == "not to be touched"


def test_nan_is_never_written(path):
    with pytest.raises(ValueError, match="JSON"):
        RowFile(path).append(row(5, metrics={"auprc": float("nan")}))
    assert len(read_rows(path)) == 2


def test_a_refusal_is_a_row(path):
    refusal = {name: value for name, value in row(9).items() if name != "metrics"} | {"refused": "no gradients"}
    assert RowFile(path).append(refusal)
    assert read_rows(path)[-1]["refused"] == "no gradients"


def test_a_refusal_that_is_to_be_tried_again_is_not_there_until_it_is_written(path):
    refused = {name: value for name, value in row(9).items() if name != "metrics"} | {"refused": "no gradients"}
    assert RowFile(path).append(refused)
    again = RowFile(path, retry_refused=True)
    assert key_of(row(9)) not in again
    assert key_of(row(1)) in again
    assert again.append(row(9))
    assert not again.append(row(9))
    assert key_of(row(9)) in RowFile(path, retry_refused=True)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent.jsonl"):
        read_rows(tmp_path / "absent.jsonl")
    with pytest.raises(InputError, match=r"nowhere"):
        RowFile(tmp_path / "nowhere" / "rows.jsonl")
