"""The page's files: known by name when the server starts, so that no address leads to any other file."""

from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from mimetypes import guess_type

from starlette.responses import Response

from aition.view.web.refusing import Refused

PAGE = "/index.html"
HASHED = "/assets/"
"""Files below have a digest of what they hold in their names."""
MISSING = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Aition</title>
<h1>The page is not built</h1>
<p>The server runs, but has no page to show. Build it from the source, then start the server again:</p>
<pre>cd frontend
npm ci
npm run build</pre>
</html>
"""


@dataclass(frozen=True)
class File:
    """One file of the page.

    Args:
        content: Its bytes.
        kind: Its media type.
        kept: Whether browsers may keep it.
    """

    content: bytes
    kind: str
    kept: bool


def page_files(root: Traversable | None = None) -> dict[str, File]:
    """The page's files by their addresses; those that a link leads to are left out.

    Args:
        root: The folder that the page is built into; the package's own where none is given.
    """
    found: dict[str, File] = {}
    folder = root or files("aition.view.web") / "static"
    waiting = [("/", one) for one in folder.iterdir()] if folder.is_dir() else []
    while waiting:
        above, one = waiting.pop()
        if getattr(one, "is_symlink", bool)():
            continue
        if one.is_dir():
            waiting += [(f"{above}{one.name}/", inner) for inner in one.iterdir()]
            continue
        kind = "text/javascript" if one.name.endswith(".js") else guess_type(one.name)[0] or "application/octet-stream"
        found[above + one.name] = File(one.read_bytes(), kind, above.startswith(HASHED))
    return found


def served(found: dict[str, File], path: str) -> Response:
    """The file of an address.

    Raises:
        Refused: There is none.
    """
    if path == "/" and PAGE not in found:
        return Response(MISSING, HTTPStatus.SERVICE_UNAVAILABLE, media_type="text/html")
    one = found.get(PAGE if path == "/" else path)
    if one is None:
        raise Refused(HTTPStatus.NOT_FOUND, "there is nothing at this address")
    keep = "private, max-age=31536000, immutable" if one.kept else "no-cache"
    return Response(one.content, headers={"Cache-Control": keep}, media_type=one.kind)
