"""A surrogate that was learned, as an explainer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn

from aition.core.batch import Batch
from aition.core.draws import FRESH
from aition.core.errors import RefusalError
from aition.core.events import is_events
from aition.core.model import Model, outputs_of
from aition.core.parts import check_part
from aition.core.question import Question
from aition.core.target import Target
from aition.core.variables import Variables
from aition.methods.surrogate.behaviour import Behaviour
from aition.methods.surrogate.drawing import drawn_mask, noise_like
from aition.models.selector import logits_of

if TYPE_CHECKING:
    from aition.methods.surrogate.time_x import TimeX


@dataclass(frozen=True, eq=False)
class FittedTimeX:
    """Chances of cells by networks that were learned by :meth:`TimeX.fit`, as an explainer.

    Each series is explained by itself, by one pass of each network; the model is asked once, to tell how well the
    surrogate follows it.

    Args:
        settings: How they were learned.
        extractor: What says the log-odds of every cell.
        reader: The surrogate.
        behaviour: How it is held to what the model says.
        target: The question that it was learned for.
        longest: Steps of the longest series that they learned from.

    Returns:
        - ``attribution`` ``[sample, time, feature]``: the chance that the cell is shown, in [0, 1]; 0 where nothing was
          observed.
        - ``fidelity`` ``[sample]``: how far the surrogate is from the model where it reads one draw of what is shown,
          0 at best: nats of the classes, else squared deviations of the background.
        - ``embedding`` ``[sample, component]``: the surrogate's latent of that draw; series that are explained alike
          lie near each other.

    References:
        Queen et al., "Encoding time-series explanations through self-supervised model behavior consistency", NeurIPS
        2023.
    """

    exempt: ClassVar[Mapping[str, str]] = {
        "every-class-can-be-asked": "the cells that a surrogate is shown explain all classes together",
        "other-weights-give-another-answer": "a surrogate belongs to the weights that it follows; fit it anew",
        "an-inert-feature-gets-less-than-the-one-that-matters": "a surrogate belongs to the model that it follows",
        "planted-cells-are-found": "a surrogate belongs to the model that it follows; fit it anew",
    }

    settings: "TimeX"
    extractor: nn.Module
    reader: nn.Module
    behaviour: Behaviour
    target: Target
    longest: int

    @property
    def seed(self) -> int:
        return self.settings.seed

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        """Chances of a batch; see the class.

        Raises:
            RefusalError: The batch is of events, has other features, or another question is asked than was learned.
        """
        if is_events(batch):
            raise RefusalError("TimeX explains series, but the batch is a list of events; put them on a grid")
        outputs = outputs_of(model, batch)
        mine = self.target.resolve(outputs, batch, axes=model.axes)
        check_part(question, mine, self.target)
        wanted = mine.select(outputs).to(batch.x)
        if wanted.shape[1] != len(self.behaviour.centre):
            raise RefusalError(
                f"the surrogate was learned from {len(self.behaviour.centre)} outputs, but the model has "
                f"{wanted.shape[1]}; fit it on this model"
            )
        logits = logits_of(self.extractor, batch)
        weight = next(self.reader.parameters())
        with torch.no_grad():
            mask = drawn_mask(logits, batch, warmth=1.0, seed=self.seed, draw=FRESH)
            given = self.shown(batch, mask, draw=FRESH).to(device=weight.device, dtype=weight.dtype)
            latent, said = (one.to(batch.x) for one in self.reader(given))
            distance = self.behaviour.distance(wanted, said)
        chance = torch.where(batch.observed & batch.cells, torch.sigmoid(logits), 0)
        return {
            "attribution": (("sample", "time", "feature"), chance),
            "fidelity": (("sample",), distance),
            "embedding": (("sample", "component"), latent),
        }

    def shown(self, batch: Batch, mask: torch.Tensor, *, draw: int) -> Batch:
        """Series of which what is not shown is noise, as the background is spread; missing values stay missing."""
        held = dict(self.extractor.named_buffers())
        mean, scale = (held[name].to(batch.x) for name in ("mean_x", "scale_x"))
        noise = noise_like(batch, mean, scale, seed=self.seed, draw=draw)
        return batch.with_x(torch.where(batch.observed, torch.lerp(noise, batch.x, mask), batch.x))
