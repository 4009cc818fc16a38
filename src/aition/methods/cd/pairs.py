"""Pairs by contextual decomposition: what two groups of cells are relevant for beyond each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, TorchModel, white_box
from aition.core.pairs import told
from aition.core.question import Question
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, check_baseline
from aition.impute.groups import Blocks, Groups
from aition.impute.players import are_tried, check_groups, players_of
from aition.methods.cd.decompose import ROWS, TOGETHER, Decomposition, decompose_signals
from aition.methods.cd.explainer import owned_by_none, scores
from aition.methods.cd.hit_rates import HIT_RATES
from aition.methods.cd.sets import SETS, Name
from aition.models.kinds import lowest

Company = Literal["others", "all"]
RUN = 3
"""Groups that go side by side for a pair: both, and each."""


@dataclass(frozen=True)
class ContextualPairs:
    """Attribute to each two groups of cells what they are relevant for together, beyond what each is by itself.

    With β of contextual decomposition, the interaction is β(ij) − β(i) − β(j). In the company of "all" these are the
    published scores: i is decomposed with j among the other cells, wherever others are. Orders and products that are
    split evenly then lose what is quadratic, since it goes half to i and half to j. In the company of "others", i is
    decomposed as if what j does were absent from every operation; of two cells on a zero baseline this is the exact
    mixed difference f(ij) − f(i) − f(j) + f(∅) by the rule set "shapley", and with others around the mean over their
    absence and presence, taken anew at every operation. Scales of norms stay at the total in
    either: what acts through them alone is missed.

    Args:
        groups: Which cells of ``x`` go together: ``Blocks(…)``, ``EachStep()``, ``Segments(length)``,
            ``GivenGroups(…)``, or a function from a Batch to the group of each cell. Static columns and further
            signals are constants.
        rules: "shapley", or another rule set; the docs have the measured hit rate of each.
        company: "others" or "all".
        baseline: What stands for absence.
        strict: Raise where an operation has no rule; else an even split of it stands in, with a warning that names it.

    Returns:
        ``interaction``, ``[sample, group, group_other]``, symmetric with NaN on the diagonal; ``attribution_group``,
        ``[sample, group]``, the relevance of each group among all cells; ``attribution_alone``, ``[sample, group]``,
        this less half the group's interactions; ``attribution``, ``[sample, time, feature]``, a group's relevance in
        equal parts to its cells; ``completeness``, ``[sample]``, the sum of relevance less what is not the constants',
        0 only where nothing is owned twice or by nobody: all in units of the target. ``membership``,
        ``[sample, group, time, feature]``; ``hit_rate``, how often these rules have ranked a planted pair first on such
        networks, NaN: not measured with such groups, baseline or network.

    Raises:
        InputError: More than 100 groups, or none.
        RefusalError: The model is a black box, or does what can't be decomposed; the batch is a list of events.

    References:
        Murdoch, Liu and Yu, "Beyond word importance: contextual decomposition to extract interactions from LSTMs",
        ICLR 2018.

    >>> from aition import Target, explain, from_tensors
    >>> class Product(torch.nn.Module):
    ...     def forward(self, x):
    ...         return 3 * x[:, 0, 0] * x[:, 2, 0] + x[:, 1, 0]
    >>> answer = explain(ContextualPairs(), TorchModel(Product()), from_tensors(torch.ones(1, 3, 1)), Target.scalar())
    >>> answer.interaction.values[0, 0].tolist()
    [nan, 0.0, 3.0]
    """

    groups: Groups = field(default_factory=Blocks)
    rules: Name = "shapley"
    company: Company = "others"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = False

    def __post_init__(self) -> None:
        check_groups(self.groups)
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
        network = white_box(model, "ContextualPairs", needs="a network", instead="ShapleyInteractions or RemovalPairs")
        cells, count = players_of(self.groups, batch, explainer="ContextualPairs", instead="ContextualDecomposition")
        member = cells == torch.arange(count, device=cells.device).reshape(-1, 1, 1, 1)
        first, second = torch.triu_indices(count, count, 1, device=cells.device)
        with torch.no_grad():
            parts = self.parts(network, batch, member)
            change = scores(parts.total[None], questions)[:, 0] - owned_by_none(parts, {"x": cells}, questions)
            group = scores(parts.relevant, questions)
            pairs = [group.new_zeros(len(batch), 0, len(questions))]
            size = max(1, network.rows // (ROWS * RUN * len(batch)))
            for one, other in zip(first.split(size), second.split(size), strict=True) if count > 1 else ():
                runs = [member[one] | member[other], member[one], member[other]]
                pairs.append(self.together(network, batch, questions, runs, group[:, one] + group[:, other]))
        together = torch.cat(pairs, dim=1)
        half = torch.zeros_like(group).index_add(1, first, together / 2).index_add(1, second, together / 2)
        return told(
            batch,
            cells=cells,
            alone=(group - half).mT,
            pairs=together.mT,
            change=change,
            hit_rate=self.hit_rate(network, batch),
            several=several,
        )

    def hit_rate(self, model: Model, batch: Batch) -> float:
        """How often pairs so set have ranked a planted one first on networks of this kind; NaN: not measured."""
        tried = are_tried(self.groups, batch) and self.baseline == ConstantBaseline()
        return lowest(HIT_RATES[self.company][self.rules], model, batch) if tried else math.nan

    def together(
        self, model: TorchModel, batch: Batch, questions: Sequence[Question], runs: Sequence[Tensor], apart: Tensor
    ) -> Tensor:
        """Interactions of pairs ``[sample, pair, question]``.

        Args:
            model: The network.
            batch: The samples.
            questions: What is asked.
            runs: Cells of pairs, of the first and of the second of each, ``[pair, sample, time, feature]``.
            apart: Relevance of the first and the second among all cells, ``[sample, pair, question]``.
        """
        if self.company == "all":
            return scores(self.parts(model, batch, runs[0]).relevant, questions) - apart
        parts = self.parts(model, batch, torch.stack(list(runs), dim=1).flatten(0, 1), nested=len(runs))
        found = scores(parts.relevant, questions)
        both, one, other = (found[:, place :: len(runs)] for place in range(len(runs)))
        return both - one - other

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
