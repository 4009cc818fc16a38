"""Stopping: signals as interrupts, also within DuckDB, and what killed runs have left."""

import os
import signal
import subprocess
import sys
import threading
import time

import duckdb
import pytest

from aition.cli import main
from aition.cli.stopping import SIGNALS, stoppable, tell_of_parts
from aition.core.errors import AitionWarning

LONG = "SELECT sum(ln(i + 1)) FROM range(1_000_000_000_000) t(i)"


@pytest.fixture(autouse=True)
def heeded():
    """Signals are heeded, as on a terminal: the processes of pytest-xdist ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_an_interrupt(number):
    with pytest.raises(KeyboardInterrupt) as raised, stoppable():
        signal.raise_signal(number)
    assert raised.value.args == (number,)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_within_duckdb_is_an_interrupt(number):
    timer = threading.Timer(0.2, os.kill, (os.getpid(), number))
    with duckdb.connect(config={"threads": 1}) as opened:
        timer.start()
        with pytest.raises(KeyboardInterrupt) as raised, stoppable():
            opened.execute(LONG)
    assert raised.value.args == (number,)


def test_handlers_are_as_before():
    before = [signal.getsignal(number) for number in SIGNALS]
    with stoppable():
        pass
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_fault_stays_what_it_is():
    with pytest.raises(RuntimeError, match="own"), stoppable():
        raise RuntimeError("own")


def test_another_thread_is_left_alone():
    done = []

    def work():
        with stoppable():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


ENDED = {
    "ingest": ("aition.data.readers.ingesting", "write_buckets", ["ingest", "table", "raw.csv", "--out", "data"]),
    "simulate": (
        "aition.data.simulate.hospital.writing", "recorded",
        ["simulate", "hospital", "--stays", "5", "--as", "meds", "--out", "data"],
    ),
    "simulate samples": (
        "aition.data.simulate.hospital.writing", "true_cells",
        ["simulate", "hospital", "--stays", "5", "--as", "batch", "--out", "data"],
    ),
}  # fmt: skip
CODES = {signal.SIGTERM: 143, signal.SIGINT: 130}


@pytest.mark.parametrize(
    ("what", "number"),
    [("ingest", signal.SIGINT), ("simulate", signal.SIGTERM), ("simulate samples", signal.SIGINT)],
)
def test_a_run_that_is_ended_leaves_nothing_and_says_so(tmp_path, what, number):
    module, slow, words = ENDED[what]
    (tmp_path / "raw.csv").write_text("sample,time,code,value\na,0,HR,80\n")
    code = (
        f"import sys, time; from pathlib import Path; from aition.cli import main; import {module} as module\n"
        f"module.{slow} = lambda *words, **more: (Path('there').touch(), time.sleep(600))\n"
        "sys.exit(main())"
    )
    with subprocess.Popen([sys.executable, "-c", code, *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        while not (tmp_path / "there").exists():
            assert run.poll() is None
            time.sleep(0.02)
        assert any(tmp_path.glob(".data.*.part"))
        run.send_signal(number)
        assert run.wait() == CODES[number]
        assert run.stderr.read() == "aition: interrupted\n"
    assert sorted(os.listdir(tmp_path)) == ["raw.csv", "there"]


def test_what_a_killed_run_has_left_is_told(tmp_path):
    part = tmp_path / ".da[t]a.x1y2.part"
    (part / "scratch").mkdir(parents=True)
    (part / "scratch" / "file").write_bytes(bytes(2_000_000))
    (tmp_path / ".other.x1y2.part").mkdir()
    with pytest.warns(AitionWarning, match=r"part is left of an earlier run, 2 MB: remove it, unless that run") as told:
        tell_of_parts(tmp_path / "da[t]a")
    assert len(told) == 1


def test_it_is_told_before_the_next_run(tmp_path, capsys):
    (tmp_path / ".data.x1y2.part").mkdir()
    (tmp_path / "raw.csv").write_text("sample,time,code,value\na,0,HR,80\n")
    assert main(["ingest", "table", str(tmp_path / "raw.csv"), "--out", str(tmp_path / "data")]) == 0
    assert ".data.x1y2.part is left of an earlier run, 0 MB" in capsys.readouterr().err


def test_it_is_told_before_the_next_simulation(tmp_path, capsys):
    (tmp_path / ".raw.x1y2.part").mkdir()
    assert main(["simulate", "hospital", "--stays", "2", "--as", "meds", "--out", str(tmp_path / "raw")]) == 0
    assert ".raw.x1y2.part is left of an earlier run, 0 MB" in capsys.readouterr().err
