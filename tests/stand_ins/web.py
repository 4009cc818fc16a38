"""A server of small stored runs on a port of this machine, and a client that can ask it anything at all."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aition import store
from aition.core.explanation import ATTRIBUTES, Explanation, explanation
from aition.store.cube.stopping import unhindered
from aition.view.web.app import HERE, app
from aition.view.web.desk import USUAL, Limits
from aition.view.web.frames import read_frame
from aition.view.web.running import listening, server
from aition.view.web.security import Hosts
from aition.view.web.served import Served
from aition.view.web.session import Session
from aition.view.web.static import File

EVIL = "<img src=x onerror=alert(1)>"
IDS = ("s0", "=HYPERLINK(1)", EVIL, '\'; DROP TABLE "sample"; --', "../../etc/passwd")
NAMES = ("heart rate", '"; SELECT 1; --')
PAGE = {
    "/index.html": File(b"<!doctype html><title>page</title>", "text/html", kept=False),
    "/assets/main-1a2b.js": File(b"export {}", "text/javascript", kept=True),
}


def made(
    *,
    n_sample: int = 24,
    n_time: int = 6,
    seed: int = 0,
    first: int = 0,
    features: tuple[str, str] = NAMES,
    **attrs: Any,
) -> Explanation:
    """Samples of two classes with missing values, unequal lengths, a static value, and names that would do harm."""
    random = np.random.default_rng(seed)
    length = random.integers(3, n_time + 1, n_sample)
    length[0] = n_time
    exists = np.arange(n_time) < length[:, None]
    observed = exists[:, :, None] & (random.random((n_sample, n_time, 2)) < 0.8)
    value = np.where(exists[:, :, None], random.normal(size=observed.shape), np.nan).astype(np.float32)
    attribution = np.where(exists[:, :, None], random.normal(size=observed.shape), np.nan).astype(np.float32)
    prediction = random.normal(size=(n_sample, 2)).astype(np.float32)
    variables = {
        "value": (("sample", "time", "feature"), value),
        "observed": (("sample", "time", "feature"), observed),
        "exists": (("sample", "time"), exists),
        "times": (("sample", "time"), np.where(exists, np.arange(n_time) * 1.0, np.nan)),
        "label": (("sample",), random.integers(0, 2, n_sample)),
        "prediction": (("sample", "class"), prediction),
        "score": (("sample",), prediction.max(axis=1)),
        "target_class": (("sample",), prediction.argmax(axis=1)),
        "static_value": (("sample", "static"), random.normal(60, 10, (n_sample, 1)).astype(np.float32)),
        "attribution": (("sample", "time", "feature"), attribution),
    }
    names = [*IDS, *(f"s{place}" for place in range(first + len(IDS), first + n_sample))]
    coords = {"sample": names, "feature": list(features), "class": ["survived", "died"], "static": ["age"]}
    told = dict.fromkeys(ATTRIBUTES, "") | {
        "explainer": "integrated-gradients", "settings": "{}", "head": "none", "time_unit": "hour",
        "target": json.dumps([{"at": {"class": "predicted"}, "versus": {}}]), "seed": 0, "seconds": 0.0,
    }  # fmt: skip
    return explanation(variables, coords=coords, attrs=told | attrs)


def written(path: Path, part: Explanation) -> Path:
    """A finished run of one shard."""
    sink = store.create(path, shard_size=1000)
    try:
        sink.begin(part.attrs)
        if not sink.committed(0, "data"):
            sink.commit(0, "data", part)
        sink.finish(1, {"created_at": "2026-01-01T00:00:00+00:00", "seconds": 1.0, "data_sha256": "data"})
    finally:
        sink.close()
    return path


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "")

    def json(self) -> Any:
        return json.loads(self.body)

    def frame(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return read_frame(self.body)


@dataclass
class Client:
    """Asks a server; headers of its own take the place of the usual ones, and None leaves one out."""

    port: int
    session: Session
    what: Served
    cookie: str = ""
    usual: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json", "X-Aition": "1"})

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str | None] = {}) -> Answer:
        named = {"Host": f"127.0.0.1:{self.port}", **self.usual, "Cookie": self.cookie, **headers}
        if "Content-Length" not in named and "Transfer-Encoding" not in named:
            named["Content-Length"] = str(len(body))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in named.items() if text), "", ""]
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall("\r\n".join(lines).encode("latin-1") + body)  # at once: a refused head closes the line
            with http.client.HTTPResponse(line, method=method) as said:
                said.begin()
                return Answer(said.status, said.headers, said.read())

    def get(self, path: str, **headers: str | None) -> Answer:
        return self.send("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})

    def ask(self, question: str, body: Any, **headers: str | None) -> Answer:
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.send("POST", f"/api/{question}", json.dumps(body).encode(), given)

    def begin(self) -> "Client":
        answer = self.ask("session", {"token": self.session.token})
        assert answer.status == 200, answer.body
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return self


@contextmanager
def serving(
    what: Served,
    *,
    hosts: Hosts = HERE,
    limits: Limits = USUAL,
    page: Any = PAGE,
    rest: Callable[[], None] = unhindered,
) -> Iterator[Client]:
    """A server in a thread, asked by whoever has its token."""
    session = Session()
    started = threading.Event()
    with listening("127.0.0.1", 0) as taken:
        one = server(app(what, session, hosts=hosts, limits=limits, page=page, ready=started.set, rest=rest))
        thread = threading.Thread(target=one.run, args=([taken],))
        thread.start()
        assert started.wait(30)
        while not one.started:
            time.sleep(0.01)
        try:
            yield Client(taken.getsockname()[1], session, what)
        finally:
            one.should_exit = True
            thread.join()
