"""Guard: what every request must be before anything looks at it, and what every answer says to the browser."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aition.view.web.refusing import Refused
from aition.view.web.session import Session

API, BEGIN = "/api/", "/api/session"
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?P<port>[0-9]{1,5}))?")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NOT_OURS = "the server does not accept this page; open it by the address that Aition printed"


@dataclass(frozen=True)
class Hosts:
    """The names by which this server may be called: another name could only come from another site's page.

    Args:
        names: Lower case; numbers of version 6 in brackets.
        numbers: Whether any number will do, which no site can have for its name.
    """

    names: frozenset[str] = LOOPBACK
    numbers: bool = False

    @classmethod
    def of(cls, host: str) -> "Hosts":
        """Names of a server that listens at a host."""
        if is_loopback(host):
            return cls(LOOPBACK | {bracketed(host)})
        return cls(LOOPBACK | {bracketed(name.lower()) for name in (host, socket.gethostname())}, numbers=True)

    def known(self, name: str) -> bool:
        return name in self.names or (self.numbers and is_number(name.strip("[]")))


class Guard:
    """Lets through what comes from the page itself.

    Everything must name this server by a name of its own. A question must be a POST of JSON, with the header
    ``X-Aition`` that no form of another site can send, from no other origin, and with the cookie of the session.

    Args:
        app: What answers.
        session: Who may ask.
        hosts: The names of this server.
    """

    def __init__(self, app: ASGIApp, *, session: Session, hosts: Hosts) -> None:
        self.app, self.session, self.hosts = app, session, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            self.check(scope)
        except Refused as refused:
            await refused.response()(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)

    def check(self, scope: Scope) -> None:
        """Raise unless the request may be looked at.

        Raises:
            Refused: With what is wrong.
        """
        headers = Headers(scope=scope)
        found = HOST.fullmatch(headers.get("host", "").lower())
        if len(headers.getlist("host")) != 1 or not found or not self.hosts.known(found["name"]):
            raise Refused(HTTPStatus.FORBIDDEN, "the server is not called so; open it by the address it printed")
        scope["state"] = {**scope.get("state", {}), "port": found["port"] or ""}
        if not scope["path"].startswith(API):
            check_method(scope, ("GET", "HEAD"))
            return
        check_method(scope, ("POST",))
        check_own(headers)
        if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question must be sent as application/json")
        if scope["path"] != BEGIN and not self.session.known(headers.get("cookie", ""), found["port"] or ""):
            words = "the session has ended, or never began; open the page by the address that Aition printed"
            raise Refused(HTTPStatus.UNAUTHORIZED, words)


def check_method(scope: Scope, allowed: Iterable[str]) -> None:
    """Raise unless the request is of an allowed method."""
    words = ", ".join(allowed)
    if scope["method"] not in words.split(", "):
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"the method must be {words}", {"Allow": words})


def check_own(headers: Headers) -> None:
    """Raise unless a question comes from this server's own page, or from no page at all.

    Browsers say where from: ``Sec-Fetch-Site``, and, of questions, ``Origin``. Programs say neither.
    """
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    own = {f"{scheme}://{headers['host'].lower()}" for scheme in ("http", "https")}
    foreign = origin not in {"", *own} and not (origin == "null" and site == "same-origin")
    if site not in ("", "same-origin") or foreign or headers.get("x-aition") != "1":
        raise Refused(HTTPStatus.FORBIDDEN, NOT_OURS)


def is_number(name: str) -> bool:
    """Whether a name is an address in numbers.

    >>> is_number("10.0.0.7"), is_number("::1"), is_number("10.0.0.7.evil.example")
    (True, True, False)
    """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether nothing but this machine reaches a host.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return host == "localhost" or (is_number(host) and ipaddress.ip_address(host).is_loopback)


def bracketed(name: str) -> str:
    """A host as addresses of pages write it.

    >>> bracketed("::1"), bracketed("localhost")
    ('[::1]', 'localhost')
    """
    return f"[{name}]" if ":" in name else name
