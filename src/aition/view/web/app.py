"""app(): the server, as an application of ASGI."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from aition.core.errors import InputError, RefusalError, StoreError, TargetError
from aition.store.cube.stopping import unhindered
from aition.view.web.asked import MOST_BYTES, read_json, text
from aition.view.web.desk import USUAL, Limits, desks_of
from aition.view.web.frames import MEDIA_TYPE, as_json
from aition.view.web.questions import QUESTIONS, Question
from aition.view.web.refusing import Refused
from aition.view.web.security import API, BEGIN, Guard, Hosts
from aition.view.web.served import Answer, Served
from aition.view.web.session import Session
from aition.view.web.static import File, page_files, served

LOG = logging.getLogger("aition.serve")
TERMINAL = "the terminal it was started in says more"
SECONDS_TO_SEND = 10.0


HERE = Hosts()


def app(
    what: Served,
    session: Session,
    *,
    hosts: Hosts = HERE,
    limits: Limits = USUAL,
    page: dict[str, File] | None = None,
    ready: Callable[[], None] = unhindered,
    rest: Callable[[], None] = unhindered,
) -> ASGIApp:
    """The server of some runs.

    Args:
        what: The runs, and the model if there is one.
        session: Who may ask.
        hosts: The names of this server; where they are not only those of this machine, answers are compressed.
        limits: How much may be asked at once.
        page: The page's files by their addresses; those of the package where nothing is given.
        ready: Called when questions are answered.
        rest: Called when no heavy question was asked for some seconds.
    """
    found = page_files() if page is None else page
    desks = desks_of(limits, rest=rest)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ready()
        yield
        for desk in desks.values():
            desk.close()

    async def begin(request: Request) -> Response:
        body = await read_body(request)
        if not session.opened_by(text(body, "token")) or set(body) != {"token"}:
            raise Refused(HTTPStatus.FORBIDDEN, "the address has no or another token; open it as Aition printed it")
        answer = Response(as_json({"session": "begun"}), media_type="application/json")
        answer.headers["Set-Cookie"] = session.cookie(request.state.port)
        return answer

    def asking(question: Question) -> Callable[[Request], Any]:
        async def ask(request: Request) -> Response:
            body = await read_body(request)
            question.check_keys(body)

            async def gone() -> None:
                while (await request.receive())["type"] != "http.disconnect":
                    pass

            desk = desks[question.desk]
            answer = await desk.answered(
                lambda check: question.answer(what, body, check), seconds=question.seconds, gone=gone
            )
            return answered(answer)

        return ask

    async def file(request: Request) -> Response:
        return served(found, request.scope["path"])

    routes = [Route(BEGIN, begin, methods=["POST"])]
    routes += [Route(API + name, asking(one), methods=["POST"]) for name, one in QUESTIONS.items()]
    routes += [
        Route(API + "{name:path}", nothing, methods=["POST"]),
        Route("/{path:path}", file, methods=["GET", "HEAD"]),
    ]
    small = [Middleware(GZipMiddleware, minimum_size=4000, compresslevel=1)] if hosts.numbers else []
    inner = Starlette(routes=routes, middleware=small, exception_handlers=FAULTS, lifespan=lifespan)
    return Guard(inner, session=session, hosts=hosts)


async def read_body(request: Request) -> dict[str, Any]:
    """The object that a request holds.

    Raises:
        Refused: It is too large, or takes too long to come.
        InputError: It is no object of JSON.
    """
    too_large = Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question must have at most {MOST_BYTES} bytes")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > MOST_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS_TO_SEND):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise too_large
    except TimeoutError:
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, "the question took too long to come") from None
    return read_json(bytes(body))


def answered(answer: Answer) -> Response:
    """A response: JSON or a frame."""
    if isinstance(answer, bytes):
        return Response(answer, media_type=MEDIA_TYPE)
    return Response(as_json(answer), media_type="application/json")


async def nothing(_: Request) -> Response:
    """A question that there is not."""
    raise Refused(HTTPStatus.NOT_FOUND, f"there is no such question; there are {', '.join(QUESTIONS)}")


async def refused(_: Request, error: Exception) -> Response:
    """What was refused on purpose."""
    assert isinstance(error, Refused)
    return error.response()


async def wrong(_: Request, error: Exception) -> Response:
    """A question that is not what was agreed."""
    return Refused(HTTPStatus.BAD_REQUEST, str(error)).response()


async def damaged(_: Request, error: Exception) -> Response:
    """A store that can't be read: where it lies is for the terminal only."""
    LOG.error("%s", error)
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, f"the run can't be read as it was written; {TERMINAL}").response()


async def fault(_: Request, error: Exception) -> Response:
    """What nobody expected."""
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, f"something failed inside the server; {TERMINAL}").response()


async def unknown(_: Request, error: Exception) -> Response:
    """An address that there is not."""
    assert isinstance(error, HTTPException)
    return Refused(HTTPStatus(error.status_code), "there is nothing at this address").response()


async def left(_: Request, error: Exception) -> Response:
    """Nobody is there to be answered."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


FAULTS: dict[Any, Any] = {
    Refused: refused,
    InputError: wrong,
    TargetError: wrong,
    RefusalError: wrong,
    StoreError: damaged,
    HTTPException: unknown,
    ClientDisconnect: left,
    Exception: fault,
}
