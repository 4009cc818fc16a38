"""aition distill: a saved model as a wavelet and a small model on what it finds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from aition.cli.explain import loaded
from aition.cli.inputs import in_memory, samples_of
from aition.cli.labelled import check_place, check_spared
from aition.cli.options import AsJson, Bar, Builder, ModelFile, Standardise, Test, Trust, Versus
from aition.cli.printing import counted, print_json
from aition.cli.words import targets_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from aition.core.batch import Batch
    from aition.distill import AdaptiveWavelet, Distilled, FixedWavelet, Student

EXAMPLES = """\
\b
Examples:
  aition distill demand.safetensors italy-power-demand:train --standardise --student logistic --to small.safetensors
  aition distill net.safetensors traces.parquet --target scalar --test others.parquet --to small.safetensors
  aition distill net.safetensors traces.parquet --wavelet db5 --student rules --answer teacher --to rules.safetensors
"""


def distill(
    model: ModelFile,
    data: Annotated[str, typer.Argument(metavar="DATA", help="Samples, as aition explain takes them.")],
    *,
    to: Annotated[Path, typer.Option(metavar="FILE.safetensors", help="Where the small model goes.")],
    test: Test = "",
    target: Annotated[str, typer.Option(metavar="SPEC", help="Which answer, as for aition explain.")] = "predicted",
    versus: Versus = "",
    wavelet: Annotated[
        str, typer.Option(metavar="NAME", help="adaptive: fitted to the model; or one as it is, such as db5.")
    ] = "adaptive",
    student: Annotated[
        Literal["ridge", "logistic", "rules"], typer.Option(help="ridge: values; logistic: classes; rules: either.")
    ] = "ridge",
    answer: Annotated[
        Literal["label", "teacher"], typer.Option(help="What it is fitted to: the labels, or what MODEL says.")
    ] = "label",
    levels: Annotated[int, typer.Option(metavar="N", min=0, help="How often time is halved; 0: what fits.")] = 0,
    signed: Annotated[
        bool, typer.Option("--signed", help="Read the smallest and the largest coefficient, not the largest size.")
    ] = False,
    shifts: Annotated[int, typer.Option(metavar="N", min=1, help="Copies that are read, a step apart.")] = 1,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of the starts of the wavelet's fit.")] = 0,
    standardise: Standardise = False,
    trust: Trust = False,
    builder: Builder = "",
    progress: Bar = "auto",
    as_json: AsJson = False,
) -> None:
    """Distil MODEL into a wavelet and a small model on the largest coefficients of each band, and save it.

    The wavelet is the one that says MODEL's answers in few coefficients. Read the file in Python by
    aition.distill.load_distilled("FILE.safetensors").
    """
    check_place(to)
    check_spared(to, [str(model), data, test])
    asked = targets_of([target], versus)
    if len(asked) != 1:
        raise InputError(f"--target must ask one question, but {target!r} asks {len(asked)}")
    from aition.distill import Bands, distill, save_distilled
    from aition.distill.bands import settled
    from aition.distill.chosen import length_of

    parts = {"fitted": data} | ({"test": test} if test else {})
    seen = {name: in_memory(samples_of(words, standardise=standardise)) for name, words in parts.items()}
    if answer == "label":
        seen = {name: told_apart(batch, parts[name]) for name, batch in seen.items()}
    quantiles = (0.0, 1.0) if signed else (1.0,)
    how = wavelet_of(wavelet, seed=seed)
    bands = Bands(levels=levels, quantiles=quantiles, signed=signed, shifts=shifts)
    if test:
        settled(bands, seen["fitted"], length_of(how)).check(seen["test"])
    found = distill(
        loaded(model, builder=builder, trust=trust),
        seen["fitted"],
        asked[0],
        wavelet=how,
        student=student_of(student, seen["fitted"]),
        bands=bands,
        answer=answer,
        progress=progress,
    )
    save_distilled(found, to)
    figures = {name: figure_of(found, batch) for name, batch in seen.items()}
    if as_json:
        print_json({"file": str(to), "figures": figures, "read": list(found.grid.names), "attrs": dict(found.attrs)})
        return
    print(f"{to}: {found.small.kind}, on {counted(len(found.grid.names), 'size')} of {found.attrs['wavelet']}")
    print(found.describe())
    for name, figure in figures.items():
        print(f"{parts[name]}: {', '.join(f'{one} {value:.3f}' for one, value in figure.items()) or 'no such labels'}")


def wavelet_of(name: str, *, seed: int) -> "AdaptiveWavelet | FixedWavelet":
    """How the wavelet is found."""
    from aition.distill import AdaptiveWavelet, FixedWavelet

    return AdaptiveWavelet(seed=seed) if name == "adaptive" else FixedWavelet(name)


def student_of(name: str, batch: "Batch") -> "Student":
    """The small model's settings; rules are of classes where labels are."""
    from aition.distill import Logistic, Ridge, Rules

    if name == "rules":
        return Rules(classes=not batch.label.is_floating_point())
    return Ridge() if name == "ridge" else Logistic()


def told_apart(batch: "Batch", words: str) -> "Batch":
    """The samples whose label is known.

    Raises:
        InputError: There are none.
    """
    if batch.label.ndim != 1:
        return batch
    rows = known(batch.label).nonzero()[:, 0]
    if not len(rows):
        raise InputError(f"the {counted(len(batch), 'sample')} of {words} have no label; take --answer teacher")
    return batch if len(rows) == len(batch) else batch.take(rows)


def known(label: "Tensor") -> "Tensor":
    """Which labels are known: classes from 0, or finite values."""
    return label.isfinite() if label.is_floating_point() else label >= 0


def figure_of(found: "Distilled", batch: "Batch") -> dict[str, float]:
    """R², or the share of classes; nothing where labels are of another kind than the answers, or unknown."""
    answers = found.predict(batch)
    if batch.label.ndim != 1 or batch.label.is_floating_point() != (answers.ndim == 1):
        return {}
    if not bool(known(batch.label).all()):
        return {}
    return {"R²" if answers.ndim == 1 else "right": found.score(batch)}
