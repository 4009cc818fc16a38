"""Checks: whether an explanation can be believed; they need the model, or several explanations."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aition.checks.curve import RemovalCurve, Verdict, verdict
    from aition.checks.ranks import agreement
    from aition.checks.removing import removal

HOME = {
    "RemovalCurve": "curve",
    "Verdict": "curve",
    "agreement": "ranks",
    "removal": "removing",
    "verdict": "curve",
}
"""Public names and the modules that hold them; torch is imported only for what calls the model."""

__all__ = ["RemovalCurve", "Verdict", "agreement", "removal", "verdict"]


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"aition.checks.{HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
