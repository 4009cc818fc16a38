"""A selection in a report: what is selected, and whether it can be believed."""

from collections.abc import Mapping, Sequence

from aition.checks.finding import CheckVerdict
from aition.checks.honest import honesty, selects
from aition.core.explanation import Explanation
from aition.view.plots import plot_selected
from aition.view.report.document import Block, Judged, Picture, Table, Tone
from aition.view.report.picture import drawn

TONES: Mapping[str, Tone] = {"passed": "good", "alarm": "bad"}
"""Of a finding; of others it is open."""
CAPTION = (
    "Above: the share of samples in which each cell is selected. Below: some series; squares are selected. At the "
    "bottom what was checked, its interval, and the bound that it must keep."
)


def selection_blocks(
    explanations: Mapping[str, Explanation], *, name: str, class_names: Sequence[str]
) -> tuple[Block, ...]:
    """The verdicts on every explanation that selects cells, and its picture.

    Args:
        explanations: By the name of the explainer.
        name: What the ids of the pictures are made of.
        class_names: Names of the classes; their numbers where nothing is said.
    """
    blocks: list[Block] = []
    for explainer, one in explanations.items():
        if not selects(one):
            continue
        verdicts = honesty(one)
        for found in verdicts:
            blocks.append(Judged(TONES.get(found.finding, "open"), f"{explainer}, {found.check}", found.words))
        figure = drawn(plot_selected(one, class_names=class_names), name=f"{name} {explainer} selected")
        blocks.append(Picture(figure, seen(explainer, verdicts), CAPTION, numbers(verdicts)))
    return tuple(blocks)


def seen(explainer: str, verdicts: Sequence[CheckVerdict]) -> str:
    """What the picture shows, in words."""
    said = ", ".join(f"{one.check}: {one.finding}" for one in verdicts)
    return f"What {explainer} selects, by class; {said}."


def numbers(verdicts: Sequence[CheckVerdict]) -> Table:
    """The figures of the checks."""
    rows = tuple(
        (one.check, one.finding, f"{one.figure.mean:.3f}", f"{one.figure.low:.3f} to {one.figure.high:.3f}", one.unit)
        if one.figure.mean == one.figure.mean
        else (one.check, one.finding, "–", "–", one.unit)
        for one in verdicts
    )
    return Table("Checks of the selection", ("check", "finding", "mean", "95 % interval", "unit"), rows)
