"""What comes from elsewhere, is too large, or is not what was agreed, is answered with a reason and nothing else."""

import json
import socket

import pytest

from aition.view.web.questions import QUESTIONS
from aition.view.web.security import Hosts

ALL = {"all": []}
POLICY = "default-src 'self'"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "localhost.evil.example",
        "localhost.",
        "192.168.0.7:{port}",
        "[::2]:{port}",
        "127.0.0.1:{port}@evil.example",
        "127.0.0.1, evil.example",
        "2130706433:{port}",
        "0x7f.1:{port}",
        "",
        " ",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_name_of_this_machine_is_refused(served, host, method):
    path = "/" if method == "GET" else "/api/open"
    answer = served.send(method, path, b"{}" if method == "POST" else b"", {"Host": host.format(port=served.port)})
    assert answer.status in (400, 403)
    assert b"page" not in answer.body or answer.status == 403
    assert b"integrated" not in answer.body


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_the_names_of_this_machine_are_known(served, host):
    assert served.get("/", Host=host.format(port=served.port)).status == 200


def test_a_server_of_other_machines_is_called_by_numbers_or_its_own_names():
    hosts = Hosts.of("0.0.0.0")
    assert hosts.known("10.1.2.3")
    assert hosts.known("[fe80::1]")
    assert hosts.known(socket.gethostname().lower())
    assert not hosts.known("evil.example")
    assert Hosts.of("app.example").known("app.example")


def test_a_server_of_this_machine_is_not_called_by_other_numbers():
    assert not Hosts.of("127.0.0.1").known("10.1.2.3")


@pytest.mark.parametrize("header", [None, "0", "true"])
def test_a_question_without_the_header_of_the_page_is_refused(served, header):
    assert served.ask("open", {}, X_Aition=header).status == 403


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1", "null", "http://localhost", "file://", "x"],
)
def test_a_question_from_another_origin_is_refused(served, origin):
    assert served.ask("open", {}, Origin=origin).status == 403
    assert served.ask("session", {"token": served.session.token}, Origin=origin).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "same-origin, cross-site"])
def test_a_question_from_another_site_is_refused(served, site):
    assert served.ask("open", {}, Sec_Fetch_Site=site).status == 403


def test_a_question_of_the_page_itself_is_answered(served):
    own = f"http://127.0.0.1:{served.port}"
    assert served.ask("open", {}, Origin=own, Sec_Fetch_Site="same-origin").status == 200


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_question_must_be_json_as_no_form_can_send_it(served, kind):
    assert served.ask("open", {}, Content_Type=kind).status == 415


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/api/open", "/api/session"])
def test_a_question_is_a_post(served, method, path):
    assert served.send(method, path).status == 405


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_file_is_only_read(served, method):
    assert served.send(method, "/").status == 405


def test_no_other_site_is_told_that_it_may_ask(served):
    preflight = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (served.send("OPTIONS", "/api/open", headers=preflight), served.ask("open", {})):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_socket_of_the_web_is_not_opened(served):
    wanted = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x"}
    assert served.send("GET", "/api/open", headers=wanted).status in (400, 403, 404, 405)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 200),
        ("GET", "/nothing", b"", 404),
        ("POST", "/api/open", b"{}", 200),
        ("POST", "/api/open", b"{", 400),
        ("POST", "/api/nothing", b"{}", 404),
        ("GET", "/api/open", b"", 405),
    ],
)
def test_every_answer_tells_the_browser_what_it_may(served, method, path, body, status):
    answer = served.send(method, path, body)
    assert answer.status == status
    assert answer.headers["Content-Security-Policy"].startswith(POLICY)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Server" not in answer.headers


def test_answers_are_not_kept(served):
    assert served.ask("open", {}).headers["Cache-Control"] == "no-store"


def test_an_answer_to_this_machine_is_not_compressed(served):
    answer = served.ask("open", {}, Accept_Encoding="gzip")
    assert "Content-Encoding" not in answer.headers


def test_a_question_that_says_it_is_too_large_is_refused(served):
    answer = served.send("POST", "/api/open", b"", {"Content-Length": "1000001"})
    assert answer.status == 413


def test_a_question_that_is_larger_than_it_says_is_refused(served):
    parts = b"".join(b"%x\r\n%s\r\n" % (100_000, b" " * 100_000) for _ in range(11)) + b"0\r\n\r\n"
    try:
        answer = served.send("POST", "/api/open", parts, {"Transfer-Encoding": "chunked"})
    except (BrokenPipeError, ConnectionResetError):
        return
    assert answer.status == 413


def test_a_question_may_be_as_large_as_the_limit(served):
    assert served.send("POST", "/api/open", b"{" + b" " * 999_998 + b"}").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"cohort":' * 40 + b"{}" + b"}" * 40,
        b'{"cohort": ' + b"[" * 33 + b"]" * 33 + b"}",
        b"{",
        b"[]",
        b"null",
        b"3",
        b'"x"',
        b"\xff\xfe",
        b'{"run": "a", "run": "b"}',
        b'{"target": NaN}',
        b'{"target": Infinity}',
        b'{"target": 1e999}',
        b'{"target": ' + b"9" * 5000 + b"}",
        b'{"run": "\\ud800"}',
        b"{'run': 1}",
        b'"' + b'\\"' * 400_000,
    ],
)
def test_what_is_no_question_is_refused_in_words(served, body):
    answer = served.send("POST", "/api/open", body)
    assert answer.status == 400
    assert answer.kind == "application/json"
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_key_that_is_not_known_is_refused(served, question):
    needed = {name: {} for name in QUESTIONS[question].needed}
    answer = served.ask(question, {**needed, "path": "/etc/passwd"})
    assert answer.status == 400
    assert "'path'" in answer.json()["error"]


@pytest.mark.parametrize("question", [name for name, one in QUESTIONS.items() if one.needed])
def test_a_key_that_is_missing_is_named(served, question):
    answer = served.ask(question, {})
    assert answer.status == 400
    assert QUESTIONS[question].needed[0] in answer.json()["error"]


SQL = (
    'age"; DROP TABLE x; --', "1; SELECT 1", "age) OR (1=1", "../id", "age\x00", "read_csv('/etc/passwd')", "*",
    "<script>alert(1)</script>",
)  # fmt: skip
"""What would do harm if names became part of a program."""


@pytest.mark.parametrize("name", SQL)
def test_a_name_is_never_part_of_a_program(served, name):
    for question, body in (
        ("cube", {"cohort": {"column": name, "from": 0}}),
        ("sequences", {"cohort": ALL, "selection": {}, "columns": [name]}),
        ("list", {"cohort": ALL, "selection": {}, "sort": name}),
        ("open", {"run": name}),
        ("sequence", {"id": name}),
    ):
        answer = served.ask(question, body)
        assert answer.status == 400
        assert answer.kind == "application/json"


def test_text_that_would_run_in_a_page_comes_back_as_json(served):
    said = served.ask("open", {"run": "<script>alert(1)</script>"})
    assert said.status == 400
    assert said.kind == "application/json"
    assert "<script>" in said.json()["error"]


def test_names_in_a_run_come_back_as_json(served):
    rows = served.ask("list", {"cohort": ALL, "selection": {}})
    assert rows.kind == "application/json"
    assert "<img src=x onerror=alert(1)>" in [row["id"] for row in rows.json()["rows"]]


def test_nothing_of_the_disk_is_told(served):
    place = str(served.what.runs.run("").path.parent)
    for question, body in (("open", {}), ("trust", {}), ("open", {"run": "x"}), ("sequence", {"id": "x"})):
        assert place not in json.dumps(served.ask(question, body).json())
