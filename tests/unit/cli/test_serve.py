"""aition serve refuses what it can't serve before it does any work."""

import os
import shutil
import socket
import stat
import webbrowser
from pathlib import Path

import pytest

from aition.cli import main
from aition.view.web.running import browser, listening
from aition.view.web.wording import USUAL, wording_of


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.org", "::"])
def test_other_machines_are_not_let_in_by_chance(place, capsys, host):
    assert main(["serve", str(place / "run"), "--host", host]) == 2
    assert "--allow-remote" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--model", "--truth", "--words"])
def test_a_file_that_is_not_there_is_named(place, capsys, option):
    assert main(["serve", str(place / "run"), option, "nowhere/at-all"]) == 2
    assert f"{option} must be there, but nowhere/at-all does not exist" in capsys.readouterr().err


def test_a_port_in_use_is_named_before_any_work(place, tmp_path, capsys):
    run = shutil.copytree(place / "run", tmp_path / "run", ignore=shutil.ignore_patterns("cube"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", str(run), "--port", str(port), "--no-open"]) == 2
    assert f"port {port} of 127.0.0.1 is in use" in capsys.readouterr().err
    assert not (run / "cube").exists()


@pytest.mark.parametrize(("name", "code"), [("damaged", 5), ("unfinished", 5), ("folder", 5)])
def test_a_run_that_cannot_be_read_is_told(place, capsys, name, code):
    assert main(["serve", str(place / name), "--no-open"]) == code
    assert capsys.readouterr().err.startswith("aition: ")


def test_a_table_that_is_no_truth_is_told(place, capsys):
    assert main(["serve", str(place / "run"), "--no-open", "--truth", str(place / "torn.parquet")]) == 2
    assert "planted values" in capsys.readouterr().err


def test_what_is_missing_is_named_with_the_command_that_installs_it(place, capsys, monkeypatch):
    monkeypatch.setattr("aition.cli.serve.find_spec", lambda name: None)
    assert main(["serve", str(place / "run"), "--no-open"]) == 2
    assert "pip install 'aition[web]'" in capsys.readouterr().err


def test_only_this_machine_is_listened_to():
    with listening("127.0.0.1", 0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"


def test_an_answer_does_not_wait_until_its_beginning_is_acknowledged():
    with listening("127.0.0.1", 0) as taken, socket.create_connection(taken.getsockname()):
        accepted, _ = taken.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_key_is_not_among_the_words_that_a_browser_is_started_with(monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with browser(lambda: "http://127.0.0.1:1/#token=secret") as open_page:
        open_page()
        while not opened:
            pass
        path = Path(opened[0].removeprefix("file://"))
        assert "secret" not in opened[0]
        assert "#token=secret" in path.read_text()
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert not path.exists()


def test_words_that_are_not_known_are_refused_before_any_work(place, tmp_path, capsys):
    (tmp_path / "words.toml").write_text('sequnce = "stay"', encoding="utf-8")
    assert main(["serve", str(place / "run"), "--no-open", "--words", str(tmp_path / "words.toml")]) == 2
    assert "has 'sequnce'" in capsys.readouterr().err


def test_words_beside_a_truth_are_taken_unless_others_are_given(tmp_path):
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "values.parquet").touch()
    assert wording_of("", str(tmp_path)) == USUAL
    (tmp_path / "truth" / "words.toml").write_text('sequence = "stay"', encoding="utf-8")
    (tmp_path / "own.toml").write_text('sequence = "case"', encoding="utf-8")
    assert wording_of("", str(tmp_path)).words == {"sequence": "stay"}
    assert wording_of("", str(tmp_path / "truth" / "values.parquet")).words == {"sequence": "stay"}
    assert wording_of(str(tmp_path / "own.toml"), str(tmp_path)).words == {"sequence": "case"}
