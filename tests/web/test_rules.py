"""Rules that hold for every answer and every question, whichever it is."""

import re
from pathlib import Path

import duckdb
import pytest

from aition.view.web.questions import QUESTIONS
from aition.view.web.security import ALWAYS
from stand_ins.web import serving

ALL = {"all": []}
BRUSH = {"cohort": ALL, "selection": {}}
ASKED = {
    "open": {}, "cube": {"cohort": ALL}, "compare": {"other": "second", "cohort": ALL}, "intervals": BRUSH,
    "sequences": BRUSH | {"columns": ["age"]}, "list": BRUSH, "sequence": {"id": "s0"},
    "embedding": {"cohort": ALL, "method": "components"},
    "pairs": BRUSH, "patterns": BRUSH | {"feature": 0}, "trust": {},
}  # fmt: skip
PATHS = (
    "..", "../first", "..\\first", "%2e%2e/first", "%252e%252e%252ffirst", "/etc/passwd", "\\\\host\\share",
    "C:\\Windows", "file:///etc/passwd", "first/", "./first", "first\x00", "first/../first", "link", "~", "*",
)  # fmt: skip
"""Ways to name a place of the disk."""


def headers_are_told(answer):
    return all(answer.headers.get(name) == text for name, text in ALWAYS.items())


@pytest.mark.parametrize(
    ("method", "path", "body", "changed", "status"),
    [
        ("POST", "/api/open", b"{}", {"Cookie": None}, 401),
        ("POST", "/api/open", b"{}", {"Host": "evil.example"}, 403),
        ("POST", "/api/open", b"{}", {"Origin": "http://evil.example"}, 403),
        ("POST", "/api/session", b'{"token": "x"}', {}, 403),
        ("GET", "/nothing", b"", {}, 404),
        ("POST", "/api/nothing", b"{}", {}, 404),
        ("PUT", "/", b"", {}, 405),
        ("POST", "/api/what_if", b'{"id": "s0", "edits": []}', {}, 409),
        ("POST", "/api/open", b"", {"Content-Length": "1000001"}, 413),
        ("POST", "/api/open", b"{}", {"Content-Type": "text/plain"}, 415),
        ("HEAD", "/", b"", {}, 200),
        ("GET", "/assets/main-1a2b.js", b"", {}, 200),
    ],
)
def test_every_answer_has_every_header(served, method, path, body, changed, status):
    answer = served.send(method, path, body, changed)
    assert answer.status == status
    assert headers_are_told(answer)


def test_a_fault_has_every_header(what, monkeypatch):
    def fails(*_):
        raise RuntimeError("inside")

    monkeypatch.setitem(QUESTIONS, "open", QUESTIONS["open"].__class__(fails))
    with serving(what) as client:
        answer = client.begin().ask("open", {})
        assert answer.status == 500
        assert headers_are_told(answer)


def test_a_page_that_is_not_built_has_every_header(what):
    with serving(what, page={}) as client:
        assert headers_are_told(client.get("/"))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("question", "key"), [("open", "run"), ("compare", "other"), ("sequence", "id"), ("list", "run")]
)
def test_a_run_and_a_sample_are_named_and_never_found_by_a_path(served, question, key, path):
    answer = served.ask(question, ASKED[question] | {key: path})
    assert answer.status == 400
    assert "root:" not in answer.json()["error"]


@pytest.mark.parametrize("question", ASKED)
def test_no_question_runs_a_statement(what, served, monkeypatch, question):
    def never(*_, **__):
        raise AssertionError("a statement was run")

    what.runs.cube("second", lambda: None, like=what.runs.cube("first", lambda: None).spec.digest)
    monkeypatch.setattr(duckdb, "connect", never)
    assert served.ask(question, ASKED[question]).status == 200


def test_no_file_of_the_server_or_of_summaries_knows_the_database():
    import aition.store.summary
    import aition.view.web

    for package in (aition.view.web, aition.store.summary):
        for path in Path(package.__path__[0]).rglob("*.py"):
            assert not re.search(r"duckdb|\.sql\(|\.connect\(", path.read_text(encoding="utf-8")), path.name


def test_the_page_puts_no_text_in_as_markup():
    folder = Path(__file__).parents[2] / "frontend" / "src"
    for path in folder.rglob("*.ts*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|\beval\(", text), (
            path.name
        )
