"""What aition show tells of a run of components: the bands, or other parts of a transform, that count most."""

from typing import TYPE_CHECKING, Any

from aition.cli.printing import columns, counted, percent

if TYPE_CHECKING:
    from aition.store import StoredRun


def has_components(run: "StoredRun") -> bool:
    """Whether the run says what components count for."""
    return "attribution_component" in run.variables


def components_told(run: "StoredRun", sample: str, *, top: int, nth: int) -> dict[str, Any]:
    """The components that count most: of one sample, or in the mean of sizes over those that have them."""
    import numpy as np

    from aition.view.plots.bands import components_of, read_bands

    parts = [run.explanation_of([sample])] if sample else run.parts()
    total: Any = 0.0
    size: Any = 0.0
    count: Any = 0
    n_sample = 0
    for part in parts:
        value = components_of(part, "attribution_component", target=nth)
        total, size = total + np.nansum(value, axis=0), size + np.nansum(np.abs(value), axis=0)
        count, n_sample = count + (~np.isnan(value)).sum(axis=0), n_sample + len(value)
        bands = read_bands(part, "", target=nth)
    if not n_sample:
        return {}
    size = size / np.maximum(count, 1)
    order = [divmod(place, size.shape[1]) for place in np.argsort(-size, axis=None, kind="stable").tolist()]
    rows = [
        {
            "component": bands.names[component],
            "feature": bands.columns[column],
            "size": float(size[component, column]),
            "mean": float(total[component, column] / count[component, column]),
            "share": float(size[component, column] / max(size.sum(), 1e-300)),
        }
        for component, column in order
        if count[component, column]
    ]
    return {"samples": n_sample, "unit": bands.unit if len(bands.low) else "", "components": rows[:top]}


def lines_of_components(found: dict[str, Any]) -> list[str]:
    """The components, for people."""
    if not found or not found["components"]:
        return ["No component counts for anything."]
    single = found["samples"] == 1
    words = "" if single else f" in {counted(found['samples'], 'sample')}, with mean size, mean and share in the sum"
    rows = [
        [
            " of ".join(filter(None, (one["component"], one["feature"]))),
            *([] if single else [f"{one['size']:.4g}"]),
            f"{one['mean']:+.4g}",
            percent(one["share"]),
        ]
        for one in found["components"]
    ]
    unit = f" ({found['unit']})" if found["unit"] else ""
    return [f"Components{unit} that counted most{words}:", *columns(rows, indent="  ")]


def draw_components(run: "StoredRun", sample: str, file: str, *, nth: int) -> str:
    """Write a picture of the components of one sample, over its steps where they have a place; or of their means."""
    from aition.view.plots import plot_frequencies, plot_time_frequency

    whole = run.explanation_of([sample]) if sample else run.explanation()
    placed = sample and "component_first" in whole and "component_low" in whole
    figure = plot_time_frequency(whole, sample, target=nth) if placed else plot_frequencies(whole, sample, target=nth)
    figure.savefig(file, dpi=150)
    return file
