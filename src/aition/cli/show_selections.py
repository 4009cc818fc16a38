"""What aition show and aition explain tell of a run of selections: whether they can be believed."""

from typing import TYPE_CHECKING, Any

from aition.cli.printing import counted

if TYPE_CHECKING:
    from aition.store import StoredRun

CELLS = {"sample", "time", "feature"}


def has_selection(run: "StoredRun") -> bool:
    """Whether the run says of each cell if it is selected."""
    axes, dtype = run.variables.get("selected", ((), None))
    return set(axes) >= CELLS and str(dtype) == "bool"


def selection_told(run: "StoredRun", *, nth: int = 0) -> dict[str, Any]:
    """The share of cells that is selected, and the verdicts; one shard at a time is in memory, but for these."""
    from aition.checks.finding import as_json
    from aition.checks.honest import honesty, selection_in

    whole = selection_in(run.parts())
    one = whole.isel(target=nth) if "target" in whole.dims else whole
    there = one["exists"].values.sum() * one.sizes["feature"]
    share = float(one["selected"].values.sum() / max(1, there))
    return {"samples": one.sizes["sample"], "share": share, "verdicts": [as_json(each) for each in honesty(one)]}


def lines_of_selection(found: dict[str, Any]) -> list[str]:
    """The verdicts, for people."""
    samples = counted(found["samples"], "sample")
    lines = [f"Selected: {100 * found['share']:.2g} % of the cells of {samples}. Can it be believed?"]
    return lines + [f"  {one['check']} — {one['words']}" for one in found["verdicts"]]


def draw_selected(run: "StoredRun", sample: str, file: str, *, nth: int) -> str:
    """Write a picture of what is selected, or of one sample."""
    from aition.view.plots import plot_sample, plot_selected

    whole = run.explanation()
    figure = plot_sample(whole, sample, target=nth) if sample else plot_selected(whole, target=nth)
    figure.savefig(file, dpi=150)
    return file
