"""Reference networks on events: sums of learned vectors a step, then a recurrent network or a transformer over steps.

No table as wide as the vocabulary is made of the data: time and memory hang on the number of events.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.events import CODE, N_STEP, STEP, VALUE, is_events
from aition.core.model import TorchModel
from aition.models.attention import places
from aition.models.padding import mean
from aition.models.pooled import Pool, pooling
from aition.models.statics import BesideStatic

CELLS: dict[str, type[nn.LSTM] | type[nn.GRU]] = {"lstm": nn.LSTM, "gru": nn.GRU}


class EventBag(nn.Module):
    """Each step's events added up: a vector a code, and a second one times the value.

    Args:
        n_code: Codes of the vocabulary.
        n_state: Size of the vectors.
    """

    def __init__(self, n_code: int, n_state: int) -> None:
        super().__init__()
        self.codes = nn.Parameter(torch.randn(n_code, n_state) * n_state**-0.5)
        self.values = nn.Parameter(torch.randn(n_code, n_state) * n_state**-0.5)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """States ``[sample, step, state]``, 0 where nothing happened, and which steps a sample has, ``[sample, step]``.

        An event of presence p, code c and value v adds p·(codes[c] + v·values[c]) to its step.
        """
        n_step, known = batch[N_STEP], len(batch.fields[CODE].names)
        if known != len(self.codes):
            raise InputError(
                f"the network knows n_code={len(self.codes)} codes, but the vocabulary of the batch has {known}; make "
                "the batch with the vocabulary of training"
            )
        if bool((batch.exists & (batch[STEP] >= n_step[:, None])).any()):
            raise InputError("step must be below the n_step of its sample, but is not; take aition.from_events")
        longest = int(n_step.max())
        there = torch.arange(longest, device=n_step.device) < n_step[:, None]
        row = torch.arange(len(batch), device=n_step.device)[:, None]
        bag = (row * longest + batch[STEP])[batch.exists]
        order = bag.argsort(stable=True)
        bags = torch.arange(there.numel(), device=n_step.device)
        starts = torch.searchsorted(bag[order], bags)
        code = batch[CODE][batch.exists][order]
        presence, value = batch.x[:, :, 0][batch.exists][order], batch[VALUE][batch.exists][order]
        states = self.summed(code, presence, starts, self.codes) + self.summed(
            code, presence * value, starts, self.values
        )
        return states.unflatten(0, (len(batch), longest)), there

    def summed(self, code: Tensor, weight: Tensor, starts: Tensor, table: Tensor) -> Tensor:
        """Rows of a table by their codes, weighed and added up bag by bag, ``[bag, state]``."""
        return embedding_bag(code, table, starts, mode="sum", per_sample_weights=weight)


class EventRecurrent(nn.Module):
    """An LSTM or GRU over the steps' sums, whose state at the sample's last step, or a mean of all, is classified.

    Args:
        cell: "lstm" or "gru".
        n_code: Codes of the vocabulary.
        n_class: Outputs.
        n_hidden: Size of the sums and of the state.
        n_layer: Recurrent layers.
        pool: Which state is classified: "last", or "attention", the mean of all steps' with learned weights.
        n_static: Static columns, which the classifier reads beside the state.
        mean: Of each static column; all 0 where nothing is said.
        scale: What a deviation of 1 is in each static column; all 1 where nothing is said.
    """

    def __init__(
        self,
        cell: Literal["lstm", "gru"],
        n_code: int,
        n_class: int,
        *,
        n_hidden: int = 32,
        n_layer: int = 1,
        pool: Pool = "last",
        n_static: int = 0,
        mean: Sequence[float] = (),
        scale: Sequence[float] = (),
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise InputError(f"cell must be 'lstm' or 'gru', but is {cell!r}")
        self.bag = EventBag(n_code, n_hidden)
        self.recurrent = CELLS[cell](n_hidden, n_hidden, n_layer, batch_first=True)
        self.pool = pooling(pool, n_hidden)
        self.beside = BesideStatic(n_static, mean=mean, scale=scale)
        self.head = nn.Linear(n_hidden + n_static, n_class)

    def forward(self, batch: Batch) -> Tensor:
        """Logits ``[sample, class]``."""
        states, there = self.bag(batch)
        after, _ = self.recurrent(states)
        logits: Tensor = self.head(self.beside(self.pool(after, there), batch.static))
        return logits


class EventTransformer(nn.Module):
    """A transformer encoder over the steps' sums, the mean over the sample's steps, and a linear layer.

    Its feed-forward layers bend smoothly (GELU), so that integrated gradients add up with few steps.

    Args:
        n_code: Codes of the vocabulary.
        n_class: Outputs.
        n_hidden: Size of each step's state; even, and a multiple of ``n_head``.
        n_head: Attention heads.
        n_layer: Encoder layers.
        n_static: Static columns, which the classifier reads beside the mean.
        mean: Of each static column; all 0 where nothing is said.
        scale: What a deviation of 1 is in each static column; all 1 where nothing is said.
        dropout: Share of states dropped in training.

    References:
        Vaswani et al. (2017), Attention is all you need, section 3.
    """

    def __init__(
        self,
        n_code: int,
        n_class: int,
        *,
        n_hidden: int = 32,
        n_head: int = 4,
        n_layer: int = 2,
        n_static: int = 0,
        mean: Sequence[float] = (),
        scale: Sequence[float] = (),
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.bag = EventBag(n_code, n_hidden)
        layer = nn.TransformerEncoderLayer(
            n_hidden, n_head, 2 * n_hidden, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)
        self.beside = BesideStatic(n_static, mean=mean, scale=scale)
        self.head = nn.Linear(n_hidden + n_static, n_class)

    def forward(self, batch: Batch) -> Tensor:
        """Logits ``[sample, class]``."""
        states, there = self.bag(batch)
        states = self.encoder(states + places(states), src_key_padding_mask=~there)
        state = mean(torch.where(there[:, :, None], states, 0), there)
        logits: Tensor = self.head(self.beside(state, batch.static))
        return logits


def forward_events(module: nn.Module, batch: Batch) -> Tensor:
    """Call a module with a batch of events.

    Raises:
        InputError: The batch is none.
    """
    if not is_events(batch):
        raise InputError(f"this network reads events, but {batch!r} has none; take aition.from_events")
    outputs: Tensor = module(batch)
    return outputs


def events_model(network: nn.Module) -> TorchModel:
    """A network on events as a model.

    >>> from aition import from_events
    >>> model = events_model(EventRecurrent("gru", 12_000, 2))
    >>> model(from_events([0, 0, 1], [0.1, 5.0, 2.0], [7, 11_999, 7], vocabulary=map(str, range(12_000)))).shape
    torch.Size([2, 2])
    """
    return TorchModel(network, forward_events)
