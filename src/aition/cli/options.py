"""Options that several commands take, with the words of their help."""

from pathlib import Path
from typing import Annotated, Literal

import typer

ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="A file of save_model; others need --trust.")]
Versus = Annotated[str, typer.Option(metavar="SPEC", help="The output that is subtracted, such as class=runner-up.")]
OneTarget = Annotated[
    str,
    typer.Option(
        "--target", metavar="SPEC", help="What is explained, one number a sample, as aition explain takes it."
    ),
]
First = Annotated[int, typer.Option("--first", metavar="N", min=0, help="Only the first N samples; 0: all.")]
Padding = Annotated[
    Literal["keep", "remove"], typer.Option(help="Whether the model sees padding; remove it if it does not mask.")
]
Test = Annotated[
    str, typer.Option(metavar="DATA", help="Samples to judge it on that it was not trained on or fitted to.")
]
Standardise = Annotated[
    bool,
    typer.Option("--standardise", help="Data sets by name: values in deviations from the training mean."),
]
Trust = Annotated[bool, typer.Option("--trust", help="Load a file that can run code (.pt, .pt2, a pickle).")]
Builder = Annotated[
    str, typer.Option(metavar="MODULE:FUNCTION", help="What makes the model, where its file does not say.")
]
Bar = Annotated[Literal["auto", "on", "off"], typer.Option(help="auto: a bar on a terminal only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Picture = Annotated[
    Literal["gallery", "changes", "realism", "border", "projection", "courses", "frequencies"],
    typer.Option(help="Of dreams: what --plot draws."),
]
