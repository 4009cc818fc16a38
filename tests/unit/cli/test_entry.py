"""The command line as a whole: exit codes, one-line errors, warnings, pipes."""

import json
import os
import signal
import subprocess
import sys
import warnings

import pytest

from aition import __version__
from aition.cli import app, main
from aition.cli.entry import warnings_in_one_line
from aition.cli.faults import exit_code, one_line
from aition.core.errors import (
    AitionWarning,
    InputError,
    MissingExtraError,
    ModelError,
    ProtocolError,
    RefusalError,
    StoreError,
    TargetError,
    TrustError,
)

HEAVY = ("torch", "xarray", "duckdb", "pyarrow", "matplotlib", "numpy", "rich", "captum", "aeon", "pydantic")
COMMANDS = ("explain", "show", "explainers", "demo", "data", "data list", "data info", "data fetch", "data write")
PYTHON = [sys.executable, "-c", "import sys; from aition.cli import main; sys.exit(main())"]


@pytest.fixture
def ends_with(monkeypatch):
    """A command that raises what it is given."""

    def raising(error):
        def explainers():
            raise error

        command = next(one for one in app.registered_commands if one.callback.__name__ == "explainers")
        monkeypatch.setattr(command, "callback", explainers)

    return raising


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ZeroDivisionError("x"), 1),
        (ProtocolError("x"), 1),
        (InputError("x"), 2),
        (TargetError("x"), 2),
        (MissingExtraError("x"), 2),
        (PermissionError(13, "Permission denied", "/root"), 2),
        (ModelError("x"), 3),
        (TrustError("x"), 3),
        (RefusalError("x"), 4),
        (StoreError("x"), 5),
    ],
)
def test_every_kind_of_error_has_its_exit_code(error, code):
    assert exit_code(error) == code


def test_an_error_of_several_lines_is_told_in_one():
    assert one_line(InputError("first\n  second")) == "first second"


def test_an_error_of_the_system_names_the_file():
    assert one_line(PermissionError(13, "Permission denied", "/root/x")) == "/root/x: Permission denied"


def test_an_error_is_one_line_on_standard_error(ends_with, capsys):
    ends_with(StoreError("locked"))
    assert main(["explainers"]) == 5
    assert capsys.readouterr() == ("", "aition: locked\n")


def test_a_fault_of_aition_says_how_to_report_it(ends_with, capsys):
    ends_with(KeyError("x"))
    assert main(["explainers"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--debug" in said


@pytest.mark.parametrize("line", [["--debug", "explainers"], ["explainers", "--debug"]])
def test_debug_anywhere_on_the_line_prints_the_traceback(ends_with, capsys, line):
    ends_with(StoreError("locked"))
    assert main(line) == 5
    assert capsys.readouterr().err.startswith("Traceback")


@pytest.mark.parametrize(("signals", "code"), [((), 130), ((signal.SIGINT,), 130), ((signal.SIGTERM,), 143)])
def test_an_interruption_is_told_and_has_its_exit_code(ends_with, capsys, signals, code):
    ends_with(KeyboardInterrupt(*signals))
    assert main(["explainers"]) == code
    assert capsys.readouterr().err == "aition: interrupted\n"


def test_no_words_print_the_help(capsys):
    assert main([]) == 0
    assert "Exit codes:" in capsys.readouterr().out


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"aition {__version__}\n"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_shows_examples(command, capsys):
    assert main([*command.split(), "--help"]) == 0
    assert "Examples:\n" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["--debug data info --help", "explain a b --to x --help", "data --help info"])
def test_help_is_of_the_command_before_it(line, capsys):
    assert main(line.split()) == 0
    command = {"--debug": "aition data info", "explain": "aition explain", "data": "aition data"}[line.split()[0]]
    assert capsys.readouterr().out.startswith(f"Usage: {command} [OPTIONS]")


def test_help_of_an_unknown_command_is_none(capsys):
    assert main(["data", "steal", "--help"]) == 2


def test_no_help_imports_what_takes_long():
    code = f"""
import sys
from aition.cli import main
for command in {["", *COMMANDS]}:
    assert main([*command.split(), "--help"]) == 0
print("imported:", [name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported: []"


def test_a_warning_of_aition_is_one_line_once(capsys):
    with warnings_in_one_line(debug=False):
        for _ in range(2):
            warnings.warn("padding\n is read", AitionWarning, stacklevel=1)
    assert capsys.readouterr().err == "aition: warning: padding is read\n"


@pytest.mark.parametrize(("debug", "told"), [(False, False), (True, True)])
def test_what_other_packages_warn_of_is_told_for_debugging_only(debug, told, capsys):
    with warnings_in_one_line(debug=debug):
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert ("DeprecationWarning: old" in capsys.readouterr().err) == told


def test_a_reader_that_goes_away_is_met_with_silence():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*PYTHON, "--help"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_json_is_one_object_and_nothing_else(capsys):
    assert main(["data", "list", "--json"]) == 0
    assert {"packaged", "fetchable"} == set(json.loads(capsys.readouterr().out))
