"""The figures of a row: what each metric says, and which way is better."""

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Figure:
    """A metric as it stands in rows and tables.

    Args:
        name: In a row.
        better: Which way; "neither" where a figure tells of a method without judging it.
        about: What it says, in a few words.
    """

    name: str
    better: Better
    about: str


FIGURES = {
    figure.name: figure
    for figure in (
        Figure("auroc", "higher", "chance that a true cell scores above another"),
        Figure("auprc", "higher", "average precision of the true cells"),
        Figure("aup", "higher", "area under precision over the threshold's value"),
        Figure("aur", "higher", "area under recall over the threshold's value"),
        Figure(
            "information", "higher", "bits of the true cells, of all series or, judged by series, of one in the mean"
        ),
        Figure("entropy", "lower", "undecidedness of the true cells in bits, likewise"),
        Figure("auroc_per_series", "higher", "auroc of each series, then the mean"),
        Figure("auprc_per_series", "higher", "auprc of each series, then the mean"),
        Figure("sign_accuracy", "higher", "share of the true cells of a known direction whose sign is right"),
        Figure("shortcut_share", "neither", "share of the attribution on a shortcut, where a task has one"),
        Figure("cpd", "higher", "how far the outputs travel while the most important cells go one by one"),
        Figure("cpp", "lower", "how far they travel while the least important cells go"),
        Figure("comprehensiveness", "higher", "fall of the class's probability without the top 20 % of the cells"),
        Figure("sufficiency", "lower", "its fall with the top 20 % alone"),
        Figure("tpr", "higher", "share of the true cells that are selected: by the method, or its top as many"),
        Figure("fpr", "lower", "share of the other cells that are selected, likewise"),
        Figure("tpr_near", "higher", "share of the true cells next to which, or at which, a cell is selected"),
        Figure("nats_lost", "lower", "nats about the class that the selected cells lose, by the exact law"),
        Figure("encoding_gap", "lower", "nats by which a method's own predictor beats the values that it selects"),
        Figure("told_by_choice", "lower", "nats that the choice of the cells tells beside their values"),
    )
}
"""Every figure that a row may have, by name, in the order in which tables show them."""
MAIN = ("auprc", "auroc", "aup", "aur", "information", "entropy")
OF_SELECTIONS = ("auroc", "tpr", "fpr", "tpr_near", "nats_lost", "encoding_gap", "told_by_choice")
"""What stands in the first table where the lead is one of them, in place of :data:`MAIN`."""
