"""The server speaks to nobody but whoever asks it."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

CODE = """
import sys
seen = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"}

def watch(event, arguments):
    if event in seen:
        print("OUT", event, arguments, flush=True)

sys.addaudithook(watch)
from aition.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def process(stores):
    """A server as the command line starts it, that says when it wants to reach somebody."""
    words = ["serve", *map(str, stores), "--no-open", "--port", "0"]
    one = subprocess.Popen(
        [sys.executable, "-c", CODE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield one
    one.kill()
    one.communicate()


def asked(url, question, body, cookie=""):
    headers = {"Content-Type": "application/json", "X-Aition": "1", "Cookie": cookie}
    request = urllib.request.Request(f"{url}api/{question}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers, answer.read()


def test_nothing_is_asked_of_the_network_and_an_interrupt_is_a_good_end(process):
    lines = []
    while not (found := re.search(r"(http://127\.0\.0\.1:\d+/)#token=(\S+)", line := process.stdout.readline())):
        assert line or process.poll() is None, process.stderr.read()
        lines.append(line)
    headers, _ = asked(found[1], "session", {"token": found[2]})
    cookie = headers["Set-Cookie"].partition(";")[0]
    for question, body in (
        ("open", {}),
        ("cube", {"cohort": {"all": []}}),
        ("trust", {}),
        ("sequence", {"id": "s0"}),
        ("embedding", {"cohort": {"all": []}, "method": "components"}),
    ):
        asked(found[1], question, body, cookie)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "OUT" not in "".join(lines) + rest


def test_no_file_of_the_server_names_another_host():
    import aition.view.web

    for path in Path(aition.view.web.__path__[0]).rglob("*.py"):
        assert not re.findall(r"https?://(?!127\.0\.0\.1|\{)", path.read_text(encoding="utf-8")), path.name
