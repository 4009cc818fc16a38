"""Optional packages, imported where they are needed, with the command that installs them where they are not there."""

from importlib import import_module
from typing import Any

from aition.core.errors import MissingExtraError


def optional(module: str, *, user: str, package: str, extra: str) -> Any:
    """A module of an optional package.

    Args:
        module: What is imported.
        user: What needs it.
        package: The package's name, as people know it.
        extra: The extra of Aition that brings it.

    Raises:
        MissingExtraError: It is not installed.

    >>> optional("math", user="This line", package="Python", extra="none").floor(1.5)
    1
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{user} needs {package}, which is not installed: pip install 'aition[{extra}]'"
        ) from error
