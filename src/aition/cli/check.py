"""aition check: can the explanations of a saved model be believed?"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.baselines import FITTED, MEAN, averages_in, with_imputers
from aition.cli.explain import loaded
from aition.cli.faults import NOT_PASSED
from aition.cli.inputs import in_memory, samples_of
from aition.cli.options import AsJson, Bar, Builder, First, ModelFile, OneTarget, Padding, Standardise, Trust, Versus
from aition.cli.printing import counted, print_json, print_lines
from aition.cli.show import check_file
from aition.cli.words import settings_of, targets_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.checks import Checked
    from aition.checks.parts import Check
    from aition.core.batch import Batch
    from aition.core.model import FunctionModel, TorchModel

EXAMPLES = """\
\b
Examples:
  aition check gru.safetensors vowels.safetensors
  aition check gru.safetensors japanese-vowels --standardise --background japanese-vowels:train \\
      --explainer integrated-gradients --explainer occlusion --set occlusion.window=3 --plot checks.png
  aition check gru.safetensors vowels.safetensors --explainer extremal-mask --check stability --seeds 5
  aition check gru.safetensors vowels.safetensors --explainer saliency --within 20 --json

\b
Checks:
  removal        does the model miss what was called important more than as many random values,
                 be the background's means or other series in their place?
  randomisation  does the map change when the network forgets all it has learned? One that follows
                 the values alone does not.
  stability      does the map stay as it is under noise of 2 % of each feature's deviation, and
                 when an explainer that draws draws with another seed?
  agreement      does at least one of the other explainers rank the values alike?
Only where they are named, for they train networks on --background, which must be labelled samples:
  labels         does the map differ from those of networks that learned permuted labels?
  retraining     do networks that are trained anew miss the most important values more than random ones?

\b
Exit code: 0 if all that was measured has passed, 6 if something has not or nothing was measured.

"""


def check(
    model: ModelFile,
    data: Annotated[str, typer.Argument(metavar="DATA", help="Samples, as aition explain takes them.")],
    *,
    explainer: Annotated[
        list[str], typer.Option(metavar="NAME", help="See aition explainers; may be repeated, to be compared.")
    ] = ["integrated-gradients"],  # noqa: B006 (only read)
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting; of several explainers: EXPLAINER.NAME=VALUE.",
        ),
    ] = [],  # noqa: B006 (only read)
    checks: Annotated[
        list[str],
        typer.Option(
            "--check",
            metavar="NAME",
            help="One of the checks below, or several with commas; the first four where none is named.",
        ),
    ] = [],  # noqa: B006 (only read)
    background: Annotated[
        str,
        typer.Option(
            metavar="DATA",
            help="What is usual: its means and its series stand in for what is removed, and explainers that have to be "
            "fitted are fitted on it; labels and retraining train networks on it. DATA itself where nothing is said.",
        ),
    ] = "",
    target: OneTarget = "predicted",
    versus: Versus = "",
    first: First = 60,
    models: Annotated[int, typer.Option(metavar="N", min=2, help="Networks with fresh weights.")] = 4,
    seeds: Annotated[
        int, typer.Option(metavar="N", min=2, help="Seeds of an explainer that draws, and of retraining.")
    ] = 3,
    epochs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Passes over --background by each network that is trained anew.")
    ] = 10,
    within: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="The short form, in about so many seconds beside those of training: 40 samples, 3 networks with fresh "
            "weights and 2 seeds, whatever --models and --seeds say; 0: in full.",
        ),
    ] = 0.0,
    plot: Annotated[str, typer.Option(metavar="FILE", help="Draw the findings (.png, .svg or .pdf).")] = "",
    padding: Padding = "keep",
    standardise: Standardise = False,
    trust: Trust = False,
    builder: Builder = "",
    progress: Bar = "auto",
    as_json: AsJson = False,
) -> None:
    """Check explanations of MODEL on DATA: can what the explainers say be believed, and by what was it judged?

    No check alone makes an explanation right: one that follows the sizes of the values can pass removal, and one that
    is the same for every sample is stable. Read them together.
    """
    check_file(plot, "--plot", (".png", ".svg", ".pdf"))
    asked = targets_of([target], versus)
    if len(asked) > 1:
        raise InputError(f"--target must ask one question, but {target!r} asks {len(asked)}")
    wanted = checks_of(checks)
    if not background and (trained := [one for one in wanted if one in ("labels", "retraining")]):
        raise InputError(f"--check {trained[0]} trains networks: --background must name labelled samples, but is empty")
    words = words_of(explainer, settings)

    from aition.checks import Effort, run_checks
    from aition.checks.parts import SHORT

    batch = in_memory(samples_of(data, standardise=standardise), most=first)
    around = in_memory(samples_of(background, standardise=standardise), most=FITTED) if background else batch
    what = loaded(model, builder=builder, trust=trust)
    explainers = {name: made(name, chosen, what, around) for name, chosen in words.items()}
    rows = run_checks(
        explainers,
        what,
        batch,
        asked[0],
        around,
        checks=wanted,
        effort=replace(SHORT if within else Effort(n_model=models, seeds=tuple(range(seeds))), epochs=epochs),
        budget=within or math.inf,
        padding=padding,
        progress=progress,
    )
    files = [drawn(rows, plot)] if plot else []
    measured = [one.verdict.finding for one in rows if one.verdict.finding != "not measured"]
    passed = bool(measured) and set(measured) == {"passed"}
    if as_json:
        print_json({"samples": len(batch), "passed": passed, "checks": told(rows), "files": files})
    else:
        print_lines(lines_of(rows))
        print_lines(f"Wrote {file}" for file in files)
        n_passed = measured.count("passed")
        print(f"{n_passed} of {counted(len(measured), 'check')} passed on {counted(len(batch), 'sample')}")
    if not passed:
        raise typer.Exit(NOT_PASSED)


def checks_of(words: Sequence[str]) -> "tuple[Check, ...]":
    """The checks that are asked for; those that train nothing where none is.

    Raises:
        InputError: There is no such check.
    """
    from aition.checks.parts import CHECKS, EVERY

    named = [one.strip() for word in words for one in word.split(",")]
    if unknown := [one for one in named if one not in EVERY]:
        raise InputError(f"--check must be of {', '.join(EVERY)}, but is {unknown[0]!r}")
    return tuple(one for one in EVERY if one in named) if named else CHECKS


def words_of(explainers: Sequence[str], settings: Sequence[str]) -> dict[str, dict[str, str]]:
    """The settings of each explainer, as words.

    Raises:
        InputError: An explainer is named twice, or it is open whose a setting is.

    >>> words_of(["occlusion", "saliency"], ["occlusion.window=3"])
    {'occlusion': {'window': '3'}, 'saliency': {}}
    """
    if twice := [name for name in explainers if list(explainers).count(name) > 1]:
        raise InputError(f"--explainer must name each explainer once, but names {twice[0]!r} twice")
    chosen: dict[str, list[str]] = {name: [] for name in explainers}
    for word in settings:
        owner, dot, rest = word.partition("=")[0].partition(".")
        if dot and owner in chosen:
            chosen[owner].append(word.removeprefix(f"{owner}."))
        elif len(explainers) == 1 and not dot:
            chosen[explainers[0]].append(word)
        else:
            raise InputError(
                f"--set must say whose setting it is, such as {explainers[0]}.{rest or owner}=…, but is {word!r}"
            )
    return {name: settings_of(several) for name, several in chosen.items()}


def made(name: str, chosen: dict[str, str], model: "TorchModel | FunctionModel", background: "Batch") -> Any:
    """An explainer by name, with what it takes of the background."""
    from aition import registry
    from aition.impute.unfitted import needs_background

    if any(MEAN in word for word in chosen.values()):
        chosen = averages_in(chosen, model, background)
    how = registry.explainer(name, chosen)
    return with_imputers(how, model, background) if needs_background(how) else how


def told(rows: "Sequence[Checked]") -> list[dict[str, Any]]:
    """Rows for programs: what --check asked for, and what the verdict is called."""
    from aition.checks import as_json

    return [
        {"explainer": one.explainer, "asked": one.check, **as_json(one.verdict), "seconds": one.seconds} for one in rows
    ]


def lines_of(rows: "Sequence[Checked]") -> list[str]:
    """Rows for people, those of an explainer below its name."""
    names = dict.fromkeys(one.explainer for one in rows)
    return [
        line
        for name in names
        for line in (name, *(f"  {one.verdict.check} — {one.verdict.words}" for one in rows if one.explainer == name))
    ]


def drawn(rows: "Sequence[Checked]", file: str) -> str:
    """Write a picture of the findings."""
    from aition.view.plots import plot_checks

    names = dict.fromkeys(one.explainer for one in rows)
    verdicts = {name: [one.verdict for one in rows if one.explainer == name] for name in names}
    plot_checks(verdicts).savefig(Path(file), dpi=150)
    return file
