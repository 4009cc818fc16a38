"""The directive ``generated``: Markdown that is made from the code when the pages are built."""

from typing import Any, ClassVar

import tables
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Generated(SphinxDirective):
    """Puts in place what the function of this name in ``tables`` answers."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in tables.TABLES:
            raise self.error(f"generated knows {', '.join(tables.TABLES)}, but not {self.arguments[0]}")
        self.env.note_reread()
        return self.parse_text_to_nodes(tables.TABLES[self.arguments[0]](), allow_section_headings=True)


class Properties:
    """Keeps napoleon from reading what stands before a colon in a property's sentence as its type."""

    def __init__(self) -> None:
        self.written: dict[str, list[str]] = {}

    def keep(self, _app: Sphinx, what: str, name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
        if what in ("property", "attribute", "data"):
            self.written[name] = list(lines)

    def restore(self, _app: Sphinx, what: str, name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
        lines[:] = self.written.pop(name, lines)


COLON = "\ue000"


def hide_colon(_app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """Keep napoleon from reading what stands before the colon of the first of several returned things as its type."""
    for place, line in enumerate(lines[:-1], start=1):
        if line.strip() == "Returns:" and lines[place].lstrip().startswith("- "):
            lines[place] = lines[place].replace(":", COLON)


def show_colon(_app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """Undo ``hide_colon``."""
    lines[:] = [line.replace(COLON, ":") for line in lines]


def without_return_type(_app: Sphinx, _domain: str, kind: str, content: nodes.Element) -> None:
    """Take "Return type: None" off a class, whose section Returns is of the call."""
    if kind in ("class", "exception"):
        for field in list(content.findall(nodes.field)):
            if field[0].astext() == "rtype":
                field.parent.remove(field)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("generated", Generated)
    properties = Properties()
    app.connect("autodoc-process-docstring", properties.keep, priority=100)
    app.connect("autodoc-process-docstring", properties.restore, priority=900)
    app.connect("autodoc-process-docstring", hide_colon, priority=100)
    app.connect("autodoc-process-docstring", show_colon, priority=900)
    app.connect("object-description-transform", without_return_type, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
