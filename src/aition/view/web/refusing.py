"""Refused: why a question has no answer, with the status that says so."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from aition.view.web.frames import as_json

if TYPE_CHECKING:
    from starlette.responses import Response


class Refused(Exception):
    """A question that is not answered.

    Args:
        status: Of HTTP.
        words: For people.
        headers: Further ones, such as ``Retry-After``.
    """

    def __init__(self, status: HTTPStatus, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status, self.words, self.headers = status, words, dict(headers or {})

    def response(self) -> "Response":
        """The same over HTTP, which a notebook does without."""
        from starlette.responses import Response

        return Response(as_json({"error": self.words}), self.status, self.headers, "application/json")


def busy(words: str, *, seconds: int, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> Refused:
    """A question that is to be asked again in some seconds."""
    return Refused(status, words, {"Retry-After": str(seconds)})
