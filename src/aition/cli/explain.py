"""aition explain: a saved model on data, into a store."""

import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from aition.cli.inputs import in_memory, samples_of
from aition.cli.printing import counted, print_json
from aition.cli.words import bytes_of, settings_of, targets_of
from aition.core.errors import AitionWarning, InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.model import FunctionModel, TorchModel
    from aition.core.target import Target
    from aition.data import Folder
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
  aition explain icu.safetensors data/:held_out --set baseline=background-mean --background data/:train --to runs/icu
"""


MEAN = "background-mean"
"""The word for a baseline of a background's means."""
FAR = 3.0
"""Deviations from its mean beyond which a feature is all but never found."""
MOST = 512
"""Samples whose moments are looked at."""


def explain(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file of save_model; others need --trust.")],
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
            "and whose means baseline=background-mean takes. DATA itself where nothing is said.",
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
    versus: Annotated[
        str, typer.Option(metavar="SPEC", help="The output that is subtracted, such as class=runner-up.")
    ] = "",
    standardise: Annotated[
        bool, typer.Option("--standardise", help="For a data set by name: values in deviations from the training mean.")
    ] = False,
    first: Annotated[int, typer.Option(metavar="N", min=0, help="Only the first N samples; 0: all.")] = 0,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes.")] = 1,
    shard_size: Annotated[int, typer.Option(metavar="N", help="Samples that are committed together, at most.")] = 256,
    padding: Annotated[
        Literal["keep", "remove"], typer.Option(help="Whether the model sees padding; remove it if it does not mask.")
    ] = "keep",
    memory: Annotated[
        str, typer.Option(metavar="SIZE", help="What passes may fill, such as 2GB; 0: a quarter of what is free.")
    ] = "0",
    trust: Annotated[
        bool, typer.Option("--trust", help="Load a file that can run code (.pt, .pt2, a pickle).")
    ] = False,
    builder: Annotated[
        str, typer.Option(metavar="MODULE:FUNCTION", help="What makes the model, where its file does not say.")
    ] = "",
    progress: Annotated[Literal["auto", "on", "off"], typer.Option(help="auto: a bar on a terminal only.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Explain what MODEL says of every sample of DATA, and store it.

    The same command goes on where it was interrupted; a store that holds another run is refused. Read it with "aition
    show STORE", or in Python by aition.store.open("STORE").explanation().
    """
    asked = targets_of(target, versus)
    chosen = settings_of(settings)
    budget = bytes_of(memory)

    from aition import registry
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
    fits = needs_fit(how)
    if background and not fits and not averaged:
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
    if as_json:
        print_json(described(stored, before) | {"fitted_on": (background or data) if fits else ""})
        return
    sizes = stored.sizes
    print(
        f"{to}: {stored.attrs['explainer']} of {stored.attrs['model']} on {counted(sizes['sample'], 'sample')}"
        f"{extent(sizes, batch.n_feature)}, {stored.attrs['seconds']:.1f} s"
    )
    if averaged:
        print(f"The baseline is the means of {background or data}")
    if fits:
        why = "" if background else ", for no --background is given"
        print(f"Fitted on {counted(len(seen), 'sample')} of {background or data}{why}")
    print(f"{counted(stored.n_shard, 'shard')}, {before or 'none'} of them there before; {megabytes(to)}")
    print(f"Next: aition show {to}")


def warn_of_no_names(path: Path, model: "TorchModel | FunctionModel", samples: "Batch | Folder") -> None:
    """Warn where the features of the data have names, but nobody knows which the model was trained on."""
    from aition.core.batch import Batch
    from aition.core.inputs import Inputs

    named = not isinstance(samples, Batch) or Inputs.of(samples)
    if named and not getattr(model, "inputs", False):
        warnings.warn(
            f"{path} does not say what it was trained on, so nobody can tell whether the data have the features, codes "
            "and units that it reads, in their order; models of fit() and of aition train say it",
            AitionWarning,
            stacklevel=2,
        )


def training_of(data: str) -> str:
    """The training samples that stand beside DATA, as the command line names them: of a split, those of its folder."""
    place, colon, _ = data.rpartition(":")
    return f"{place}:train" if colon else data


def warn_of_nothing(how: Any, model: "TorchModel | FunctionModel", samples: "Batch | Folder", background: str) -> None:
    """Warn where nobody chose the baseline, and 0, the default, is no value that the features ever have.

    Args:
        how: The explainer.
        model: A network on measurements knows how far 0 is from the means of its features.
        samples: Where they say units, their own means tell.
        background: What to take the means of.
    """
    from aition.core.events import is_events
    from aition.impute.baseline import ConstantBaseline

    if getattr(how, "baseline", None) != ConstantBaseline():
        return
    try:
        replace(how, baseline=ConstantBaseline(1.0))
    except InputError:
        return
    some = in_memory(samples, most=MOST)
    far = {} if is_events(some) else distances(model, some)
    if far:
        name = max(far, key=lambda one: far[one])
        warnings.warn(
            f"the baseline is 0 for every feature, which no {name!r} is: it lies {far[name]:.0f} deviations from the "
            f"mean; say --set baseline=background-mean --background {background} (or "
            "baseline=constant-baseline if 0 it is)",
            AitionWarning,
            stacklevel=2,
        )


def distances(model: "TorchModel | FunctionModel", samples: "Batch") -> dict[str, float]:
    """How many deviations 0 lies from the mean, by feature, where it is far from what is measured.

    They are told by the moments that a network on measurements has, or by the samples where these say units.
    """
    from aition.models import MeasuredGRU, moments

    module = getattr(model, "module", None)
    if isinstance(module, MeasuredGRU):
        mean, scale = module.mean.tolist(), module.scale.tolist()
    elif any(samples.units):
        mean, scale = moments(samples)
    else:
        return {}
    far = {
        name: abs(middle) / by for name, middle, by in zip(samples.feature_names, mean, scale, strict=False) if by > 0
    }
    return {name: size for name, size in far.items() if size > FAR}


def averages_in(chosen: dict[str, str], model: "TorchModel | FunctionModel", background: "Batch") -> dict[str, str]:
    """Settings in which ``background-mean`` is the baseline of a background's means.

    Raises:
        InputError: The background has other features than those that the model was trained on.
    """
    from aition.core.inputs import Inputs
    from aition.core.provenance import described_setting
    from aition.impute.baseline import FeatureBaseline

    getattr(model, "inputs", Inputs()).check(background)
    words = json.dumps(described_setting(FeatureBaseline.mean_of(background)))
    return {name: words if word == MEAN else word.replace(f'"{MEAN}"', words) for name, word in chosen.items()}


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
