"""aition train: a reference network on labelled samples, saved for aition explain."""

import json
import math
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.labelled import (
    built_from,
    check_learnable,
    check_place,
    check_spared,
    check_test,
    labelled_in,
    warn_of_units,
)
from aition.cli.options import AsJson, Bar, Standardise, Test
from aition.cli.printing import columns, counted, explaining, print_json
from aition.cli.words import settings_of

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.model import TorchModel

FIGURES = ("loss", "accuracy", "auroc", "auprc")
EXAMPLES = """\
\b
Examples:
  aition train gru-classifier japanese-vowels:train --standardise --test japanese-vowels:test --to gru.safetensors
  aition train measured-gru data/:train --test data/:held_out --to icu.safetensors
  aition train event-lstm events/:train --set n_hidden=64 --epochs 5 --test events/:held_out --to events.safetensors
"""


def train(
    network: Annotated[str, typer.Argument(metavar="NETWORK", help="A builder, such as gru-classifier.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="Labelled samples, as aition explain takes them.")],
    *,
    to: Annotated[Path, typer.Option(metavar="FILE.safetensors", help="Where the trained network goes.")],
    test: Test = "",
    settings: Annotated[
        list[str], typer.Option("--set", metavar="NAME=VALUE", help="A setting of the network; may be repeated.")
    ] = [],  # noqa: B006 (only read)
    epochs: Annotated[int, typer.Option(metavar="N", min=1, help="Passes over the samples.")] = 10,
    lr: Annotated[float, typer.Option(metavar="RATE", help="Step of Adam.")] = 3e-3,
    batch_size: Annotated[int, typer.Option(metavar="N", min=1, help="Samples a step.")] = 128,
    weight_decay: Annotated[float, typer.Option(metavar="RATE", help="Decay of the weights, in units of --lr.")] = 0.0,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of the weights and the order of the samples.")] = 0,
    standardise: Standardise = False,
    progress: Bar = "auto",
    as_json: AsJson = False,
) -> None:
    """Train NETWORK on the samples of DATA, judge it, and save it for aition explain.

    What the data say of the network's settings is filled in: features, classes, codes, static columns, and their means.
    Samples without a label are left out. The samples must fit in memory.
    """
    check_place(to)
    check_spared(to, [data, test])
    chosen = {name: value_of(word) for name, word in settings_of(settings).items()}
    from aition.core.events import is_events
    from aition.models import create, fit, save_model
    from aition.models.builders import MEASURED_NETWORKS, builder_named
    from aition.models.saved import check_savable

    builder_named(network)
    own = labelled_in(data, standardise=standardise)
    parts = {"trained on": own} | ({"test": labelled_in(test, standardise=standardise)} if test else {})
    built = built_from(network, own) | chosen
    fresh = create(network, seed=seed, **built)
    check_savable(fresh, builder=network, settings=built)
    check_learnable(fresh, own)
    if test:
        check_test(fresh, own, parts["test"])
        check_learnable(fresh, parts["test"])
    warn_of_units(network, own)
    done = fit(
        fresh,
        own.batch,
        epochs=epochs,
        seed=seed,
        lr=lr,
        batch_size=batch_size,
        weight_decay=weight_decay,
        progress=progress,
    )
    save_model(done.model, to, builder=network, settings=built)
    figures = {
        name: {"n_unlabelled": part.n_unlabelled} | figures_of(done.model, part.batch) for name, part in parts.items()
    }
    if as_json:
        print_json({"file": str(to), "network": network, "settings": built, "figures": figures})
        return
    print(f"{to}: {network}, {counted(epochs, 'epoch')} on {counted(len(own.batch), 'sample')}")
    rows = [["", "samples", "loss", "right", "AUROC", "AUPRC"]]
    for name, one in figures.items():
        rows.append([name, str(one["n_sample"]), *(worded(one.get(key)) for key in FIGURES)])
    print("\n".join(columns(rows)))
    for part in parts.values():
        if part.n_unlabelled:
            print(f"{counted(part.n_unlabelled, 'sample')} of {part.words} without a label left out")
    in_units = not standardise and not is_events(own.batch) and (network in MEASURED_NETWORKS or bool(own.batch.units))
    samples = quote(test or data) + (" --standardise" if standardise else "")
    print(f"Next: {explaining(quote(str(to)), samples, background=quote(data) if in_units else '')}")


def worded(value: Any) -> str:
    """A figure in three decimals."""
    return "" if value is None else f"{value:.3f}"


def value_of(word: str) -> Any:
    """A setting of a network: JSON where it is, else the word itself."""
    try:
        return json.loads(word)
    except ValueError:
        return word


def figures_of(model: "TorchModel", samples: "Batch") -> dict[str, float]:
    """Loss in nats, share of labels met, and, of two classes, the areas under the ROC and precision-recall curves."""
    from aition.models import areas, evaluate

    loss, accuracy = evaluate(model, samples)
    figures = {"n_sample": len(samples), "loss": loss, "accuracy": accuracy}
    auroc, auprc = areas(model, samples)
    return figures | ({} if math.isnan(auroc) else {"auroc": auroc, "auprc": auprc})
