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
    """The pairs that count most, of one sample or in the mean of sizes, and how often the method found planted ones."""
    import numpy as np

    from aition.view.plots.reading import asked
    from aition.view.plots.together import most_of, together_of

    parts = [run.explanation_of([sample])] if sample else run.parts()
    total, size, count = np.zeros((0, 0)), np.zeros((0, 0)), np.zeros((0, 0))
    found, n_sample, rate = None, 0, float("nan")
    for part in parts:
        pairs = asked(part, "interaction", nth).transpose("sample", "group", "group_other").values
        sums = [np.nansum(pairs, axis=0), np.nansum(np.abs(pairs), axis=0), (~np.isnan(pairs)).sum(axis=0)]
        total, size, count = (added(one, other) for one, other in zip((total, size, count), sums, strict=True))
        one = together_of(part, sample or most_of(part, nth), names=(), target=nth)
        found = one if found is None or len(one.names) > len(found.names) else found
        n_sample += len(pairs)
        rate = float(part["hit_rate"].values) if "hit_rate" in part else rate
    if found is None:
        return {}
    names = dict(zip(found.places.tolist(), found.names, strict=True))
    first, second = np.triu_indices(len(size), 1)
    there = [
        (int(i), int(j)) for i, j in zip(first, second, strict=True) if count[i, j] and {int(i), int(j)} <= set(names)
    ]
    ranked = sorted(there, key=lambda pair: -size[pair] / count[pair])[:top]
    rows = [
        {
            "group": names[i],
            "group_other": names[j],
            "size": float(size[i, j] / count[i, j]),
            "mean": float(total[i, j] / count[i, j]),
        }
        for i, j in ranked
    ]
    return {"samples": n_sample, "pairs": rows, "hit_rate": None if np.isnan(rate) else rate}


def added(one: Any, other: Any) -> Any:
    """The sum of two matrices, of which one may be larger."""
    import numpy as np

    whole = np.zeros((max(len(one), len(other)),) * 2)
    whole[: len(one), : len(one)] += one
    whole[: len(other), : len(other)] += other
    return whole


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

    whole = run.explanation()
    figure = plot_interactions(whole, sample, target=nth) if sample else plot_interaction_means(whole, target=nth)
    figure.savefig(file, dpi=150)
    return file
