"""Codes of patients (PyHealth, MEDS): keywords for each kind of code, ids into embeddings, a dict out."""

import torch
from torch import Tensor, nn

from aition import Field, Target, TorchModel, from_tensors
from stand_ins.case import Case


class Patient(nn.Module):
    """One embedding for each kind of code, a GRU over visits, and the patient's age."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.ModuleDict({"conditions": nn.Embedding(20, 6, padding_idx=0)})
        self.gru = nn.GRU(6, 8, batch_first=True)
        self.head = nn.Linear(9, 2)

    def forward(self, *, conditions: tuple[Tensor, Tensor], age: Tensor) -> dict[str, Tensor]:
        ids, mask = conditions
        states, _ = self.gru(self.embeddings["conditions"](ids) * mask[..., None])
        last = states[torch.arange(len(ids)), mask.sum(dim=1) - 1]
        logit = self.head(torch.cat([last, age], dim=1))
        return {"logit": logit, "y_prob": logit.softmax(dim=1)}


def inputs():
    ids, lengths = torch.randint(1, 20, (4, 5)), torch.tensor([5, 2, 4, 1])
    return {"ids": ids * (torch.arange(5) < lengths[:, None]), "lengths": lengths, "age": torch.rand(4, 1)}


def batch(given):
    conditions = Field(given["ids"], "ids", ("sample", "time"))
    return from_tensors(
        given["ids"],
        layout="sample time",
        lengths=given["lengths"],
        static=given["age"],
        fields={"conditions": conditions},
    )


def wrapped(module):
    def forward(module, batch):
        return module(conditions=(batch["conditions"], batch.exists), age=batch.static)["logit"]

    return TorchModel(module, forward, embedding="embeddings.conditions")


def direct(module, given):
    return module(conditions=(given["ids"], given["ids"] > 0), age=given["age"])["logit"]


CASE = Case(Patient, inputs, batch, wrapped, direct, Target.predicted())
