"""aition explain: a saved model on data, into a store."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.baselines import (
    FITTED,
    MEAN,
    averages_in,
    training_of,
    warn_of_no_names,
    warn_of_nothing,
    with_imputers,
)
from aition.cli.inputs import in_memory, samples_of
from aition.cli.options import AsJson, Bar, Builder, First, ModelFile, Padding, Standardise, Trust, Versus
from aition.cli.printing import counted, print_json, print_lines
from aition.cli.show_selections import has_selection, lines_of_selection, selection_told
from aition.cli.words import bytes_of, settings_of, targets_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.model import FunctionModel, TorchModel
    from aition.core.target import Target
    from aition.store import StoredRun

EXAMPLES = """\
\b
Examples:
  aition explain gru.safetensors vowels.safetensors --to runs/ig
  aition explain gru.safetensors japanese-vowels --standardise --to runs/vowels
  aition explain gru.safetensors vowels.safetensors --explainer occlusion --set window=3 \\
      --target true --versus class=runner-up --workers 2 --to runs/occlusion
  aition explain forecaster.pt table.parquet --trust --target horizon=0..23 --to runs/horizons
  aition explain gru.safetensors vowels.safetensors --explainer extremal-mask --set replacement=donor-step \\
      --background train.safetensors --to runs/masks
  aition explain gru.safetensors japanese-vowels --explainer feature-ablation --set baseline=gaussian-imputer \\
      --background japanese-vowels:train --to runs/conditional
  aition explain icu.safetensors data/:held_out --set baseline=background-mean --background data/:train --to runs/icu
"""


def explain(
    model: ModelFile,
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A file (.safetensors, .npz, .parquet, .csv, .ts), a folder of aition ingest, with :SPLIT or without, "
            "or a data set's name, with :train or :test.",
        ),
    ],
    *,
    to: Annotated[
        Path, typer.Option(metavar="STORE", help="The directory of the run; one that was interrupted goes on.")
    ],
    explainer: Annotated[str, typer.Option(metavar="NAME", help="See aition explainers.")] = "integrated-gradients",
    settings: Annotated[
        list[str], typer.Option("--set", metavar="NAME=VALUE", help="A setting of the explainer; may be repeated.")
    ] = [],  # noqa: B006 (only read)
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="Published settings of the explainer, such as paper.")
    ] = "",
    background: Annotated[
        str,
        typer.Option(
            metavar="DATA",
            help="What an explainer is fitted on that has to be, such as extremal-mask with replacement=donor-step; "
            "whose means baseline=background-mean takes; and what an imputer is fitted on, such as "
            "baseline=gaussian-imputer. DATA itself where nothing is said.",
        ),
    ] = "",
    target: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="What is explained: predicted, true, scalar, class=2, class=predicted,time=last, horizon=0..23 (24 "
            "targets), whole:class; may be repeated.",
        ),
    ] = ["predicted"],  # noqa: B006 (only read)
    versus: Versus = "",
    standardise: Standardise = False,
    first: First = 0,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes.")] = 1,
    shard_size: Annotated[int, typer.Option(metavar="N", help="Samples that are committed together, at most.")] = 256,
    padding: Padding = "keep",
    memory: Annotated[
        str, typer.Option(metavar="SIZE", help="What passes may fill, such as 2GB; 0: a quarter of what is free.")
    ] = "0",
    trust: Trust = False,
    builder: Builder = "",
    progress: Bar = "auto",
    as_json: AsJson = False,
) -> None:
    """Explain what MODEL says of every sample of DATA, and store it.

    The same command goes on where it was interrupted; a store that holds another run is refused. Read it with "aition
    show STORE", or in Python by aition.store.open("STORE").explanation().
    """
    asked = targets_of(target, versus)
    chosen = settings_of(settings)
    budget = bytes_of(memory)

    from aition import registry
    from aition.impute.unfitted import needs_background
    from aition.store import run

    batch = samples_of(data, standardise=standardise)
    if first:
        batch = in_memory(batch, most=first)
    what = loaded(model, builder=builder, trust=trust)
    warn_of_no_names(model, what, batch)
    averaged = any(MEAN in word for word in chosen.values())
    if averaged:
        chosen = averages_in(chosen, what, in_memory(samples_of(background or data, standardise=standardise)))
    how = registry.explainer(explainer, chosen, preset=preset)
    if drawn := needs_background(how):
        around = in_memory(samples_of(background or data, standardise=standardise), most=FITTED)
        how = with_imputers(how, what, around)
    fits = needs_fit(how)
    if background and not fits and not averaged and not drawn:
        raise InputError(
            f"--background is for an explainer that has to be fitted first, but {explainer} with these settings needs "
            "no fit; leave --background out"
        )
    if "baseline" not in chosen:
        warn_of_nothing(how, what, batch, background or training_of(data))
    seen = samples_of(background, standardise=standardise) if background else batch
    before = n_committed(to)
    with resumable(to):
        stored = run(
            fitted(how, what, in_memory(seen), asked[0], n_feature=batch.n_feature) if fits else how,
            what,
            batch,
            asked,
            to,
            workers=workers,
            shard_size=shard_size,
            padding=padding,
            memory=budget,
            progress=progress,
        )
    told = selection_told(stored) if has_selection(stored) else {}
    if as_json:
        fit_on = {"fitted_on": (background or data) if fits or drawn else ""}
        print_json(described(stored, before) | fit_on | ({"selection": told} if told else {}))
        return
    sizes = stored.sizes
    print(
        f"{to}: {stored.attrs['explainer']} of {stored.attrs['model']} on {counted(sizes['sample'], 'sample')}"
        f"{extent(sizes, batch.n_feature)}, {stored.attrs['seconds']:.1f} s"
    )
    if averaged:
        print(f"The baseline is the means of {background or data}")
    if drawn:
        print(f"The imputer is fitted on {counted(len(around), 'sample')} of {background or data}")
    if fits:
        why = "" if background else ", for no --background is given"
        print(f"Fitted on {counted(len(seen), 'sample')} of {background or data}{why}")
    if told:
        print_lines(lines_of_selection(told))
    print(f"{counted(stored.n_shard, 'shard')}, {before or 'none'} of them there before; {megabytes(to)}")
    print(f"Next: aition show {to}, or all of it in the browser: aition serve {to}")


def extent(sizes: dict[str, int], n_feature: int) -> str:
    """What there is of each sample, in words: steps of features, or events in a list."""
    if "row" in sizes and "time" not in sizes:
        return f", {counted(sizes['row'], 'event')} of {counted(sizes['feature'], 'code')}"
    return f" × {counted(sizes['time'], 'step')} × {n_feature} features"


def loaded(path: Path, *, builder: str, trust: bool) -> "TorchModel | FunctionModel":
    """The model of a file; a builder is imported from where the command is given, too."""
    from aition.models import load_model

    if ":" in builder and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    return load_model(path, builder=builder, trust=trust)


def needs_fit(how: Any) -> bool:
    """Whether an explainer has to be fitted before it explains."""
    return bool(getattr(how, "needs_fit", False))


def fitted(
    how: Any, model: "TorchModel | FunctionModel", background: "Batch", target: "Target", *, n_feature: int
) -> Any:
    """The explainer after its fit, which is the same at every call: an interrupted run can go on.

    One thread is taken, as the run takes it, for the order of sums hangs on their number.

    Raises:
        InputError: The background has other features than what is explained.
    """
    from aition.store.runner import one_thread

    if background.n_feature != n_feature:
        raise InputError(
            f"--background must have the {counted(n_feature, 'feature')} of what is explained, but has "
            f"{background.n_feature}"
        )
    with one_thread():
        return how.fit(model, background, target)


def n_committed(path: Path) -> int:
    """Shards that an earlier command left."""
    from aition.store.shards import SHARDS

    return len(list((path / SHARDS).glob("[0-9]*")))


@contextmanager
def resumable(path: Path) -> Iterator[None]:
    """Say how to go on when the user interrupts."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"{counted(n_committed(path), 'shard')} in {path} are kept; the same command goes on", file=sys.stderr)
        raise


def described(stored: "StoredRun", before: int) -> dict[str, object]:
    """A run as JSON."""
    return {
        "store": str(stored.path),
        "sha256": stored.digest(),
        "shards": stored.n_shard,
        "shards_before": before,
        "sizes": stored.sizes,
        "attributes": stored.attrs,
    }


def megabytes(path: Path) -> str:
    """What a store takes on the disk."""
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return f"{size / 1e6:.1f} MB"
