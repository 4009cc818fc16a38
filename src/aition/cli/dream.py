"""aition dream: series that a saved model would answer most, and how real they look."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.explain import loaded
from aition.cli.inputs import in_memory, samples_of
from aition.cli.options import AsJson, Bar, Builder, ModelFile, Picture, Standardise, Trust
from aition.cli.printing import counted, print_json, print_lines
from aition.cli.show import check_file
from aition.cli.show_dreams import check_picture, draw_to, report_on, strange_labels, verdict_json, verdicts
from aition.cli.wishes import Wished, objectives_of, places_of
from aition.core.errors import AitionError, InputError, ModelError, RefusalError, TargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aition.core.batch import Batch
    from aition.core.explanation import Explanation
    from aition.dream import DreamVerdict, Recipe

AUTO = ("calibrated", "maco", "delta", "lucid", "plain")
"""What --preset auto runs, in the order in which one that holds is taken."""
AUTO_OF_WORDS = ("words", "calibrated", "lucid", "plain")
"""The same of models of token ids."""
SHOWN = 3
"""Dreams of each objective whose words are printed."""
BELIEVABLE = "believable"
EXAMPLES = """\
\b
Examples:
  aition dream gun.safetensors gun-point:train --to runs/dreams --plot dreams.png
  aition dream gun.safetensors gun-point:train --class 1 --border 0,1 --draws 4 --to runs/border
  aition dream gun.safetensors gun-point:train --unseen gun-point:test --rivals --to runs/rivals
  aition dream gun.safetensors gun-point:train --other gun-1.safetensors --other gun-2.safetensors --to runs/seen
  aition dream gun.safetensors gun-point:train --preset auto --to runs/best --report dreams.html
  aition dream net.safetensors traces.parquet --layer layers.0 --channel 3 --to runs/channel
  aition dream gun.safetensors gun-point:test --class 1 --from 12 --to runs/changed
  aition dream load.safetensors load.parquet --target horizon=23 --less --to runs/less
  aition dream tagger.safetensors series.parquet --class 1 --at time=last --to runs/last
  aition dream reader.safetensors reviews.safetensors --preset words --to runs/words
\b
What MODEL answers decides what can be dreamed of:
  a class                 --class, --border; all classes of the labels where nothing is named
  a class at each step    the same, with the step: --at time=last, --at time=7
  a forecast or a value   --target horizon=3, --target horizon=3,quantile=2, --target scalar; upward, or --less
  anything                --layer, --channel: what is inside the network
\b
What MODEL reads decides how: token ids by words, which exchanges words of real sentences, or by any other, of which the
nearest real words are printed with what these reach; series by any other, of which each is tried by itself:
  calibrated, autoencoder made of what real series are made of, to a level that these reach
  delta                   a real series of another class, and a sparse change of it
  maco, maco-mean         phases under the magnitudes of a real series, or of their mean
  lucid, sequence-dreaming-style, sequence-dreaming-style-ema, plain   as much as can be, with and without regularisers
"""


def dream(
    model: ModelFile,
    data: Annotated[str, typer.Argument(metavar="DATA", help="Real series, as aition explain takes them.")],
    *,
    to: Annotated[Path, typer.Option(metavar="STORE", help="The directory of the run.")],
    classes: Annotated[
        list[int],
        typer.Option("--class", metavar="C", min=0, help="A class; may be repeated; all where none is named."),
    ] = [],  # noqa: B006 (only read)
    border: Annotated[
        list[str], typer.Option(metavar="A,B", help="Classes between which the model is torn; may be repeated.")
    ] = [],  # noqa: B006 (only read)
    at: Annotated[
        str, typer.Option(metavar="AXIS=CHOICE", help="Where classes stand along another axis, such as time=last.")
    ] = "",
    target: Annotated[
        list[str],
        typer.Option(metavar="OUTPUT", help="An output, such as horizon=3 of a forecast; may be repeated."),
    ] = [],  # noqa: B006 (only read)
    less: Annotated[
        bool, typer.Option("--less", help="Outputs are to become small; what is reached is then minus the output.")
    ] = False,
    layer: Annotated[str, typer.Option(metavar="NAME", help="A layer of the network, in place of classes.")] = "",
    channel: Annotated[int, typer.Option(metavar="N", help="One of its channels; -1: all of it.")] = -1,
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="How dreams are made; auto: several, and the best that holds. Default: calibrated; delta with --from.",
        ),
    ] = "",
    beginning: Annotated[
        list[str],
        typer.Option(
            "--from",
            metavar="SERIES",
            help="Dream from this series, by its number from 0 or its id in DATA, or from other data; may be repeated.",
        ),
    ] = [],  # noqa: B006 (only read)
    draws: Annotated[int, typer.Option(metavar="N", min=1, help="Dreams of each.")] = 8,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps of the optimiser.")] = 200,
    quantile: Annotated[
        float,
        typer.Option(metavar="Q", min=0.0, max=1.0, help="Of what real series reach: where calibrated dreams go."),
    ] = 0.95,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of all chance.")] = 0,
    first: Annotated[int, typer.Option(metavar="N", min=0, help="Only the first N real series; 0: all.")] = 0,
    unseen: Annotated[
        str, typer.Option(metavar="DATA", help="Real series that only those who judge realism see, such as a test set.")
    ] = "",
    other: Annotated[
        list[Path],
        typer.Option(metavar="MODEL", help="Another model of the same classes: does it see them too? May be repeated."),
    ] = [],  # noqa: B006 (only read)
    with_rivals: Annotated[
        bool,
        typer.Option(
            "--rivals", help="Beside: the nearest real series, mixtures of real ones, dreams of fresh weights."
        ),
    ] = False,
    plot: Annotated[str, typer.Option(metavar="FILE", help="Draw the dreams (.png, .svg or .pdf).")] = "",
    picture: Picture = "gallery",
    report: Annotated[
        str, typer.Option(metavar="FILE", help="Write a report with every picture and all presets tried (.html).")
    ] = "",
    standardise: Standardise = False,
    trust: Trust = False,
    builder: Builder = "",
    progress: Bar = "auto",
    as_json: AsJson = False,
) -> None:
    """Dream series that drive MODEL to a class, a border or a layer, and say how real they look beside DATA.

    Every figure is held against DATA: what its series reach, how strange a real series may be, and how far two real
    ones are apart. See the dreams in the browser: aition serve STORE.
    """
    from aition.dream import dream as dream_of
    from aition.dream import rivals
    from aition.dream.dream import known_before
    from aition.store import check_takes, keep

    check_file(plot, "--plot", (".png", ".svg", ".pdf"))
    check_picture(picture, plot)
    check_file(report, "--report", (".html",))
    real = in_memory(samples_of(data, standardise=standardise), most=first)
    what = loaded(model, builder=builder, trust=trust)
    words = Wished(classes, border, at=at, target=target, less=less, layer=layer, channel=channel)
    wanted = objectives_of(words, real)
    preset = preset or ("delta" if beginning else "calibrated")
    check_preset(preset)
    places = places_of(beginning, real, standardise=standardise) if beginning else None
    auto = AUTO_OF_WORDS if getattr(what, "embedding", "") else AUTO
    names = auto if preset == "auto" else (preset,)
    recipes = {name: recipe_of(name, steps=steps, quantile=quantile, seed=seed) for name in names}
    runs = [known_before(what, wanted, recipe=one, draws=draws) for one in recipes.values()]
    check_takes(to, runs, data_sha256=real.digest())
    fresh = in_memory(samples_of(unseen, standardise=standardise), most=0) if unseen else None
    others = [loaded(one, builder=builder, trust=trust) for one in other]
    same: Any = {"draws": draws, "places": places, "unseen": fresh, "others": others, "progress": progress}
    tried, refused = tried_of(recipes, partial(dream_of, what, real, wanted, **same), at=at)
    found = {name: verdicts(one) for name, one in tried.items()}
    taken = best_of(found)
    stored = keep(tried[taken], to)
    beside = rivals(what, real, wanted, recipe=recipes[taken], **same) if with_rivals else {}
    found |= {name: verdicts(one) for name, one in beside.items()}
    order = {name: tried[name] for name in (taken, *tried)} | beside
    files = [draw_to(plot, order, picture=picture, class_names=real.class_names)] if plot else []
    files += [report_on(report, order, store=str(to), class_names=real.class_names)] if report else []
    if as_json:
        said = {name: [verdict_json(one) for one in several] for name, several in found.items()}
        told = {"store": str(to), "sha256": stored.digest(), "preset": taken, "figures": said, "files": files}
        told |= {
            "asked": strange_labels(tried[taken]),
            "refused": {name: str(error) for name, error in refused.items()},
        }
        print_json(told)
        return
    for name, several in found.items():
        print_figures(name, several, judged=name not in beside)
    print_lines(f"{name}: left out, for {error}" for name, error in refused.items())
    print_words(tried[taken], real)
    print_lines(filter(None, [strange_labels(tried[taken])]))
    print(f"{to}: {counted(stored.sizes['draw'], 'dream')} by {taken}, {stored.attrs['seconds']:.1f} s")
    for one in found[taken]:
        print(f"  {one.figures.wish}: {one.finding}. {one.words}")
    print_lines(f"Wrote {file}" for file in files)
    print(f"Next: aition serve {to}")


def check_preset(name: str) -> None:
    """Raise unless there is a preset of this name.

    Raises:
        InputError: There is none.
    """
    from aition.dream import PRESETS

    if name not in ("auto", *PRESETS):
        raise InputError(f"--preset must be one of auto, {', '.join(PRESETS)}, but is {name!r}")


def tried_of(
    recipes: "Mapping[str, Recipe]", make: "Callable[..., Explanation]", *, at: str
) -> "tuple[dict[str, Explanation], dict[str, AitionError]]":
    """Dreams by every recipe, and why some were refused where others were not.

    Args:
        recipes: By name.
        make: Dreams by a ``recipe``.
        at: What --at says; empty where it says nothing.

    Raises:
        AitionError: All are refused: the first error.
        TargetError: The outputs have further axes, and nothing says where a class stands along them.
    """
    tried: dict[str, Explanation] = {}
    refused: dict[str, AitionError] = {}
    for name, recipe in recipes.items():
        try:
            tried[name] = make(recipe=recipe)
        except TargetError as error:
            further = "" if at else "; where a class stands along other axes says --at, such as --at time=last"
            raise TargetError(f"{error}{further}") from error
        except (InputError, ModelError, RefusalError) as error:
            refused[name] = error
    if not tried:
        raise next(iter(refused.values()))
    return tried, refused


def recipe_of(name: str, *, steps: int, quantile: float, seed: int) -> "Recipe":
    """A preset with what was said on the command line."""
    from dataclasses import replace

    from aition.dream import Level
    from aition.dream import preset as preset_of

    recipe = preset_of(name, steps=steps, seed=seed)
    if isinstance(recipe.aim, Level):
        recipe = replace(recipe, aim=replace(recipe.aim, quantile=quantile))
    return recipe


def best_of(found: "dict[str, tuple[DreamVerdict, ...]]") -> str:
    """The first preset of which most objectives are believable; of equals, that of which most dreams are sound."""
    return max(found, key=lambda name: (sum(one.finding == BELIEVABLE for one in found[name]), sound_in(found[name])))


def sound_in(several: "tuple[DreamVerdict, ...]") -> float:
    """The share of dreams that hold in every respect, in the mean over objectives."""
    return sum(one.sound for one in several) / max(1, len(several))


def print_figures(name: str, several: "tuple[DreamVerdict, ...]", *, judged: bool = True) -> None:
    """A table of what became of the dreams of one preset, or of a rival, on which no verdict is given."""
    heads = ("reached", "aim", "real most", "hit", "look real", "real ones", "diversity", "copies")
    print(f"{name if judged else f'rival: {name}':<24} " + " ".join(f"{one:>9}" for one in heads))
    for verdict in several:
        one = verdict.figures
        part = f"{100 * verdict.sound:.0f} % hold"
        sign = {BELIEVABLE: "holds", f"{BELIEVABLE} in part": part, "not judged": "not judged"}.get(
            verdict.finding, "fails"
        )
        numbers = (one.reached, one.wanted, one.real_most, one.hit)
        rest = (one.look_real, one.real_look_real, one.diversity, one.copies)
        print(f"  {one.wish[:22]:<22} " + " ".join(map(number, numbers + rest)) + f"  {sign}" * judged)


def print_words(dreams: "Explanation", real: "Batch") -> None:
    """The words of some dreams of each objective, of a model of token ids whose names are known."""
    from aition.dream import sentences_of

    names = next((part.names for part in real.fields.values() if part.role == "ids" and part.names), ())
    if not names or "word" not in dreams:
        return
    rows, sentences = dreams["target_wish"].values.tolist(), sentences_of(dreams, names)
    for row, sentence in enumerate(sentences):
        if rows[:row].count(rows[row]) < SHOWN:
            said = float(dreams["word_margin"].values[row])
            print(f"{dreams['draw'].values[row]!s} ({said:.3g} by these words): {sentence}")


def number(value: float) -> str:
    """A number, or a dash where it is not known."""
    return f"{'–':>9}" if value != value else f"{value:>9.3g}"
