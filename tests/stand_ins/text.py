"""Text and event codes: ids of tokens with an attention mask in, logits out; explained at the embedding."""

import torch
from torch import Tensor, nn

from aition import Field, Target, TorchModel, from_tensors
from stand_ins.case import Case


class Reader(nn.Module):
    """Token embeddings, masked attention, and the mean over the tokens that there are."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        words = self.embedding(input_ids)
        states, _ = self.attention(words, words, words, key_padding_mask=~attention_mask)
        weight = attention_mask[..., None].to(states)
        return self.head((states * weight).sum(dim=1) / weight.sum(dim=1))


def inputs():
    return {"ids": torch.randint(0, 30, (4, 6)), "mask": torch.arange(6) < torch.tensor([6, 2, 5, 3])[:, None]}


def batch(given):
    ids = Field(given["ids"], "ids", ("sample", "time"))
    return from_tensors(given["ids"], layout="sample time", exists=given["mask"], fields={"ids": ids})


def wrapped(module):
    def forward(module, batch):
        return module(input_ids=batch["ids"], attention_mask=batch.exists)

    return TorchModel(module, forward, embedding="embedding")


def direct(module, given):
    return module(given["ids"], given["mask"])


CASE = Case(Reader, inputs, batch, wrapped, direct, Target.predicted())
