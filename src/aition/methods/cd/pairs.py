"""Pairs by contextual decomposition: what two groups of cells are relevant for beyond each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.model import Model, TorchModel, white_box
from aition.core.question import Question
from aition.impute.baseline import Baseline, ConstantBaseline, check_baseline
from aition.impute.groups import EachStep, Groups
from aition.methods.cd.decompose import ROWS, Decomposition, decompose_signals
from aition.methods.cd.explainer import TOGETHER, Variables, scores
from aition.methods.cd.sets import SETS, Name

Company = Literal["others", "all"]
MOST = 100
"""Groups at most: there are 4,950 pairs of them."""


@dataclass(frozen=True)
class ContextualPairs:
    """Attribute to each two groups of cells what they are relevant for together, beyond what each is by itself.

    With β of contextual decomposition, the interaction is β(ij) − β(i) − β(j). In the company of "all" these are the
    published scores: i is decomposed with j among the other cells, wherever others are. Orders and products that are
    split evenly then lose what is quadratic, since it goes half to i and half to j. In the company of "others", i is
    decomposed as if what j does were absent from every operation; of two cells on a zero baseline this is the exact
    mixed difference f(ij) − f(i) − f(j) + f(∅) by the rule set "shapley", and with others around the mean over their
    absence and presence, taken anew at every operation.

    Args:
        groups: Which cells of ``x`` go together: ``EachStep()``, ``Segments(length)``, ``GivenGroups(…)``, or a
            function from a Batch to the group of each cell. Static columns and further signals are constants.
        rules: "shapley", or another rule set; the docs have the measured hit rate of each.
        company: "others" or "all".
        baseline: What stands for absence.
        strict: Raise where an operation has no rule; else an even split of it stands in, with a warning that names it.

    Returns:
        ``interaction``, ``[sample, group, group_other]``, symmetric with NaN on the diagonal; ``attribution_group``,
        ``[sample, group]``, the relevance of each group among all cells; ``attribution_alone``, ``[sample, group]``,
        this less half the group's interactions; ``attribution``, ``[sample, time, feature]``, a group's relevance in
        equal parts to its cells; ``membership``, ``[sample, group, time, feature]``; and ``completeness``,
        ``[sample]``, the sum of relevance less what is due to no constant, 0 only where nothing is owned twice. All but
        the membership in units of the target.

    Raises:
        InputError: More than 100 groups, or none.
        RefusalError: The model is a black box, or does what can't be decomposed; the batch is a list of events.

    References:
        Murdoch, Liu and Yu, "Beyond word importance: contextual decomposition to extract interactions from LSTMs",
        ICLR 2018, section 3.3.

    >>> from aition import Target, explain, from_tensors
    >>> class Product(torch.nn.Module):
    ...     def forward(self, x):
    ...         return 3 * x[:, 0, 0] * x[:, 2, 0] + x[:, 1, 0]
    >>> answer = explain(ContextualPairs(), TorchModel(Product()), from_tensors(torch.ones(1, 3, 1)), Target.scalar())
    >>> answer.interaction.values[0, 0].tolist()
    [nan, 0.0, 3.0]
    """

    groups: Groups = field(default_factory=EachStep)
    rules: Name = "shapley"
    company: Company = "others"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.groups, type) or not callable(self.groups):
            raise InputError(
                "groups must be a function from Batch to the group of each cell, such as EachStep(), "
                f"but is {self.groups!r}"
            )
        if self.rules not in SETS:
            raise InputError(f"rules must be one of {', '.join(SETS)}, but is {self.rules!r}")
        if self.company not in get_args(Company):
            raise InputError(f"company must be one of {', '.join(get_args(Company))}, but is {self.company!r}")
        check_baseline(self.baseline)

    def rows_per_sample(self, batch: Batch) -> int:
        """Lanes of so many groups as go side by side at least."""
        return ROWS * TOGETHER

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        return self.found(model, batch, [question], several=False)

    def many(self, model: Model, batch: Batch, questions: Sequence[Question]) -> Variables:
        """The same for several targets, with the axis ``target`` behind ``sample``, from one decomposition."""
        return self.found(model, batch, questions, several=True)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        network = white_box(model, type(self).__name__)
        member = members(self.groups, batch)
        first, second = torch.triu_indices(len(member), len(member), 1, device=member.device)
        pairs = member[first] | member[second]
        with torch.no_grad():
            parts = self.parts(network, batch, member)
            group = scores(parts.relevant, questions)
            if not len(pairs):
                each = group.new_zeros(len(batch), 0, len(questions))
            elif self.company == "all":
                each = (
                    scores(self.parts(network, batch, pairs).relevant, questions) - group[:, first] - group[:, second]
                )
            else:
                runs = torch.stack([pairs, member[first], member[second]], dim=1).flatten(0, 1)
                both, one, other = (
                    scores(self.parts(network, batch, runs, nested=3).relevant, questions)
                    .unflatten(1, (-1, 3))
                    .unbind(2)
                )
                each = both - one - other
            change = scores((parts.total - parts.constants.mean(dim=0))[None], questions)
        together = group.new_full((len(batch), len(member), len(member), len(questions)), torch.nan)
        together[:, first, second] = together[:, second, first] = each
        return answered_pairs(batch, member, group, together, change[:, 0], several=several)

    def parts(self, model: TorchModel, batch: Batch, member: Tensor, *, nested: int = 1) -> Decomposition:
        """What is due to groups ``[group, sample, time, feature]``."""
        return decompose_signals(
            model,
            batch,
            {"x": member},
            rules=self.rules,
            baseline=self.baseline,
            strict=self.strict,
            nested=nested,
        )


def members(groups: Groups, batch: Batch) -> Tensor:
    """Which cells of ``x`` belong to each group, ``[group, sample, time, feature]``.

    Raises:
        InputError: The groups do not fit the batch, or there are none or too many.
        RefusalError: The batch is a list of events.
    """
    if is_events(batch):
        raise RefusalError(
            "ContextualPairs explains values at steps, but was given events; put them on a grid, or take "
            "ContextualDecomposition"
        )
    cells = groups(batch).get("x")
    if not isinstance(cells, Tensor) or cells.shape != batch.x.shape or cells.dtype != torch.int64:
        came = f"{cells.dtype} {list(cells.shape)}" if isinstance(cells, Tensor) else "missing"
        raise InputError(f"groups of x must be int64 {list(batch.x.shape)}, but are {came}")
    there = torch.where(batch.cells, cells, -1)
    count = int(there.max()) + 1
    if not 1 <= count <= MOST:
        raise InputError(
            f"there must be 1 to {MOST} groups, for each pair of them is asked, but there are {count}; "
            "join steps, such as by Segments(10)"
        )
    return there.unsqueeze(0) == torch.arange(count, device=there.device).reshape(-1, 1, 1, 1)


def answered_pairs(
    batch: Batch, member: Tensor, group: Tensor, together: Tensor, change: Tensor, *, several: bool
) -> Variables:
    """The answer from relevance ``[sample, group, question]`` and pairs ``[sample, group, group, question]``."""
    size = member.flatten(2).sum(dim=2).mT
    gap = (size == 0)[:, :, None]
    each = group / size.clamp(min=1)[:, :, None]
    spread = torch.einsum("gstf,sgq->sqtf", member.to(each), each)
    alone = group - together.nan_to_num(0.0).sum(dim=2) / 2
    together = together.masked_fill(gap[:, :, None], torch.nan).masked_fill(gap[:, None], torch.nan)
    found: Variables = {
        "attribution": (("time", "feature"), spread),
        "attribution_group": (("group",), group.masked_fill(gap, torch.nan).mT),
        "attribution_alone": (("group",), alone.masked_fill(gap, torch.nan).mT),
        "interaction": (("group", "group_other"), together.movedim(-1, 1)),
        "membership": (
            ("group", "time", "feature"),
            member.movedim(1, 0)[:, None].expand(-1, group.shape[2], -1, -1, -1),
        ),
        "completeness": ((), group.sum(dim=1) - change),
    }
    if several:
        return {name: (("sample", "target", *axes), value) for name, (axes, value) in found.items()}
    return {name: (("sample", *axes), value[:, 0]) for name, (axes, value) in found.items()}
