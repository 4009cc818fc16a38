"""A report as HTML: every text escaped, nothing fetched from anywhere, no script."""

import re
from html import escape

from aition.view.report.document import (
    SIGNS,
    Block,
    Code,
    Fold,
    Judged,
    Mark,
    Matrix,
    Picture,
    Prose,
    Report,
    Section,
    Table,
)
from aition.view.report.style import STYLE

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
NUMBER = re.compile(r"[-−+<>]?\s?\d")


def html(report: Report) -> str:
    """The whole page.

    >>> page = html(Report("<b>", "", "", ()))
    >>> "<b>" in page, "&lt;b&gt;" in page
    (False, True)
    """
    numbered = list(enumerate(report.sections, start=1))
    links = "".join(f'<li><a href="#s{place}">{escape(section.title)}</a></li>' for place, section in numbered)
    body = "".join(section_html(section, f"s{place}", 2) for place, section in numbered)
    title = escape(report.title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the content</a>\n'
        f'<header><div class="wide"><h1>{title}</h1><p class="lead">{escape(report.lead)}</p>'
        f'<p class="made">{escape(report.made)}</p></div></header>\n'
        f'<nav aria-label="Contents"><div class="wide"><ul>{links}</ul></div></nav>\n'
        f'<main id="main" class="wide">{body}</main>\n</body>\n</html>\n'
    )


def section_html(section: Section, name: str, level: int) -> str:
    """A section with its heading; those inside it one level lower."""
    inside = "".join(block_html(block, f"{name}-{place}", level) for place, block in enumerate(section.blocks, 1))
    depth = min(level, 6)
    return (
        f'<section aria-labelledby="{name}"><h{depth} id="{name}">{escape(section.title)}</h{depth}>{inside}</section>'
    )


def block_html(block: Block, name: str, level: int) -> str:
    """One block."""
    match block:
        case Prose(text):
            return f"<p>{escape(text)}</p>"
        case Table():
            return table_html(block)
        case Matrix():
            return matrix_html(block, name)
        case Picture():
            return picture_html(block)
        case Code(text):
            return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'
        case Judged(tone, title, text):
            sign = f'<span class="sign" aria-hidden="true">{SIGNS[tone]}</span>'
            words = f"<strong>{escape(title)}</strong><p>{escape(text)}</p>"
            return f'<div class="judged {tone}">{sign}<div>{words}</div></div>'
        case Fold(title, blocks):
            inside = "".join(block_html(one, f"{name}-{place}", level) for place, one in enumerate(blocks, 1))
            return f"<details><summary>{escape(title)}</summary>{inside}</details>"
        case Section():
            return section_html(block, name, level + 1)


def table_html(table: Table) -> str:
    """A table that scrolls by itself where it is wider than the page; numbers stand on the right."""
    sides = [right(table, place) for place in range(len(table.header))]
    head = "".join(f'<th scope="col"{side}>{escape(text)}</th>' for side, text in zip(sides, table.header, strict=True))
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{side}>{escape(text)}</td>" for side, text in zip(sides[1:], row[1:], strict=True))
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(table.caption)}"><table>'
        f"<caption><span>{escape(table.caption)}</span></caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def matrix_html(matrix: Matrix, name: str) -> str:
    """A matrix; its switch works without a script."""
    head = "".join(f'<th scope="col"><span>{escape(text)}</span></th>' for text in matrix.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(text)}</th>{"".join(map(mark_html, marks))}</tr>' for text, marks in matrix.rows
    )
    switch = f'<label class="switch" for="{name}-only"><input type="checkbox" id="{name}-only"> '
    switch = f"{switch}{escape(matrix.stand_out)}</label>" if matrix.stand_out else ""
    caption = escape(matrix.caption)
    return (
        f'<div class="matrix"><p class="about">{caption}</p>{switch}'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}"><table>'
        f'<thead><tr><th scope="col">{escape(matrix.corner)}</th>{head}</tr></thead><tbody>{rows}</tbody></table>'
        "</div></div>"
    )


def mark_html(mark: Mark) -> str:
    """A cell of a matrix."""
    sign = f'<span class="sign">{SIGNS[mark.tone]}</span>' if mark.tone in ("good", "open", "bad") else ""
    small = f"<small>{escape(mark.small)}</small>" if mark.small else ""
    note = f' title="{escape(mark.note)}"' if mark.note else ""
    return f'<td class="{mark.tone}"{note}><b>{escape(mark.text)}</b>{sign}{small}</td>'


def right(table: Table, column: int) -> str:
    """The class of a column whose cells are all numbers."""
    cells = [row[column] for row in table.rows if row[column]]
    return ' class="number"' if column and cells and all(NUMBER.match(cell) for cell in cells) else ""


def picture_html(picture: Picture) -> str:
    """A figure with what is seen on it, its caption, and its numbers on request."""
    label = f'role="img" aria-label="{escape(picture.seen)}"'
    svg = picture.svg.replace('role="img"', label, 1)
    return (
        f'<figure><div class="scroll" tabindex="0" role="group" aria-label="Figure">{svg}</div>'
        f"<figcaption>{escape(picture.caption)}</figcaption>"
        f"<details><summary>The numbers as a table</summary>{table_html(picture.numbers)}</details></figure>"
    )
