"""The page in a notebook: messages and their answers, what is written for it, and the picture in its place."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest
import xarray as xr

import aition
from aition import store
from aition.core.errors import InputError
from aition.store.cube.stopping import Check
from aition.view.notebook import picture, showing, widget, workers
from aition.view.notebook.answering import Answering
from aition.view.notebook.runs import runs_of
from aition.view.web.questions import QUESTIONS, Question
from aition.view.web.runs import Runs
from aition.view.web.served import Answer, Body, Served
from stand_ins.web import EVIL, made, serving, written

SECONDS = 20
Heard = tuple[dict[str, Any], list[bytes]]
CUBE = {"cohort": {"all": []}}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("runs") / "ig", made())


@pytest.fixture
def what(run: Path) -> Iterator[Served]:
    runs = Runs.at([run])
    runs.prepare(progress="off")
    served = Served(runs, title=EVIL)
    yield served
    served.close()


class Talk:
    """A notebook's page that asks and is answered."""

    def __init__(self, what: Served) -> None:
        self.heard: Queue[Heard] = Queue()
        self.answering = Answering(what, lambda message, parts: self.heard.put((message, parts)))

    def ask(self, question: str, body: object, *, name: int = 1) -> Heard:
        self.answering.hear({"id": name, "question": question, "body": body})
        return self.heard.get(timeout=SECONDS)


@pytest.fixture
def talk(what: Served) -> Iterator[Talk]:
    one = Talk(what)
    yield one
    one.answering.close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders go."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def shown(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """show(), with a page that need not be built."""
    monkeypatch.setattr(widget, "built", lambda name: f"/* {name} */")
    made_widgets: list[Any] = []

    def show(*args: Any, **more: Any) -> Any:
        made_widgets.append(aition.show(*args, **more))
        return made_widgets[-1]

    yield show
    for one in made_widgets:
        one.close()


@pytest.mark.parametrize(
    ("question", "body"),
    [
        ("cube", CUBE),
        ("intervals", {**CUBE, "selection": {"time": [1, 3]}}),
        ("sequence", {"id": "s0"}),
        ("sequences", {**CUBE, "selection": {}, "columns": []}),
    ],
)
def test_a_frame_comes_as_the_server_sends_it_byte_for_byte(
    what: Served, talk: Talk, question: str, body: dict[str, Any]
) -> None:
    with serving(what) as client:
        sent = client.begin().ask(question, body)
    assert talk.ask(question, body) == ({"id": 1}, [sent.body])


@pytest.mark.parametrize(("question", "body"), [("open", {}), ("trust", {}), ("list", {**CUBE, "selection": {}})])
def test_json_comes_as_the_server_sends_it(what: Served, talk: Talk, question: str, body: dict[str, Any]) -> None:
    with serving(what) as client:
        sent = client.begin().ask(question, body)
    assert talk.ask(question, body) == ({"id": 1, "json": sent.json()}, [])


@pytest.mark.parametrize(
    ("question", "body", "words"),
    [
        ("cube", {}, "the question must say cohort"),
        ("cube", {**CUBE, "path": "/"}, "path"),
        ("cube", [], "a question must be an object"),
        ("sequence", {"id": "nobody"}, "nobody"),
    ],
)
def test_a_question_that_is_wrong_is_refused_in_words(talk: Talk, question: str, body: object, words: str) -> None:
    said, parts = talk.ask(question, body)
    assert (said["id"], said["status"], parts) == (1, 400, [])
    assert words in said["error"]


def test_a_question_that_there_is_not_is_answered_by_those_that_there_are(talk: Talk) -> None:
    said, _ = talk.ask("shell", {})
    assert said["status"] == 404
    assert all(name in said["error"] for name in QUESTIONS)


def test_what_breaks_is_named(talk: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(of: Served, body: Body, check: Check) -> Answer:
        raise KeyError("oops")

    monkeypatch.setitem(QUESTIONS, "open", Question(broken))
    said, _ = talk.ask("open", {})
    assert said == {"id": 1, "status": 500, "error": "something failed inside Aition: KeyError: 'oops'"}
    assert "a question raised" in caplog.text


def test_work_that_nobody_waits_for_ends_without_an_answer(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(of: Served, body: Body, check: Check) -> Answer:
        begun.set()
        try:
            while True:
                check()
                threading.Event().wait(0.005)
        finally:
            ended.set()

    monkeypatch.setitem(QUESTIONS, "pairs", Question(endless))
    talk.answering.hear({"id": 1, "question": "pairs"})
    assert begun.wait(SECONDS)
    talk.answering.hear({"id": 1, "cancel": True})
    assert ended.wait(SECONDS)
    assert talk.ask("open", {}, name=2)[0]["id"] == 2
    assert talk.heard.empty()


def test_a_question_that_takes_too_long_is_told_so(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(of: Served, body: Body, check: Check) -> Answer:
        while True:
            check()
            threading.Event().wait(0.005)

    monkeypatch.setitem(QUESTIONS, "pairs", Question(slow, seconds=0.1))
    said, _ = talk.ask("pairs", {})
    assert (said["status"], "took more than 0.1 s" in said["error"]) == (504, True)


@pytest.mark.parametrize("message", ["open", {}, {"id": "1", "question": "open"}, {"id": True, "question": "open"}])
def test_what_is_no_message_is_left_alone(talk: Talk, message: object) -> None:
    talk.answering.hear(message)
    assert talk.ask("open", {}, name=2)[0]["id"] == 2
    assert talk.heard.empty()


def test_somebody_is_there_also_while_a_question_takes_long(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()

    def slow(of: Served, body: Body, check: Check) -> Answer:
        assert end.wait(SECONDS)
        return {}

    monkeypatch.setitem(QUESTIONS, "pairs", Question(slow))
    talk.answering.hear({"id": 1, "question": "pairs"})
    talk.answering.hear({"id": 2, "ping": True})
    assert talk.heard.get(timeout=SECONDS) == ({"id": 2}, [])
    end.set()
    assert talk.heard.get(timeout=SECONDS) == ({"id": 1, "json": {}}, [])


def test_nothing_is_answered_after_the_end(what: Served) -> None:
    talk = Talk(what)
    talk.answering.close()
    talk.answering.hear({"id": 1, "question": "open"})
    assert not talk.answering.thread.is_alive()
    assert talk.heard.empty()


def test_an_explanation_is_written_as_it_is(tmp_path: Path) -> None:
    one = made(n_sample=300)
    stored = runs_of(one, into=tmp_path)["integrated-gradients"]
    assert stored.n_shard == 2
    xr.testing.assert_equal(stored.explanation(), one)


def test_runs_have_the_names_that_they_are_given(run: Path, tmp_path: Path) -> None:
    given = {"memory": made(), "path": str(run), "stored": store.open(run), "store": store.create(run)}
    found = runs_of(given, into=tmp_path)
    assert list(found) == list(given)
    assert [found[name].path for name in ("path", "stored", "store")] == [run] * 3
    assert found["memory"].path.parent == tmp_path


@pytest.mark.parametrize(
    ("given", "words"),
    [({}, "empty dict"), ({1: "x"}, "names of runs"), (3, "but is int"), ({"a": np.zeros(3)}, "but is ndarray")],
)
def test_what_is_no_explanation_is_refused(tmp_path: Path, given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        runs_of(given, into=tmp_path)


def test_what_was_written_for_a_widget_goes_with_it(shown: Callable[..., Any], temporary: Path) -> None:
    one = shown(made())
    assert list(temporary.iterdir())
    one.close()
    assert not list(temporary.iterdir())


def test_a_widget_answers_messages(shown: Callable[..., Any], run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: Queue[Heard] = Queue()
    monkeypatch.setattr(widget.Widget, "send", lambda self, message, parts: sent.put((message, parts)))
    one = shown(run, title="Deaths")
    one._handle_custom_msg({"id": 7, "question": "open", "body": {}}, [])
    said, _ = sent.get(timeout=SECONDS)
    assert (said["id"], said["json"]["title"], said["json"]["run"]["name"]) == (7, "Deaths", "ig")


def test_a_widget_brings_a_picture_for_where_it_is_not_shown(shown: Callable[..., Any], run: Path) -> None:
    one = shown(run, title="Deaths")
    data, _ = one._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == one.model_id
    assert 'src="data:image/png;base64,iVBOR' in data["text/html"]
    assert data["text/plain"] == "Deaths: ig, 24 samples. To look into it, run the cell again in a notebook."
    assert one.picture in data["text/html"]


def test_without_anywidget_there_is_a_picture_that_says_how_to_get_more(
    run: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "find_spec", lambda name: None)
    found = aition.show(run)
    assert isinstance(found, picture.Picture)
    data = found._repr_mimebundle_()
    assert "data:image/png" in data["text/html"]
    assert data["text/plain"].count("pip install 'aition[notebook]'") == 1
    assert data["text/html"].count("aition[notebook]") == 1
    assert not list(temporary.iterdir())


def test_names_in_a_picture_are_text(run: Path) -> None:
    found = picture.pictured({EVIL: store.open(run)}, title=EVIL, hint=EVIL)
    assert EVIL not in found.html()


def test_a_run_that_cannot_be_drawn_says_why(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Any) -> Any:
        raise InputError("nothing to draw")

    monkeypatch.setattr(picture, "plot_summary", refuse)
    found = picture.pictured({"ig": store.open(run)}, title="Deaths", hint="")
    assert (found.source, "no picture: nothing to draw" in found.words) == ("", True)


def test_a_picture_of_many_is_of_the_first(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST", 10)
    assert "the first 10 of 24 samples" in picture.pictured({"ig": store.open(run)}, title="", hint="").words


def test_a_model_in_memory_is_refused_with_what_to_do(run: Path) -> None:
    with pytest.raises(InputError, match=r"save_model\(\) and give the path"):
        aition.show(run, model=object())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["model", "truth", "words"])
def test_a_file_that_is_missing_is_named(run: Path, tmp_path: Path, name: str) -> None:
    more: dict[str, Any] = {name: tmp_path / "nowhere"}
    with pytest.raises(InputError, match=f"{name} must be there"):
        aition.show(run, **more)


@pytest.mark.parametrize("height", [299, 720.0, True])
def test_a_height_is_a_number_of_pixels(run: Path, height: Any) -> None:
    with pytest.raises(InputError, match="height must be"):
        aition.show(run, height=height)


def test_a_page_that_is_not_built_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(widget, "files", lambda _: tmp_path)
    with pytest.raises(InputError, match="npm run build"):
        widget.built("widget.js")


def test_widgets_of_one_model_share_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Process:
        closed = False

        def __init__(self, path: Path, *, builder: str) -> None:
            self.path = path

        def close(self) -> None:
            self.closed = True

    monkeypatch.setattr(workers, "Model", Process)
    file = tmp_path / "gru.safetensors"
    file.write_bytes(b"")
    with workers.shared_model(file, builder="") as first:
        with workers.shared_model(file, builder="") as second:
            assert second is first
        assert not getattr(first, "closed")  # noqa: B009 (a stand-in)
    assert getattr(first, "closed")  # noqa: B009 (a stand-in)
    with workers.shared_model(file, builder="") as third:
        assert third is not first


def test_showing_needs_neither_torch_nor_a_server(run: Path) -> None:
    lines = (
        "import sys, json, aition; before = set(sys.modules); show = aition.show; asked = set(sys.modules)\n"
        "import aition.view.notebook.showing as showing; showing.find_spec = lambda name: None\n"
        f"show({str(run)!r})._repr_mimebundle_()\n"
        "import aition.view.notebook.answering\n"
        "heavy = ['torch', 'matplotlib', 'starlette', 'uvicorn', 'anywidget', 'duckdb', 'xarray', 'pyarrow']\n"
        "print(json.dumps([[one for one in heavy if one in group] for group in (before, set(sys.modules))]))\n"
    )
    said = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    at_first, at_last = json.loads(said.stdout)
    assert at_first == []
    assert not {"torch", "starlette", "uvicorn", "anywidget"} & set(at_last)
