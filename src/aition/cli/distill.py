"""aition distill: a saved model as a wavelet and a small model on what it finds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from aition.cli.explain import loaded
from aition.cli.inputs import in_memory, samples_of
from aition.cli.labelled import check_place
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
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file of save_model; others need --trust.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="Samples, as aition explain takes them.")],
    *,
    to: Annotated[Path, typer.Option(metavar="FILE.safetensors", help="Where the small model goes.")],
    test: Annotated[str, typer.Option(metavar="DATA", help="Samples to judge it on that it was not fitted to.")] = "",
    target: Annotated[str, typer.Option(metavar="SPEC", help="Which answer, as for aition explain.")] = "predicted",
    versus: Annotated[str, typer.Option(metavar="SPEC", help="The output that is subtracted.")] = "",
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
    standardise: Annotated[
        bool, typer.Option("--standardise", help="Data sets by name: values in deviations from the training mean.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Load a file that can run code (.pt, .pt2, a pickle).")
    ] = False,
    builder: Annotated[
        str, typer.Option(metavar="MODULE:FUNCTION", help="What makes the model, where its file does not say.")
    ] = "",
    progress: Annotated[Literal["auto", "on", "off"], typer.Option(help="auto: a bar on a terminal only.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Distil MODEL into a wavelet and a small model on the largest coefficients of each band, and save it.

    The wavelet is the one that says MODEL's answers in few coefficients. Read the file in Python by
    aition.distill.load_distilled("FILE.safetensors").
    """
    check_place(to)
    check_spared(to, model, [data, test] if test else [data])
    asked = targets_of([target], versus)
    if len(asked) != 1:
        raise InputError(f"--target must ask one question, but {target!r} asks {len(asked)}")
    from aition.distill import Bands, distill, save_distilled

    parts = {"fitted": data} | ({"test": test} if test else {})
    seen = {name: in_memory(samples_of(words, standardise=standardise)) for name, words in parts.items()}
    if answer == "label":
        seen = {name: told_apart(batch, parts[name]) for name, batch in seen.items()}
    quantiles = (0.0, 1.0) if signed else (1.0,)
    found = distill(
        loaded(model, builder=builder, trust=trust),
        seen["fitted"],
        asked[0],
        wavelet=wavelet_of(wavelet, seed=seed),
        student=student_of(student, seen["fitted"]),
        bands=Bands(levels=levels, quantiles=quantiles, signed=signed, shifts=shifts),
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


def check_spared(to: Path, model: Path, data: list[str]) -> None:
    """Raise where the file would be written over what is read.

    Raises:
        InputError: It is the model, a file of samples, or one that lies in a folder of samples.
    """
    from aition.data.folder import is_folder

    if not to.exists():
        return
    for words in (str(model), *data):
        whole = Path(words)
        folder = whole if is_folder(whole) else Path(words.rpartition(":")[0] or words)
        if whole.exists() and to.samefile(whole):
            raise InputError(f"--to must be another file than {words}, which is read; take another name")
        if is_folder(folder) and to.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"--to must be another file than those of {folder}, which are read; take another place")


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
