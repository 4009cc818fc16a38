"""aition dream: series that a saved model would answer most, and how real they look."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.explain import loaded
from aition.cli.inputs import in_memory, samples_of
from aition.cli.options import AsJson, Bar, Builder, ModelFile, Picture, Standardise, Trust
from aition.cli.printing import counted, print_json, print_lines
from aition.cli.show import check_file
from aition.cli.show_dreams import draw_to, report_on, verdicts
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.explanation import Explanation
    from aition.dream import DreamFigures, Objective, Recipe

AUTO = ("calibrated", "maco", "delta", "lucid", "plain")
"""What --preset auto runs, in the order in which one that holds is taken."""
EXAMPLES = """\
\b
Examples:
  aition dream gun.safetensors gun-point:train --to runs/dreams --plot dreams.png
  aition dream gun.safetensors gun-point:train --class 1 --border 0,1 --draws 4 --to runs/border
  aition dream gun.safetensors gun-point:train --preset auto --to runs/best --report dreams.html
  aition dream net.safetensors traces.parquet --layer layers.0 --channel 3 --to runs/channel
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
    layer: Annotated[str, typer.Option(metavar="NAME", help="A layer of the network, in place of classes.")] = "",
    channel: Annotated[int, typer.Option(metavar="N", help="One of its channels; -1: all of it.")] = -1,
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="How dreams are made; auto: several, and the best that holds.")
    ] = "calibrated",
    draws: Annotated[int, typer.Option(metavar="N", min=1, help="Dreams of each.")] = 8,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps of the optimiser.")] = 200,
    quantile: Annotated[
        float,
        typer.Option(metavar="Q", min=0.0, max=1.0, help="Of what real series reach: where calibrated dreams go."),
    ] = 0.95,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of all chance.")] = 0,
    first: Annotated[int, typer.Option(metavar="N", min=0, help="Only the first N real series; 0: all.")] = 0,
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
    from aition.dream import figures_of
    from aition.store import keep

    check_file(plot, "--plot", (".png", ".svg", ".pdf"))
    check_file(report, "--report", (".html",))
    real = in_memory(samples_of(data, standardise=standardise), most=first)
    what = loaded(model, builder=builder, trust=trust)
    wanted = objectives_of(what, real, classes, border, layer=layer, channel=channel)
    names = AUTO if preset == "auto" else (preset,)
    recipes = {name: recipe_of(name, steps=steps, quantile=quantile, seed=seed) for name in names}
    tried = {name: dreamed(what, real, wanted, one, draws=draws, progress=progress) for name, one in recipes.items()}
    figures = {name: figures_of(one) for name, one in tried.items()}
    taken = best_of(figures)
    stored = keep(tried[taken], to)
    order = {name: tried[name] for name in (taken, *names)}
    files = [draw_to(plot, order, picture=picture, class_names=real.class_names)] if plot else []
    files += [report_on(report, order, store=str(to), class_names=real.class_names)] if report else []
    if as_json:
        said = {name: [asdict(one) | {"held": one.held} for one in several] for name, several in figures.items()}
        print_json({"store": str(to), "sha256": stored.digest(), "preset": taken, "figures": said, "files": files})
        return
    for name, several in figures.items():
        print_figures(name, several)
    print(f"{to}: {counted(stored.sizes['draw'], 'dream')} by {taken}, {stored.attrs['seconds']:.1f} s")
    for one in verdicts(tried[taken]):
        print(f"  {one.figures.wish}: {one.finding}. {one.words}")
    print_lines(f"Wrote {file}" for file in files)
    print(f"Next: aition serve {to}")


def objectives_of(
    model: Any, real: "Batch", classes: list[int], border: list[str], *, layer: str, channel: int
) -> "tuple[Objective, ...]":
    """What is dreamed of: what is named, or every class of the labels.

    Raises:
        InputError: Words that are no classes; a channel without a layer; nothing is named, and labels are no classes.
    """
    from aition.dream import Border, Channel, Layer, Margin

    if channel >= 0 and not layer:
        raise InputError("--channel is one of a layer; name it: --layer NAME")
    found: list[Objective] = [Margin(one) for one in classes] + [Border(pair_of(words)) for words in border]
    if layer:
        found.append(Channel(layer, channel) if channel >= 0 else Layer(layer))
    if not found:
        if real.label.ndim != 1 or real.label.is_floating_point() or not bool((real.label >= 0).any()):
            raise InputError("DATA has no classes as labels; say what to dream of: --class, --border or --layer")
        found = [Margin(one) for one in sorted(set(real.label[real.label >= 0].tolist()))]
    return tuple(found)


def pair_of(words: str) -> tuple[int, ...]:
    """Classes with commas between them."""
    parts = [one.strip() for one in words.split(",")]
    if len(parts) < 2 or not all(one.isdigit() for one in parts):
        raise InputError(f"--border must be classes with commas between them, such as 0,1, but is {words!r}")
    return tuple(int(one) for one in parts)


def recipe_of(name: str, *, steps: int, quantile: float, seed: int) -> "Recipe":
    """A preset with what was said on the command line."""
    from dataclasses import replace

    from aition.dream import Level
    from aition.dream import preset as preset_of

    recipe = preset_of(name, steps=steps, seed=seed)
    if isinstance(recipe.aim, Level):
        recipe = replace(recipe, aim=replace(recipe.aim, quantile=quantile))
    return recipe


def dreamed(
    model: Any, real: "Batch", wanted: "tuple[Objective, ...]", recipe: "Recipe", *, draws: int, progress: Any
) -> "Explanation":
    """The dreams of one recipe."""
    from aition.dream import dream as dream_of

    return dream_of(model, real, wanted, recipe=recipe, draws=draws, progress=progress)


def best_of(figures: "dict[str, tuple[DreamFigures, ...]]") -> str:
    """The first preset of which all objectives hold; else the one of which most do."""
    held = {name: sum(one.held for one in several) for name, several in figures.items()}
    return max(held, key=lambda name: held[name])


def print_figures(name: str, figures: "tuple[DreamFigures, ...]") -> None:
    """A table of what became of the dreams of one preset."""
    heads = ("reached", "aim", "real most", "hit", "look real", "diversity", "copies")
    print(f"{name:<24} " + " ".join(f"{one:>9}" for one in heads))
    for one in figures:
        sign = "holds" if one.held else "fails"
        numbers = (one.reached, one.wanted, one.real_most, one.hit, one.look_real, one.diversity, one.copies)
        print(f"  {one.wish[:22]:<22} " + " ".join(map(number, numbers)) + f"  {sign}")


def number(value: float) -> str:
    """A number, or a dash where it is not known."""
    return f"{'–':>9}" if value != value else f"{value:>9.3g}"
