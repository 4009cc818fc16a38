"""Text as a terminal may show it: names come from files, and files from others."""

import unicodedata


def printable(text: str) -> str:
    r"""A text of one line in which every control character stands as its escape, so that a terminal obeys none.

    >>> print(printable("pulse\x1b[2J\nfall"))
    pulse\x1b[2J\nfall
    """
    return "".join(one if one.isprintable() or unicodedata.category(one) == "Zs" else ascii(one)[1:-1] for one in text)
