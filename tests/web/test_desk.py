"""Work is done a few pieces at a time, ends when its time is over or nobody waits, and never holds up the server."""

import http.client
import json
import threading
import time

import pytest

from aition.view.web.desk import Limits
from aition.view.web.questions import QUESTIONS, Question
from stand_ins.web import serving


@pytest.fixture
def slow(monkeypatch):
    """A question that is worked on until it is let go, and takes note of how it ended."""
    state = {"begun": threading.Semaphore(0), "go": threading.Event(), "ended": threading.Semaphore(0)}

    def answer(_, body, check):
        state["begun"].release()
        try:
            while not state["go"].is_set():
                check()
                time.sleep(0.005)
            return {"done": True}
        finally:
            state["ended"].release()

    monkeypatch.setitem(QUESTIONS, "slow", Question(answer, seconds=30))
    monkeypatch.setitem(QUESTIONS, "short", Question(answer, seconds=0.2))
    yield state
    state["go"].set()


@pytest.fixture
def client(what, slow):
    with serving(what, limits=Limits(n_heavy=2, most_heavy=3)) as one:
        yield one.begin()


def in_background(client, question):
    found = []
    thread = threading.Thread(target=lambda: found.append(client.ask(question, {})))
    thread.start()
    return thread, found


def test_too_many_questions_at_once_are_told_to_wait(client, slow):
    asked = [in_background(client, "slow") for _ in range(4)]
    for _ in range(2):
        assert slow["begun"].acquire(timeout=10)
    while not any(found for _, found in asked):
        time.sleep(0.01)
    slow["go"].set()
    for thread, _ in asked:
        thread.join()
    answers = sorted((found[0] for _, found in asked), key=lambda answer: answer.status)
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "error" in answers[-1].json()


def test_light_questions_are_answered_while_heavy_ones_work(client, slow):
    asked = [in_background(client, "slow") for _ in range(2)]
    for _ in range(2):
        assert slow["begun"].acquire(timeout=10)
    assert client.ask("open", {}).status == 200
    assert client.get("/").status == 200
    slow["go"].set()
    for thread, _ in asked:
        thread.join()


def test_an_answer_that_takes_too_long_is_stopped(client, slow):
    answer = client.ask("short", {})
    assert answer.status == 504
    assert "took more than 0.2 s" in answer.json()["error"]
    assert slow["ended"].acquire(timeout=10)


def test_a_question_whose_turn_never_came_is_told_that_the_server_is_busy(client, slow):
    asked = [in_background(client, "slow") for _ in range(2)]
    for _ in range(2):
        assert slow["begun"].acquire(timeout=10)
    answer = client.ask("short", {})
    assert answer.status == 503
    assert "Retry-After" in answer.headers
    slow["go"].set()
    for thread, _ in asked:
        thread.join()


def test_work_ends_when_nobody_waits_for_it(client, slow):
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)
    headers = client.usual | {"Cookie": client.cookie}
    connection.request("POST", "/api/slow", json.dumps({}), headers)
    assert slow["begun"].acquire(timeout=10)
    connection.close()
    assert slow["ended"].acquire(timeout=10)
    assert not slow["go"].is_set()


def test_room_is_made_again_when_work_ends(client, slow):
    for _ in range(5):
        assert client.ask("short", {}).status == 504
    slow["go"].set()
    assert client.ask("slow", {}).json() == {"done": True}


def test_what_nobody_expected_is_told_without_a_trace_of_the_inside(what, monkeypatch, caplog):
    def fails(_, body, check):
        raise ZeroDivisionError("/home/secret/place.py")

    monkeypatch.setitem(QUESTIONS, "fails", Question(fails))
    with serving(what) as one:
        answer = one.begin().ask("fails", {})
    assert answer.status == 500
    assert answer.kind == "application/json"
    assert b"secret" not in answer.body
    assert b"ZeroDivision" not in answer.body
    assert "/home/secret/place.py" in caplog.text


def test_a_question_that_never_comes_is_given_up(what, monkeypatch):
    monkeypatch.setattr("aition.view.web.app.SECONDS_TO_SEND", 0.1)
    with serving(what) as one:
        answer = one.begin().send("POST", "/api/open", b"{", {"Content-Length": "100"})
    assert answer.status == 408


def test_many_ask_at_once_and_all_are_answered_alike(served):
    bodies = [{"cohort": {"column": "age", "from": 40 + place % 5}} for place in range(10)]
    found: list[tuple[int, bytes]] = []

    def ask(place):
        answer = served.ask("cube", bodies[place])
        while answer.status == 429:
            time.sleep(0.05)
            answer = served.ask("cube", bodies[place])
        found.append((place % 5, answer.body))

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len(set(found)) == 5


def test_the_server_rests_when_nothing_was_asked_for_a_while(what, monkeypatch):
    monkeypatch.setattr("aition.view.web.desk.IDLE", 0.05)
    rested = threading.Event()
    with serving(what, rest=rested.set) as one:
        one.begin().ask("open", {})
        assert not rested.wait(0.3)
        one.ask("cube", {"cohort": {"all": []}})
        assert rested.wait(10)
