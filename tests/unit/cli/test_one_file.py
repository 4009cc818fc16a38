"""The report is served to this machine only, and nothing else is."""

import http.client
import socket
import threading
from contextlib import contextmanager

import pytest

from aition.cli.one_file import loopback, serve
from aition.core.errors import InputError


@contextmanager
def serving(path):
    with loopback(0) as server:
        thread = threading.Thread(target=serve, args=(server, path))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server(tmp_path):
    (tmp_path / "report.html").write_text("<p>αἴτιον</p>", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret")
    with serving(tmp_path / "report.html") as one:
        yield one


def answer(server, path, *, method="GET", host=""):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, headers={"Host": host} if host else {})
    said = connection.getresponse()
    body = said.read()
    connection.close()
    return said.status, body


def test_the_root_is_the_file(server):
    assert answer(server, "/") == (200, "<p>αἴτιον</p>".encode())


def test_headers_come_without_the_file(server):
    assert answer(server, "/", method="HEAD") == (200, b"")


@pytest.mark.parametrize("path", ["/report.html", "/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt"])
def test_nothing_else_is_served(server, path):
    status, body = answer(server, path)
    assert status == 404
    assert b"secret" not in body.replace(path.encode(), b"")


def test_another_name_for_this_machine_is_refused(server):
    assert answer(server, "/", host="evil.example:80")[0] == 403


def test_what_is_sent_is_refused(server):
    assert answer(server, "/", method="POST")[0] == 501


def test_only_the_loopback_address_is_bound(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} .* is in use"), loopback(port):
            pass


def test_a_port_that_is_none_is_named():
    with pytest.raises(InputError, match="70000"), loopback(70000):
        pass
