"""Markdown that is made from the code: tables of what there is."""

import configparser
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import aition

PACKAGE = Path(aition.__path__[0])
ROOT = Path(__file__).parents[2]
ORDER = (
    "core", "data", "models", "impute", "transform", "methods", "dream", "distill", "penalty", "metrics", "checks",
    "bench", "store", "view", "sklearn", "registry", "testing", "cli",
)  # fmt: skip
"""The rooms in the order in which data walks through them."""


def table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """A Markdown table; strokes inside cells are escaped."""
    lines = [header, ("---",) * len(header), *rows]
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    body = ["| " + " | ".join(line) + " |" for line in cells]
    body[1] = "|" + "---|" * len(header)
    return "\n".join(body)


def plain(text: str) -> str:
    """A docstring's words as Markdown: roles and double backticks become code."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


def first_line(thing: Any) -> str:
    """What a module, class or function says of itself in its first line."""
    return plain((thing.__doc__ or "").strip().splitlines()[0])


def data_sets() -> str:
    """The data sets that come with a package."""
    rows = [
        (
            f"`{card.name}`",
            f"{card.n_train} + {card.n_test}",
            f"{card.shortest}" if card.shortest == card.longest else f"{card.shortest} to {card.longest}",
            card.n_feature,
            card.n_class,
            card.description,
        )
        for card in import_module("aition.data").available()
    ]
    return table(("name", "train + test", "steps", "features", "classes", "what it is"), rows)


def metrics() -> str:
    """Every metric with what it says."""
    module = import_module("aition.metrics")
    rows = [
        (f"{{py:func}}`~aition.metrics.{name}`", first_line(getattr(module, name)), reference(getattr(module, name)))
        for name in module.__all__
        if not isinstance(getattr(module, name), type)
    ]
    return table(("metric", "what it says", "reference"), rows)


def reference(function: Any) -> str:
    """The first work that a docstring refers to."""
    return re.split(r"(?<=\d{4})\.(?:\s|$)|;\s", references(function))[0].rstrip(".")


def errors() -> str:
    """Every error that is raised on purpose."""
    module = import_module("aition.core.errors")
    rows = [(f"`{name}`", first_line(kind)) for name, kind in vars(module).items() if isinstance(kind, type)]
    return table(("error", "when"), rows)


def rooms() -> str:
    """Every room and module with its subject, as they are on the day of the build."""
    lines = []
    for room in ORDER:
        path = PACKAGE / room
        if path.is_dir() and (path / "__init__.py").is_file():
            lines.append(f"**{room}/**: {subject(path / '__init__.py')}\n")
            rows = [(f"`{module.relative_to(path)}`", subject(module)) for module in modules_below(path)]
            lines.append(table(("module", "subject"), rows) + "\n")
        elif path.with_suffix(".py").is_file():
            lines.append(f"**{room}.py**: {subject(path.with_suffix('.py'))}\n")
    return "\n".join(lines)


def modules_below(room: Path) -> list[Path]:
    """The modules of a room and of its inner rooms; a package stands for itself where it says more than its room."""
    return sorted(path for path in room.rglob("*.py") if path != room / "__init__.py")


def subject(path: Path) -> str:
    """The first line of a module's docstring, read without importing it."""
    text = path.read_text(encoding="utf-8")
    found = re.match(r'\s*"""(.*?)(?:\n|""")', text)
    return plain(found[1]).strip() if found else ""


def layers() -> str:
    """The layers of .importlinter that exist, from the top."""
    lines = []
    for line in contract("rooms")["layers"].strip().splitlines():
        rooms = [name for name in re.findall(r"aition\.(\w+)", line) if is_there(name)]
        if rooms:
            lines.append(" : ".join(rooms))
    return "```text\n" + "\n".join(lines) + "\n```"


def contracts() -> str:
    """The other rules of .importlinter, by what they say."""
    parser = rules()
    found = [parser[section] for section in parser.sections() if section.startswith("importlinter:contract:")]
    lines = []
    for one in found[1:]:
        forbidden = ", ".join(f"`{name}`" for name in one.get("forbidden_modules", "").split())
        lines.append(f"- {one['name']}{f': no {forbidden}' if forbidden else ''}.")
    return "\n".join(lines)


def contract(name: str) -> configparser.SectionProxy:
    return rules()[f"importlinter:contract:{name}"]


def rules() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return parser


def is_there(room: str) -> bool:
    return (PACKAGE / f"{room}.py").is_file() or (PACKAGE / room / "__init__.py").is_file()


def explainers() -> str:
    """Every explainer with what it says of itself."""
    cards = cards_of_explainers()
    rows = [
        (
            f"[`{card.name}`](#{card.name})",
            f"{{py:class}}`~aition.methods.{kind.__name__}`",
            plain(card.about),
            ", ".join(f"`{preset}`" for preset in card.presets),
        )
        for card, kind in cards
    ]
    return table(("name", "class", "what it does", "presets"), rows)


def settings() -> str:
    """The settings of every explainer."""
    lines = []
    for card, kind in cards_of_explainers():
        lines.append(f"### {card.name}\n\n{plain(card.about)}\n")
        if source := references(kind):
            lines.append(f"*{source}*\n")
        rows = [
            (f"`{one.name}`", plain(one.kind), f"`{shown(one.default)}`", plain(one.about)) for one in card.settings
        ]
        lines.append((table(("setting", "kind", "default", "meaning"), rows) if rows else "It has no settings.") + "\n")
    return "\n".join(lines)


def cards_of_explainers() -> list[tuple[Any, type[Any]]]:
    registry = import_module("aition.registry")
    return [(registry.card(name), kind) for name, kind in registry.explainers().items()]


def shown(default: Any) -> str:
    """A default as JSON; a nested setting by its name where it has its own defaults."""
    return json.dumps(default, ensure_ascii=False) if not isinstance(default, str) else default or '""'


def references(thing: Any) -> str:
    """All that a docstring says under References, in one line."""
    found = re.search(r"References:\n(.*?)(?:\n\s*\n|\n\s*>>>|\Z)", thing.__doc__ or "", re.DOTALL)
    return plain(" ".join(found[1].split())) if found else ""


def command_line() -> str:
    """What every command prints for --help."""
    cli, typer = import_module("aition.cli"), import_module("typer")
    lines = []
    for words in commands(typer.main.get_command(cli.app)):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), mock.patch.dict(os.environ, COLUMNS="100"):
            cli.main([*words, "--help"])
        title = "aition" if not words else " ".join(("aition", *words))
        lines.append(f"## {title}\n\n```text\n{printed.getvalue().rstrip()}\n```\n")
    return "\n".join(lines)


def commands(command: Any, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """A command and all below it, as the words that call them."""
    inner = getattr(command, "commands", {})
    return [words, *(found for name, one in inner.items() for found in commands(one, (*words, name)))]


def captum_faults() -> str:
    """What Captum makes of awkward inputs, and what comes through explain(): as the tests find it at this moment."""
    program = ROOT / "tests" / "oracles" / "test_captum_faults.py"
    done = subprocess.run([sys.executable, str(program)], check=True, capture_output=True, text=True)
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("|")]
    return table(("input", "Captum alone", "through `explain()`"), [tuple(map(shortened, row)) for row in rows])


def shortened(words: str) -> str:
    """Words of a cell: markup taken as it is written, and long messages cut."""
    cut = words if len(words) <= 160 else f"{words[:159]}…"
    return re.sub(r"([<>\[\]`*_])", r"\\\1", cut)


def support() -> str:
    """The support matrix that is kept beside the pages."""
    return kept()[0]


def refusals() -> str:
    """Every reason for a refusal in the matrix."""
    return kept()[1]


def kept() -> list[str]:
    """The matrix, and the reasons."""
    return (ROOT / "docs" / "support_matrix.txt").read_text(encoding="utf-8").split("\n\n")


def leaderboard(name: str) -> Callable[[], str]:
    """A table of the leaderboard."""

    def made() -> str:
        board = import_module("board")
        return table(*getattr(board, name)())

    return made


def board_of(*, laws: bool) -> Callable[[], str]:
    """The matrix of laws, or of trained networks."""
    return lambda: table(*import_module("board").matrix(laws=laws))


TABLES: Mapping[str, Callable[[], str]] = {
    "captum_faults": captum_faults,
    "command_line": command_line,
    "contracts": contracts,
    "data_sets": data_sets,
    "errors": errors,
    "explainers": explainers,
    "layers": layers,
    "leaderboard": lambda: import_module("board").summary(),
    "leaderboard_beside": leaderboard("beside"),
    "leaderboard_deviations": leaderboard("deviations"),
    "leaderboard_laws": board_of(laws=True),
    "leaderboard_places": leaderboard("places"),
    "leaderboard_printed": leaderboard("printed"),
    "leaderboard_trained": board_of(laws=False),
    "metrics": metrics,
    "rooms": rooms,
    "refusals": refusals,
    "settings": settings,
    "support": support,
}
"""What the directive ``generated`` knows, by name."""
