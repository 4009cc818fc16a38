"""Runs are known by names, their cubes are built where they are not there, and damage is told to the terminal alone."""

import os
import shutil
import threading

import pytest

from aition.core.errors import InputError, StoreError
from aition.store.cube.build import build
from aition.store.cube.opened import open_cube
from aition.store.files import Lock
from aition.view.web.kept import Kept
from aition.view.web.refusing import Refused
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from stand_ins.web import made, serving, written


def nothing():
    """A check that never ends the work."""


def test_a_run_that_is_not_finished_is_refused(tmp_path):
    with pytest.raises(StoreError, match="holds no store"):
        Runs.at([tmp_path])


def test_one_run_is_not_served_twice(stores):
    with pytest.raises(InputError, match="comes twice"):
        Runs.at([stores[0], stores[0]])


def test_a_cube_that_is_there_is_not_built_again(stores, monkeypatch):
    Runs.at(stores[:1]).prepare(progress="off")

    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr("aition.view.web.runs.build", never)
    runs = Runs.at(stores[:1])
    runs.prepare(progress="off")
    assert len(runs.cube("", nothing)) == 24


def test_a_cube_that_was_changed_is_built_again(copied):
    place = copied()
    Runs.at([place]).prepare(progress="off")
    for path in (place / "cube").glob("*/cells.parquet"):
        path.write_bytes(b"spoilt")
    runs = Runs.at([place])
    runs.prepare(progress="off")
    assert runs.cube("", nothing).everybody.n.sum() == runs.cube("", nothing).n_row


def test_values_part_where_the_truth_does(copied):
    place = copied()
    Runs.at([place]).prepare(progress="off")
    runs = Runs.at([place], cuts={"heart rate": (-0.5, 0.5)})
    runs.prepare(progress="off")
    assert runs.cube("", nothing).spec.features[0].edges == (-0.5, 0.5)


def test_a_question_does_not_wait_for_ever_for_a_cube(copied, monkeypatch):
    go = threading.Event()

    def slowly(*arguments, **settings):
        go.wait(20)
        build(*arguments, **settings)

    monkeypatch.setattr("aition.view.web.runs.build", slowly)
    monkeypatch.setattr("aition.view.web.runs.PATIENCE", 0.1)
    runs = Runs.at([copied()])
    with pytest.raises(Refused, match="are being counted") as refused:
        runs.cube("", nothing, align="end")
    assert refused.value.status == 503
    assert "Retry-After" in refused.value.headers
    go.set()
    monkeypatch.setattr("aition.view.web.runs.PATIENCE", 20.0)
    assert runs.cube("", nothing, align="end").spec.align == "end"
    runs.close()


def test_a_cube_whose_question_was_given_up_is_opened_once(copied, monkeypatch):
    go, opened = threading.Event(), []

    def slowly(*arguments, **settings):
        go.wait(20)
        build(*arguments, **settings)

    def noted(*arguments, **settings):
        opened.append(open_cube(*arguments, **settings))
        return opened[-1]

    def given_up():
        raise KeyError

    monkeypatch.setattr("aition.view.web.runs.build", slowly)
    monkeypatch.setattr("aition.view.web.runs.open_cube", noted)
    monkeypatch.setattr("aition.view.web.runs.PATIENCE", 20.0)
    runs = Runs.at([copied()])
    with pytest.raises(KeyError):
        runs.cube("", given_up, align="end")
    go.set()
    assert runs.cube("", nothing, align="end") is runs.cube("", nothing, align="end")
    assert len(opened) == 1
    runs.close()


def test_a_run_that_was_damaged_is_told_without_its_place(tmp_path, caplog):
    place = written(tmp_path / "damaged", made())
    runs = Runs.at([place])
    runs.prepare(progress="off")
    for path in place.glob("cube/*/codes.u4"):
        os.truncate(path, 8)
    with serving(Served(runs)) as client:
        answer = client.begin().ask("intervals", {"cohort": {"all": []}, "selection": {}})
    assert answer.status == 500
    assert str(tmp_path) not in answer.json()["error"]
    assert str(tmp_path) in caplog.text


def test_what_was_kept_longest_unasked_goes_first():
    kept = Kept(10, len)
    for name in "abc":
        kept.put(name, name.encode() * 4)
    assert [bool(kept.get(name)) for name in "abc"] == [False, True, True]
    assert kept.n_byte == 8


def test_what_is_too_large_is_not_kept():
    kept = Kept(3, len)
    assert kept.put("a", b"1234") == b"1234"
    assert kept.get("a") == ()


def test_a_cube_that_another_process_builds_is_waited_for(stores, tmp_path, caplog, monkeypatch):
    run = shutil.copytree(stores[0], tmp_path / "own", ignore=shutil.ignore_patterns("cube"))
    (run / "cube").mkdir()
    lock = Lock(run / "cube" / ".lock")
    monkeypatch.setattr("time.sleep", lambda seconds: lock.release())
    runs = Runs.at([run])
    runs.prepare(progress="off")
    assert "another process counts the rows of own: waiting for it" in caplog.text
    assert runs.cubes


def test_runs_of_other_features_are_not_compared(stores, tmp_path):
    third = written(tmp_path / "third", made(features=("sea", "wind")))
    runs = Runs.at([*stores, third])
    assert [runs.comparable(name) for name in runs.runs] == [["second"], ["first"], []]


def test_a_run_of_other_features_stands_in_nobodys_way(stores, tmp_path):
    runs = Runs.at([*stores, written(tmp_path / "third", made(features=("sea", "wind")))])
    runs.prepare(progress="off")
    with serving(Served(runs)) as server:
        client = server.begin()
        assert client.ask("open", {}).json()["comparable"] == ["second"]
        for name, told in (("first", "Other method or model"), ("third", "Agreement")):
            assert told in [fact["name"] for fact in client.ask("trust", {"run": name}).json()["facts"]]
