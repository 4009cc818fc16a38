"""The README does what it shows."""

import re
import shlex
from pathlib import Path

import pytest

from aition.cli import app
from aition.cli.entry import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
LINKS = re.findall(r"\]\(([^)#:]+)\)", TEXT)
COMMANDS = [line.split("  #")[0] for kind, code in FENCES if kind == "console" for line in code.splitlines()]


def test_its_python_runs(capsys):
    (code,) = [code for kind, code in FENCES if kind == "python"]
    assert code.count("\n") <= 12
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out.startswith("Believable: removing the most important 20 % of the values lowers")


@pytest.mark.parametrize("link", LINKS)
def test_its_links_lead_somewhere(link):
    assert (ROOT / link).exists()


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("$ make")])
def test_its_targets_are_in_the_makefile(command):
    target = command.split()[2]
    assert f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("$ aition")])
def test_its_commands_know_their_options(command, capsys):
    words = shlex.split(command)[2:]
    groups = {group.name for group in app.registered_groups}
    assert words[0] in groups | {one.callback.__name__ for one in app.registered_commands}
    assert main([*words[: 2 if words[0] in groups else 1], "--help"]) == 0
    said = capsys.readouterr().out
    assert [word for word in words if word.startswith("--") and word not in said] == []
