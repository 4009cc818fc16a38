"""Widget: the page in a notebook; what it asks is answered in the kernel."""

import weakref
from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from aition.core.errors import InputError
from aition.view.notebook.answering import Answering, Message
from aition.view.notebook.picture import Picture
from aition.view.web.served import Served

MISSING = "the page is not built; build it from the source: cd frontend && npm ci && npm run build:widget"


def built(name: str) -> str:
    """A file of the page.

    Raises:
        InputError: The page is not built.
    """
    file = files("aition.view.web") / "static" / name
    if not file.is_file():
        raise InputError(MISSING)
    return file.read_text(encoding="utf-8")


class Widget(anywidget.AnyWidget):
    """The page of some runs.

    Args:
        what: What its questions are asked of.
        height: In pixels.
        still: Makes the picture that stands in its place.
        held: What is let go of when it is closed.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)

    def __init__(self, what: Served, *, height: int, still: Callable[[], Picture], held: ExitStack) -> None:
        held.callback(what.runs.close)
        self.stills: list[Picture] = []
        self.still = still
        super().__init__(_esm=built("widget.js"), _css=built("widget.css"), height=height)
        here = weakref.ref(self)

        def send(message: Message, parts: list[bytes]) -> None:
            if (widget := here()) is not None:
                widget.send(message, parts)

        self.answering = Answering(what, send)
        held.callback(self.answering.close)
        self.let_go = weakref.finalize(self, held.close)
        self.on_msg(lambda _, message, parts: self.answering.hear(message))

    def _repr_mimebundle_(self, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if not self.stills:
            self.stills = [self.still()]
            self.picture, self.words = self.stills[0].source, self.stills[0].words
        data, about = super()._repr_mimebundle_(**more) or ({}, {})
        return {**data, **self.stills[0]._repr_mimebundle_()}, about

    def __repr__(self) -> str:
        return "aition.show(…)"

    def close(self) -> None:
        """End what answers, and remove what was written for it."""
        self.let_go()
        super().close()
