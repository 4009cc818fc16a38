"""aition recommend: which explainer to trust for a saved model and its data, or that none deserves it."""

import re
from collections.abc import Mapping, Sequence
from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.baselines import FITTED, MEAN
from aition.cli.check import made, words_of
from aition.cli.explain import loaded
from aition.cli.faults import NONE
from aition.cli.inputs import in_memory, samples_of
from aition.cli.options import AsJson, Bar, Builder, First, ModelFile, OneTarget, Padding, Standardise, Trust, Versus
from aition.cli.printing import columns, print_json, print_lines
from aition.cli.show import check_file
from aition.cli.words import targets_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.checks import Recommendation, Region

EXAMPLES = """\
\b
Examples:
  aition recommend gru.safetensors vowels.safetensors
  aition recommend gru.safetensors japanese-vowels --standardise --background japanese-vowels:train --minutes 10 \\
      --report recommended.html
  aition recommend gru.safetensors vowels.safetensors --explainer occlusion --explainer saliency \\
      --set occlusion.window=3
  aition recommend gru.safetensors vowels.safetensors --suspect c1 --suspect c3@0..2

\b
How it is decided:
  1  The samples are parted into two halves by chance.
  2  On one half each candidate must pass removal (by the background's means and by its other
     series), randomisation of the weights, and stability: aition check --help says what they ask.
  3  Of those that pass, the one is best whose most important values surely cost most.
  4  It must pass again on the other half. All final figures are of that half.
  Where labels are known, what the model says must have to do with them, or there is nothing
  to explain.

\b
Exit code: 0 if an explainer is recommended, 7 if none is.

"""


def recommend(
    model: ModelFile,
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="Samples that the model was not trained on, as aition explain takes them; with labels, what the model "
            "knows is looked at, too.",
        ),
    ],
    *,
    explainer: Annotated[
        list[str],
        typer.Option(
            metavar="NAME", help="A candidate; may be repeated. Where none is named: a dozen, the quick ones first."
        ),
    ] = [],  # noqa: B006 (only read)
    settings: Annotated[
        list[str],
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of a named candidate: EXPLAINER.NAME=VALUE."),
    ] = [],  # noqa: B006 (only read)
    background: Annotated[
        str,
        typer.Option(
            metavar="DATA",
            help="What is usual, such as the training samples: its means are the baseline, and stand in for what is "
            "removed, as do its series. DATA itself where nothing is said.",
        ),
    ] = "",
    target: OneTarget = "predicted",
    versus: Versus = "",
    suspect: Annotated[
        list[str],
        typer.Option(
            metavar="FEATURE[@STEPS]",
            help="A place on which the model should not lean, such as site or ecg@0..9, to be measured; may be "
            "repeated. Steps count from the first of each sample.",
        ),
    ] = [],  # noqa: B006 (only read)
    minutes: Annotated[
        float, typer.Option(metavar="N", min=0, help="About how long; what does not fit is told.")
    ] = 5.0,
    first: First = 0,
    seed: Annotated[int, typer.Option(metavar="N", help="Of how the samples are parted.")] = 0,
    report: Annotated[str, typer.Option(metavar="FILE", help="Write a report (.html).")] = "",
    plot: Annotated[str, typer.Option(metavar="FILE", help="Draw what the checks found (.png, .svg or .pdf).")] = "",
    padding: Padding = "keep",
    standardise: Standardise = False,
    trust: Trust = False,
    builder: Builder = "",
    progress: Bar = "auto",
    as_json: AsJson = False,
) -> None:
    """Say which explainer to trust for MODEL on DATA, and why; or that none deserves it.

    It then tells what the model leans on: the features and stretches of time that hold the attribution, and whether a
    fixed place holds far more than its size, as a shortcut would.
    """
    check_file(plot, "--plot", (".png", ".svg", ".pdf"))
    check_file(report, "--report", (".html",))
    if not minutes > 0:
        raise InputError(f"--minutes must be above 0, but is {minutes:g}")
    asked = targets_of([target], versus)
    if len(asked) > 1:
        raise InputError(f"--target must ask one question, but {target!r} asks {len(asked)}")
    if settings and not explainer:
        raise InputError("--set is for candidates that are named; name them by --explainer")
    suspects = [region_of(word) for word in suspect]
    words = words_of(explainer, settings) if explainer else {}

    from aition.checks import candidates_for, recommendation_json
    from aition.checks import recommend as recommended
    from aition.impute.baseline import FeatureBaseline

    batch = in_memory(samples_of(data, standardise=standardise), most=first)
    around = in_memory(samples_of(background, standardise=standardise), most=FITTED) if background else batch
    what = loaded(model, builder=builder, trust=trust)
    usual = candidates_for(what, around)
    explainers = {
        name: usual[name] if name in usual and not chosen else made(name, chosen, what, around)
        for name, chosen in words.items()
    } or usual
    found = recommended(
        what,
        batch,
        asked[0],
        background=around,
        explainers=explainers,
        seconds=60 * minutes,
        suspects=suspects,
        seed=seed,
        padding=padding,
        progress=progress,
    )
    switches = {"--standardise": standardise, "--trust": trust}
    given = {"--target": "" if target == "predicted" else target, "--versus": versus, "--builder": builder}
    given |= {"--padding": "" if padding == "keep" else padding}
    more = [name for name, on in switches.items() if on]
    more += [f"{name} {quote(word)}" for name, word in given.items() if word]
    own = dict(words.get(found.candidates[0].explainer, {}))
    if isinstance(getattr(explainers.get(found.chosen), "baseline", None), FeatureBaseline):
        own["baseline"] = MEAN
    command = next_step(found, str(model), data, background, more=more, settings=own)
    files = [drawn(found, plot)] if plot else []
    files += [written(found, report, model=model.name, data=data, command=command)] if report else []
    if as_json:
        print_json({**recommendation_json(found), "next": command, "files": files})
    else:
        print_lines(lines_of(found))
        print_lines(f"Wrote {file}" for file in files)
        print(f"Next: {command}")
    if not found.chosen:
        raise typer.Exit(NONE)


def region_of(word: str) -> "Region":
    """A region as the command line writes it.

    Raises:
        InputError: It is not understood.

    >>> str(region_of("ecg@0..9")), str(region_of("ecg@3")), str(region_of("site"))
    ('ecg at steps 0 to 9', 'ecg at step 3', 'site')
    """
    from aition.checks import Region

    name, at, steps = word.rpartition("@")
    span = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", steps)
    if not at and word:
        return Region(word)
    if not span or not name:
        raise InputError(f"--suspect must be FEATURE or FEATURE@STEPS, such as ecg@0..9, but is {word!r}")
    return Region(name, int(span[1]), int(span[2] or span[1]))


def lines_of(found: "Recommendation") -> list[str]:
    """What was found, for people: the verdict first."""
    rows = [["", "explainer", "gain", "stands", *CHECKED]]
    for place, one in enumerate(found.candidates, start=1):
        gain = f"{one.gain:.3f}" if one.gain == one.gain else ""
        marks = {verdict.check: verdict.finding for verdict in one.verdicts}
        rows.append(
            [str(place), one.explainer, gain, one.standing, *(sign(marks, names) for names in CHECKED.values())]
        )
    lines = [found.words, "", *columns(rows, n_head=1), GAIN, ""]
    others = [one for one in found.candidates if one.standing in ("failed", "open", "refused", "no time")]
    if others:
        lines += ["Why not the others:", *(f"  {one.explainer} ({one.standing}): {one.why}" for one in others), ""]
    lines += [f"The model: {found.model.words}", ""]
    if found.final:
        lines += [f"On {found.n_final} samples that had no part in the choice:"]
        lines += [f"  {one.check} — {one.words}" for one in found.final] + [""]
    return lines + leaning_lines(found)


CHECKED = {
    "removal": ("removal",),
    "randomisation": ("fresh weights", "networks that never saw the data"),
    "noise": ("stability under noise",),
    "seeds": ("stability over seeds of the explainer",),
    "agreement": ("agreement with others",),
}
GAIN = "gain: what the most important fifth of the values costs beyond random ones, at least (lower end, 95 %)"
SIGNS = {"passed": "passed", "alarm": "ALARM", "not measured": "-"}


def sign(marks: dict[str, Any], names: tuple[str, ...]) -> str:
    """What a check found, in a cell of the table."""
    finding = next((str(marks[name]) for name in names if name in marks), "")
    return SIGNS.get(finding, "open" if finding else "")


def leaning_lines(found: "Recommendation") -> list[str]:
    """What the model leans on."""
    leaning = found.leaning
    if not leaning.features:
        untold = "Which features and times count is not told, for no explainer can be believed about it."
        return [untold, *(one.words for one in leaning.raised), ""]
    from aition.checks.curve import spread

    top = (*leaning.features[:5], *most(leaning.stretches))
    lines = [f"What the model leans on, by {found.candidates[0].explainer} (share of the attribution; of the cells):"]
    rows = [["part", "share", "cells"], *([one.name, spread(one.share), f"{one.size:.2f}"] for one in top)]
    lines += columns(rows, n_head=1)
    said = [one.words for one in leaning.raised]
    return [*lines, *(said or ["No fixed place holds far more than its size."]), ""]


def most(stretches: Any) -> list[Any]:
    """The three stretches of time that hold most."""
    return sorted(stretches, key=lambda one: -one.share.mean)[:3]


def next_step(
    found: "Recommendation",
    model: str,
    data: str,
    background: str,
    *,
    more: Sequence[str] = (),
    settings: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The command that explains, or that looks closer where none is recommended.

    Args:
        found: What was found.
        model: A file.
        data: As the command line names it.
        background: Likewise; empty for none.
        more: Options that were given.
        settings: Of the explainer that the command names, as they were given.
    """
    where = " ".join([quote(model), quote(data), *more])
    means = [f"--background {quote(background or data)}"] if MEAN in settings.values() else []
    if not found.chosen:
        near = found.candidates[0].explainer
        own = [f"--set {quote(f'{near}.{name}={value}')}" for name, value in settings.items()]
        around = [f"--background {quote(background)}"] if background else means
        return " ".join(["aition check", where, "--explainer", near, *own, *around])
    own = [f"--set {quote(f'{name}={value}')}" for name, value in settings.items()]
    return " ".join(
        ["aition explain", where, "--explainer", found.chosen, *own, *means, "--to", f"runs/{found.chosen}"]
    )


def drawn(found: "Recommendation", file: str) -> str:
    """Write a picture of what the checks found of each candidate."""
    from aition.view.plots import plot_checks

    verdicts = {one.explainer: one.verdicts for one in found.candidates if one.verdicts}
    if not verdicts:
        raise InputError("there is nothing to draw, for no candidate was checked; give it more --minutes")
    plot_checks(verdicts).savefig(file, dpi=150)
    return file


def written(found: "Recommendation", file: str, *, model: str, data: str, command: str) -> str:
    """Write the report."""
    from aition.view.report import recommendation_report, write

    write(recommendation_report(found, model=model, data=data, command=command), file)
    return file
