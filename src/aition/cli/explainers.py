"""aition explainers: which methods there are, and their settings."""

from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.printing import columns, print_json

if TYPE_CHECKING:
    from aition.registry import Card

EXAMPLES = """\
\b
Examples:
  aition explainers
  aition explainers integrated-gradients
  aition explainers extremal-mask --json
"""


def explainers(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only this one, with its settings.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the explainers; with a name, its settings with their kinds and defaults.

    A setting is given to "aition explain" as --set NAME=VALUE, a preset as --preset NAME.
    """
    from aition import registry

    cards = [registry.card(one) for one in ([name] if name else registry.explainers())]
    if as_json:
        print_json({"explainers": [described(card) for card in cards]})
    elif not name:
        print("\n".join(columns([[card.name, card.about] for card in cards])))
    else:
        print("\n".join(lines_of(cards[0])))


def described(card: "Card") -> dict[str, Any]:
    """A card as JSON."""
    settings = [
        {"name": one.name, "kind": one.kind, "default": one.default, "about": one.about} for one in card.settings
    ]
    return {"name": card.name, "about": card.about, "presets": list(card.presets), "settings": settings}


def lines_of(card: "Card") -> list[str]:
    """A card for people."""
    presets = [f"Presets: {', '.join(card.presets)}."] if card.presets else []
    lines = [f"{card.name}: {card.about}", *presets, "" if card.settings else "It has no settings."]
    heads = columns([[f"{one.name}={shown(one.default)}", f"({one.kind})"] for one in card.settings], indent="  ")
    for head, one in zip(heads, card.settings, strict=True):
        lines += [head, *wrap(one.about, 100, initial_indent="      ", subsequent_indent="      ")]
    return lines


def shown(value: Any) -> str:
    """A default as --set would say it."""
    if isinstance(value, dict) and "name" in value:
        inner = ", ".join(f"{key}={shown(one)}" for key, one in value.items() if key != "name")
        return f"{value['name']}({inner})" if inner else str(value["name"])
    if isinstance(value, dict) and "tensor" in value:
        return f"tensor{value['tensor']}"
    if isinstance(value, list):
        return ",".join(map(shown, value))
    if value == "":
        return '""'
    return str(value).lower() if isinstance(value, bool) else str(value)
