"""Steps of a demo, and the folder that it is given."""

import pytest

from aition.cli.steps import INDENT, Steps, megabytes, prepare
from aition.core.errors import InputError

ASKED = {"seed": 0, "stays": 200}


def test_a_step_says_its_place_and_what_came_of_it(capsys):
    step = Steps(2)
    with step("Boil") as said:
        said += ["hot", "very hot"]
    with step("Pour"):
        pass
    first, hot, very, second, took = capsys.readouterr().out.splitlines()
    assert (first, hot, second) == ("[1/2] Boil", f"{INDENT}hot", "[2/2] Pour")
    assert very.startswith(f"{INDENT}very hot (")
    assert took.endswith(" s")


def test_a_folder_is_made_with_those_above_it(tmp_path):
    prepare(tmp_path / "a" / "demo", ASKED)
    assert (tmp_path / "a" / "demo").is_dir()


def test_what_a_demo_of_the_same_left_is_kept(tmp_path):
    prepare(tmp_path, ASKED)
    (tmp_path / "icu").mkdir()
    prepare(tmp_path, dict(reversed(ASKED.items())))
    assert (tmp_path / "icu").is_dir()


def test_what_another_demo_left_is_removed_and_nothing_else(tmp_path):
    prepare(tmp_path, ASKED)
    (tmp_path / "icu" / "data").mkdir(parents=True)
    (tmp_path / "report.html").touch()
    (tmp_path / "notes.txt").touch()
    prepare(tmp_path, ASKED | {"seed": 1})
    assert sorted(path.name for path in tmp_path.iterdir() if path.name[0] != ".") == ["notes.txt"]


def test_a_link_that_leads_elsewhere_is_removed_and_not_followed(tmp_path):
    prepare(tmp_path / "demo", ASKED)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").touch()
    (tmp_path / "demo" / "icu").symlink_to(tmp_path / "mine")
    prepare(tmp_path / "demo", ASKED | {"seed": 1})
    assert (tmp_path / "mine" / "work.txt").is_file()
    assert not (tmp_path / "demo" / "icu").exists()


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError, match="holds something else"):
        prepare(tmp_path, ASKED)


def test_a_file_is_refused(tmp_path):
    (tmp_path / "demo").touch()
    with pytest.raises(InputError, match="is a file"):
        prepare(tmp_path / "demo", ASKED)


def test_size_counts_what_lies_below(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(bytes(1_500_000))
    (tmp_path / "two").write_bytes(bytes(500_000))
    assert (megabytes(tmp_path), megabytes(tmp_path / "two")) == (2.0, 0.5)
