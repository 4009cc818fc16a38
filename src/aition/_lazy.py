"""Names of a package that are imported when they are first asked for."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy(
    package: str, homes: Mapping[str, str], *, below: str = "", there: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package.

    Args:
        package: Its ``__name__``.
        homes: Public names, and the modules that hold them.
        below: The package below which these modules are; empty: the package itself.
        there: Further public names, which it has already.

    >>> ask, names = lazy("aition", {"Target": "core.target"}, there=("__version__",))
    >>> ask("Target").__name__, names()
    ('Target', ['Target', '__version__'])
    """
    names = sorted((*homes, *there))

    def ask(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join(names)}")
        return getattr(import_module(f"{below or package}.{homes[name]}"), name)

    def tell() -> list[str]:
        return list(names)

    return ask, tell
