"""What aition show tells of a run of interactions: the pairs of groups that act together most."""

from typing import TYPE_CHECKING, Any

from aition.cli.printing import columns, counted, percent

if TYPE_CHECKING:
    from aition.store import StoredRun


def has_pairs(run: "StoredRun") -> bool:
    """Whether groups of cells, and what two of them count for, are all in the run."""
    found = run.variables
    return {"interaction", "attribution_alone", "membership"} <= set(found) and "time" in found["membership"][0]


def pairs_told(run: "StoredRun", sample: str, *, top: int, nth: int) -> dict[str, Any]:
    """The pairs that count most, of one sample or in the mean of sizes, and how often the method found planted ones.

    Only sums over samples, and the sample that has most groups, which gives them their names, are read.
    """
    import numpy as np

    from aition.store.interactions import means, widest
    from aition.view.plots.together import together_of

    one = run.explanation_of([sample]) if sample else run.explanation(slice(place := widest(run, nth=nth), place + 1))
    name = str(one["sample"].values[0])
    found = together_of(one, name, names=(), target=nth)
    if sample:
        sums = [(i, j, float(found.pairs[i, j])) for i, j in reversed(found.strongest(top))]
        ranked = [(found.names[i], found.names[j], abs(pair), pair) for i, j, pair in sums]
    else:
        names = dict(zip(found.places.tolist(), found.names, strict=True))
        ranked = [
            (names[i], names[j], size, mean)
            for i, j, size, mean in means(run, nth=nth, top=top)
            if {i, j} <= set(names)
        ]
    rate = float(one["hit_rate"].values) if "hit_rate" in one else float("nan")
    rows = [dict(zip(("group", "group_other", "size", "mean"), pair, strict=True)) for pair in ranked]
    n_sample = 1 if sample else run.sizes["sample"]
    return {"samples": n_sample, "pairs": rows, "hit_rate": None if np.isnan(rate) else rate}


def lines_of_pairs(found: dict[str, Any]) -> list[str]:
    """The pairs, for people."""
    if not found or not found["pairs"]:
        return ["No two groups act together."]
    single = found["samples"] == 1
    words = "" if single else f" in {counted(found['samples'], 'sample')}, with mean size and mean"
    rows = [
        [f"{one['group']} × {one['group_other']}", *([] if single else [f"{one['size']:.4g}"]), f"{one['mean']:+.4g}"]
        for one in found["pairs"]
    ]
    rate = found["hit_rate"]
    said = (
        "How often this finds planted pairs was not measured with these settings and groups on networks of this kind."
        if rate is None
        else f"So set, on small networks of this kind, this ranked a planted pair first in {percent(rate)} of series."
    )
    return [f"What acted together most{words}:", *columns(rows, indent="  "), said]


def draw_pairs(run: "StoredRun", sample: str, file: str, *, nth: int) -> str:
    """Write a picture of the interactions of one sample, or of their means."""
    from aition.view.plots import plot_interaction_means, plot_interactions

    if sample:
        figure = plot_interactions(run.explanation_of([sample]), sample, target=nth)
    else:
        figure = plot_interaction_means(run.explanation(), target=nth)
    figure.savefig(file, dpi=150)
    return file
