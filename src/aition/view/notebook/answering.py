"""Answering: questions that come as messages instead of over HTTP, worked on beside whoever sends them."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from aition.core.errors import AitionError
from aition.view.web.desk import USUAL, desks_of
from aition.view.web.frames import plain
from aition.view.web.questions import QUESTIONS
from aition.view.web.refusing import Refused
from aition.view.web.served import Answer, Served

LOG = logging.getLogger("aition.notebook")

Message = dict[str, Any]
Send = Callable[[Message, list[bytes]], None]


class Answering:
    """Answers the app's questions, a few at a time, until it is closed.

    A message asks, ``{"id": 1, "question": "list", "body": {…}}``, or says that nobody waits any more,
    ``{"id": 1, "cancel": True}``, or wants to know whether somebody is there, ``{"id": 1, "ping": True}``. Each
    question is answered once, in any order, unless nobody waits for it: by ``{"id": 1, "json": {…}}``, by ``{"id": 1}``
    with the bytes of a frame or of a file, or by ``{"id": 1, "error": words, "status": 400}``, whose numbers are those
    of HTTP.

    Args:
        what: The runs that are asked about.
        send: Sends a message with some bytes; called from a thread of its own, one message at a time.
    """

    def __init__(self, what: Served, send: Send) -> None:
        self.what, self.send = what, send
        self.desks = desks_of(USUAL)
        self.waiting: dict[int, asyncio.Event] = {}
        self.working: set[asyncio.Task[None]] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.work, name="aition-answers", daemon=True)
        self.thread.start()

    def work(self) -> None:
        """Run the loop to its end."""
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def hear(self, message: Any) -> None:
        """Take a message, in any thread; what is no message of this page is left alone."""
        if not isinstance(message, dict) or type(message.get("id")) is not int:
            LOG.warning("a message must have an id, a whole number, but is %.200r", message)
            return
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.begin, message)

    def begin(self, message: Message) -> None:
        """Begin with a question, stop working on one, or say that somebody is there."""
        name = message["id"]
        if message.get("ping") is True:
            self.send({"id": name}, [])
            return
        if message.get("cancel") is True:
            if name in self.waiting:
                self.waiting[name].set()
            return
        self.waiting[name] = asyncio.Event()
        task = self.loop.create_task(self.answer(name, message))
        self.working.add(task)
        task.add_done_callback(self.working.discard)

    async def answer(self, name: int, message: Message) -> None:
        """Answer one question."""
        left = self.waiting[name]
        said: Message
        parts: list[bytes] = []
        try:
            said, parts = told(await self.worked_out(message, left))
        except Exception as error:  # noqa: BLE001 (whatever a question raises is said to whoever asked it)
            said = fault(error)
        finally:
            self.waiting.pop(name, None)
        if not left.is_set():
            self.send({"id": name, **said}, parts)

    async def worked_out(self, message: Message, left: asyncio.Event) -> Answer:
        """What a question's desk answers."""
        asked, body = message.get("question"), message.get("body", {})
        if not isinstance(asked, str) or asked not in QUESTIONS:
            raise Refused(HTTPStatus.NOT_FOUND, f"there is no such question; there are {', '.join(QUESTIONS)}")
        if not isinstance(body, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, f"a question must be an object, but is {type(body).__name__}")
        question = QUESTIONS[asked]
        question.check_keys(body)

        async def gone() -> None:
            await left.wait()

        return await self.desks[question.desk].answered(
            lambda check: question.answer(self.what, body, check), seconds=question.seconds, gone=gone
        )

    def close(self) -> None:
        """Answer nothing more."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.stop)
        self.thread.join(timeout=5)
        for desk in self.desks.values():
            desk.close()

    def stop(self) -> None:
        """Let go of every question, then end the loop."""
        for left in self.waiting.values():
            left.set()
        ended = asyncio.gather(*self.working, return_exceptions=True)
        ended.add_done_callback(lambda _: self.loop.call_soon(self.loop.stop))


def told(answer: Answer) -> tuple[Message, list[bytes]]:
    """An answer as a message with its bytes.

    >>> told({"n": 3}), told(b"AITN")
    (({'json': {'n': 3}}, []), ({}, [b'AITN']))
    """
    if isinstance(answer, bytes):
        return {}, [answer]
    return {"json": plain(answer)}, []


def fault(error: Exception) -> Message:
    """Why there is no answer, in words: whoever runs the notebook may know all of it.

    >>> fault(ValueError("x"))
    {'error': 'something failed inside Aition: ValueError: x', 'status': 500}
    """
    if isinstance(error, Refused):
        return {"error": error.words, "status": int(error.status)}
    if isinstance(error, AitionError):
        return {"error": str(error), "status": int(HTTPStatus.BAD_REQUEST)}
    LOG.error("a question raised", exc_info=error)
    words = f"something failed inside Aition: {type(error).__name__}: {error}"
    return {"error": words, "status": int(HTTPStatus.INTERNAL_SERVER_ERROR)}
