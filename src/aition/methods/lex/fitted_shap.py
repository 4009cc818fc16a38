"""A network that learned to say Shapley values, as an explainer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.draws import FRESH
from aition.core.errors import RefusalError
from aition.core.events import is_events
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.question import Question
from aition.core.target import Target
from aition.impute.imputer import Imputer
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.shapley_game import Game, efficient
from aition.models.selector import logits_of

if TYPE_CHECKING:
    from aition.methods.lex.fast_shap import FastShap

Answer = dict[str, tuple[tuple[str, ...], Tensor]]


@dataclass(frozen=True, eq=False)
class FittedFastShap:
    """Shapley values by a network that was learned by :meth:`FastShap.fit`, as an explainer.

    Args:
        settings: How it was learned.
        imputer: What draws the cells of absent groups.
        network: What says the values.
        scale: The target's deviation in the background.
        target: The question that it was learned for.
        own: The surrogate, where one was trained; empty where the explained model says the values of coalitions.

    Returns:
        ``attribution`` ``[sample, time, feature]``: the Shapley value of the cell's group, shared evenly by its
        observed cells; they add up to the target less what is said of nobody, in units of the target; 0 where nothing
        was observed, and where nothing can be taken away.

    References:
        Jethani, Sudarshan, Covert, Lee and Ranganath, "FastSHAP: real-time Shapley value estimation", ICLR 2022.
    """

    exempt: ClassVar[Mapping[str, str]] = {
        "an-inert-feature-gets-less-than-the-one-that-matters": "a network belongs to the model that it was fitted to",
        "planted-cells-are-found": "a network belongs to the model that it was fitted to; fit it anew",
    }

    settings: "FastShap"
    imputer: Imputer
    network: nn.Module
    scale: float
    target: Target
    own: tuple[TorchModel, ...] = ()

    @property
    def seed(self) -> int:
        return self.settings.seed

    def rows_per_sample(self, batch: Batch) -> int:
        """The series, and a row for each draw of nobody."""
        return 1 + self.settings.draws

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """Shapley values of a batch; see the class.

        Raises:
            RefusalError: The batch is of events, has other features, or another question is asked than was learned.
        """
        if is_events(batch):
            raise RefusalError("FastShap explains series, but the batch is a list of events; put them on a grid")
        candidates = Candidates.of(batch, self.settings.groups)
        outputs = outputs_of(model, batch)
        mine = self.target.resolve(outputs, batch, axes=model.axes)
        if not (torch.equal(mine.index, question.index) and torch.equal(mine.versus, question.versus)):
            raise RefusalError(f"FastShap was learned for {self.target}; fit it for the target that is asked")
        whole = question.score(outputs).to(batch.x)
        said_by = self.own[0] if self.own else model
        game = Game(said_by, batch, candidates, question, whole, self.imputer, self.scale)
        nobody = torch.zeros_like(candidates.there)[:, None].expand(-1, self.settings.draws, -1)
        change = whole - game.value(nobody, 1, first=FRESH).mean(dim=1)
        said = candidates.pooled(logits_of(self.network, batch)) * self.scale
        value = efficient(said, change, candidates.there)
        place = torch.where(candidates.known, candidates.group, -1).flatten(1) + 1
        members = value.new_zeros(len(batch), candidates.n_group + 1)
        count = members.scatter_add(1, place, torch.ones_like(place, dtype=value.dtype))[:, 1:]
        share = candidates.spread((value / count.clamp(min=1))[:, None])[:, 0]
        can = (candidates.group >= 0) & candidates.known
        return {"attribution": (("sample", "time", "feature"), share * can)}
