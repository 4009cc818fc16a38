"""Pairs by removal: what two groups of cells count for beyond each, in the company of none or of all others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.impute.game import played
from aition.impute.groups import Blocks, Groups
from aition.impute.players import check_groups
from aition.methods.interactions.by_count import measured
from aition.methods.interactions.differences import differences

Company = Literal["absent", "present", "both"]


@dataclass(frozen=True)
class RemovalPairs(ForSeveral):
    """Attribute to each two groups of cells what they count for beyond what each does, in one company of the others.

    It asks for few coalitions, and sees the others in that company only: where an interaction shows in the company of
    some others alone, it is missed. Static columns, further signals and what was not observed keep their values.

    Args:
        groups: Which cells go together: ``Blocks(…)``, ``EachStep()``, ``GivenGroups(…)``, or a function from a Batch.
        company: "absent": f(ij) − f(i) − f(j) + f(∅); "present": f(N) − f(N∖i) − f(N∖j) + f(N∖ij); "both": the mean.
        baseline: What stands where a group is absent; of an imputer the mean over draws given the others.
        n_draw: Draws of an imputer.

    Returns:
        ``attribution_alone``, ``interaction``, ``attribution_group``, ``attribution``, ``membership``,
        ``completeness`` and ``hit_rate`` as :class:`~aition.methods.interactions.ShapleyInteractions` has them;
        ``completeness`` is 0 only where no three groups act together.

    Raises:
        InputError: Too many groups.
        RefusalError: The batch is a list of events.

    References:
        Tsang, Rambhatla and Liu, "How does this interaction affect me? Interpretable attribution for feature
        interactions", NeurIPS 2020, section 4.1, on one context.

    >>> import torch
    >>> from aition import FunctionModel, Target, explain, from_tensors
    >>> model = FunctionModel(lambda batch: 3 * batch.x[:, 0, 0] * batch.x[:, 2, 0] + batch.x[:, 1, 0])
    >>> answer = explain(RemovalPairs(), model, from_tensors(torch.ones(1, 3, 1)), Target.scalar())
    >>> answer.interaction.values[0, 0].tolist()
    [nan, 0.0, 3.0]
    """

    groups: Groups = field(default_factory=Blocks)
    company: Company = "both"
    baseline: StandIn = field(default_factory=ConstantBaseline)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_groups(self.groups)
        check_stand_in(self.baseline, self.n_draw)
        if self.company not in get_args(Company):
            raise InputError(f"company must be one of {', '.join(get_args(Company))}, but is {self.company!r}")

    @property
    def method(self) -> str:
        """What it is called among what was measured."""
        return "RemovalPairs" if self.company == "both" else f"RemovalPairs {self.company}"

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        def play(
            filling: Filling, some: Sequence[Question], cells: Tensor, n_player: int
        ) -> tuple[Tensor, Tensor, Tensor]:
            def asked(coalitions: Tensor) -> Tensor:
                return played(model, filling, some, cells=cells, coalitions=coalitions)

            alone, pairs, nobody = differences(asked, n_player, present=False)
            among, between, everyone = differences(asked, n_player, present=True)
            change = everyone - nobody
            if self.company == "absent":
                return alone, pairs, change
            if self.company == "present":
                return among, between, change
            return (alone + among) / 2, (pairs + between) / 2, change

        return measured(self, play, model, batch, questions, several=several)
