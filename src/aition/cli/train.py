"""aition train: a reference network on labelled samples, saved for aition explain."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from aition.cli.explain import in_memory
from aition.cli.inputs import samples_of
from aition.cli.printing import columns, counted, print_json
from aition.cli.words import settings_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.model import TorchModel

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
    test: Annotated[str, typer.Option(metavar="DATA", help="Samples to judge it on that it was not trained on.")] = "",
    settings: Annotated[
        list[str], typer.Option("--set", metavar="NAME=VALUE", help="A setting of the network; may be repeated.")
    ] = [],  # noqa: B006 (only read)
    epochs: Annotated[int, typer.Option(metavar="N", min=1, help="Passes over the samples.")] = 10,
    lr: Annotated[float, typer.Option(metavar="RATE", help="Step of Adam.")] = 3e-3,
    batch_size: Annotated[int, typer.Option(metavar="N", min=1, help="Samples a step.")] = 128,
    weight_decay: Annotated[float, typer.Option(metavar="RATE", help="Decay of the weights, in units of --lr.")] = 0.0,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of the weights and the order of the samples.")] = 0,
    standardise: Annotated[
        bool, typer.Option("--standardise", help="Data sets by name: values in deviations from the training mean.")
    ] = False,
    progress: Annotated[Literal["auto", "on", "off"], typer.Option(help="auto: a bar on a terminal only.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train NETWORK on the samples of DATA, judge it, and save it for aition explain.

    What the data say of the network's settings is filled in: features, classes, codes, and for measured-gru means and
    scales. The samples must fit in memory.
    """
    if to.suffix != ".safetensors":
        raise InputError(f"--to must end in .safetensors, but is {str(to)!r}")
    from aition.models import create, fit, save_model

    samples = in_memory(samples_of(data, standardise=standardise))
    judged = in_memory(samples_of(test, standardise=standardise)) if test else None
    built = built_from(network, samples) | {name: value_of(word) for name, word in settings_of(settings).items()}
    fresh = create(network, seed=seed, **built)
    done = fit(
        fresh,
        samples,
        epochs=epochs,
        seed=seed,
        lr=lr,
        batch_size=batch_size,
        weight_decay=weight_decay,
        progress=progress,
    )
    save_model(done.model, to, builder=network, settings=built)
    figures = {"trained on": figures_of(done.model, samples)}
    if judged is not None:
        figures["test"] = figures_of(done.model, judged)
    if as_json:
        print_json({"file": str(to), "network": network, "settings": built, "figures": figures})
        return
    print(f"{to}: {network}, {counted(epochs, 'epoch')} on {counted(len(samples), 'sample')}")
    rows = [["", "samples", "loss", "right", "AUROC"]]
    for name, one in figures.items():
        rows.append([name, str(one["n_sample"]), *(worded(one.get(key)) for key in ("loss", "accuracy", "auroc"))])
    print("\n".join(columns(rows)))
    print(f"Next: aition explain {to} {test or data} --to runs/first")


def worded(value: Any) -> str:
    """A figure in three decimals."""
    return "" if value is None else f"{value:.3f}"


def value_of(word: str) -> Any:
    """A setting of a network: JSON where it is, else the word itself."""
    try:
        return json.loads(word)
    except ValueError:
        return word


def built_from(network: str, samples: "Batch") -> dict[str, Any]:
    """Settings of a network that the data say.

    Raises:
        InputError: The labels are values, or there are none.
    """
    from aition.core.events import is_events
    from aition.models import moments
    from aition.models.builders import MEASURED_NETWORKS

    if samples.label.is_floating_point():
        raise InputError(f"labels must be classes for {network}, but are values; train such a model in Python")
    n_class = int(samples.label.max()) + 1
    if n_class < 2:
        raise InputError(f"labels must be of at least two classes, but the largest of DATA is {n_class - 1}")
    if is_events(samples):
        return {"n_code": len(samples.fields["code"].names), "n_class": n_class}
    built: dict[str, Any] = {"n_feature": samples.n_feature, "n_class": n_class}
    if network in MEASURED_NETWORKS:
        mean, scale = moments(samples)
        built |= {"n_static": samples.static.shape[1], "mean": mean, "scale": scale}
    return built


def figures_of(model: "TorchModel", samples: "Batch") -> dict[str, float]:
    """Loss in nats, share of labels met, and, of two classes, the area under the ROC curve."""
    from aition.models import evaluate, ranked

    loss, accuracy = evaluate(model, samples)
    figures = {"n_sample": len(samples), "loss": loss, "accuracy": accuracy}
    area = ranked(model, samples)
    return figures | ({"auroc": area} if area == area else {})
