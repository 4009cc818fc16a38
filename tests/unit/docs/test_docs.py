"""Every page of the documentation does what it shows: its Python and its commands run, and print what stands below."""

import math
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from aition import methods
from aition.cli import main
from aition.core.provenance import kebab

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>[^\n`]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ aition (?P<words>.*)\n(?P<printed>(?:[^$].*\n|\n)*)", re.MULTILINE)
LINK = re.compile(r"\]\((?P<path>[^)#\s]+\.md)(?:#[^)]*)?\)")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]*\w)")


@dataclass(frozen=True)
class Block:
    """A fenced block of Python, or one command of aition: the line where it begins, and what is shown below it."""

    kind: str
    code: str
    line: int
    printed: str


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    fences = list(FENCE.finditer(text))
    for place, fence in enumerate(fences):
        line = text.count("\n", 0, fence.start()) + 1
        if fence["kind"] == "python":
            below = [after["code"] for after in fences[place + 1 : place + 2] if shows_output(text, fence, after)]
            yield Block("python", fence["code"], line, "".join(below))
        if fence["kind"] == "console":
            for command in COMMAND.finditer(fence["code"]):
                yield Block("console", command["words"], line, command["printed"])


def shows_output(text: str, fence: re.Match[str], after: re.Match[str]) -> bool:
    """Whether the fence behind a block of Python stands just below it and shows text."""
    return after["kind"] == "text" and not text[fence.end() : after.start()].strip()


def alike(shown: str, printed: str) -> bool:
    """Whether words and whole numbers are the same, and others near: training differs a little between machines."""
    if NUMBER.sub("#", " ".join(shown.split())) != NUMBER.sub("#", " ".join(printed.split())):
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True)
    return all(one == other or (not_whole(one) and near(float(one), float(other))) for one, other in pairs)


def not_whole(number: str) -> bool:
    return "." in number or "e" in number


def near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=0.1, abs_tol=0.02)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def run(block: Block, page: Path, module: ModuleType) -> str:
    """What a block prints; a command must succeed unless an error is shown."""
    printed = StringIO()
    if block.kind == "python":
        code = compile("\n" * block.line + block.code, str(page), "exec")
        with redirect_stdout(printed):
            exec(code, vars(module))
        return printed.getvalue()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = main(shlex.split(block.code))
    assert (code != 0) == block.printed.startswith("aition: "), printed.getvalue()
    return printed.getvalue()


PAGES_THAT_RUN = [
    page for page in PAGES if "_build" not in page.parts and any(block.kind == "python" for block in blocks(page))
]


@pytest.mark.parametrize("page", PAGES_THAT_RUN, ids=name_of)
def test_a_page_runs_and_prints_what_it_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for block in blocks(page):
        printed = run(block, page, module)
        silent = block.kind == "console" and not block.printed
        assert silent or alike(block.printed, printed), f"{page.name}, line {block.line} prints\n{printed}"


@pytest.mark.parametrize("page", [page for page in PAGES if "_build" not in page.parts], ids=name_of)
def test_a_page_links_only_to_pages_that_exist(page: Path):
    linked = [match["path"] for match in LINK.finditer(page.read_text(encoding="utf-8")) if "://" not in match["path"]]
    assert [path for path in linked if not (page.parent / path).is_file()] == []


def test_words_and_whole_numbers_must_be_equal_and_others_near():
    assert alike("sure: 0.50 of 12 days", "sure:  0.51 of 12 days")
    assert not alike("sure: 0.50 of 12 days", "sure: 0.61 of 12 days")
    assert not alike("sure: 0.50 of 12 days", "sure: 0.50 of 13 days")
    assert not alike("sure: 0.50 of 12 days", "sure of 12 days: 0.50")


def test_every_page_stands_in_a_table_of_contents():
    docs = ROOT / "docs"
    listed = {docs / "index.md"}
    for page in PAGES:
        for fence in FENCE.finditer(page.read_text(encoding="utf-8")):
            if fence["kind"].startswith("{toctree}"):
                listed |= {(page.parent / f"{line.strip()}.md").resolve() for line in fence["code"].splitlines()}
    pages = {page for page in PAGES if "_build" not in page.parts and docs in page.parents}
    assert pages - listed == set()


def test_the_support_matrix_has_a_row_for_every_explainer():
    table = (ROOT / "docs" / "support_matrix.txt").read_text(encoding="utf-8").split("\n\n")[0]
    rows = [line.split("|")[1].split()[0] for line in table.splitlines()[2:]]
    assert set(rows) == {kebab(name) for name in methods.__all__}
    assert "failed" not in table


GENERATED = {
    "contracts": "circles",
    "data_sets": "gun-point",
    "errors": "RefusalError",
    "explainers": "saliency",
    "layers": "core",
    "leaderboard": "expectations were met",
    "leaderboard_beside": "`saliency`",
    "leaderboard_deviations": "finds: auprc",
    "leaderboard_laws": "`random`",
    "leaderboard_places": "mean rank",
    "leaderboard_printed": "printed",
    "leaderboard_trained": "low-var, auprc",
    "metrics": "auprc",
    "rooms": "explain.py",
    "settings": "gauss-legendre",
}


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_generated_names_what_there_is(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "_ext")
    assert GENERATED[name] in import_module("tables").TABLES[name]()
