"""Checks that an explanation speaks of the model and the data, and finds what was planted."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.metrics import auroc
from aition.testing.compare import Case, ask, attribution, must, plain

PLANTED = (slice(2, 4), 1)
"""Steps and feature of the only cells that the planted function reads."""


class Planted(nn.Module):
    """Three classes told apart by two steps of one feature; all other cells are inert."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Linear(2, 3)
        with torch.no_grad():
            self.read.weight.copy_(torch.tensor([[1.5, 1.0], [-1.0, 1.0], [0.5, -2.0]]))
            self.read.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.read(x[:, PLANTED[0], PLANTED[1]])
        return logits


def planted_case() -> Case:
    """Series whose planted cells are known."""
    x = torch.randn(8, 6, 2, generator=torch.Generator().manual_seed(5))
    x[:, PLANTED[0], PLANTED[1]] = x[:, PLANTED[0], PLANTED[1]].sign() * (1 + x[:, PLANTED[0], PLANTED[1]].abs())
    model = TorchModel(Planted())
    return Case("planted", model, from_tensors(x, layout="sample time feature"), Target.predicted())


def other_weights_give_another_answer(explainer: Any, case: Case) -> None:
    module = deepcopy(case.model.module)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    other = ask(explainer, case, model=replace(case.model, module=module))
    must(
        not np.allclose(attribution(plain(explainer, case)), attribution(other), atol=1e-6),
        "the answer must change with the weights",
    )


def other_values_give_another_answer(explainer: Any, case: Case) -> None:
    turned = ask(explainer, case, batch=case.batch.with_x(case.batch.x.flip(1) * 1.5))
    must(
        not np.allclose(attribution(plain(explainer, case)), attribution(turned), atol=1e-6),
        "the answer must change with the values",
    )


def planted_cells_are_found(explainer: Any, case: Case) -> None:
    planted = planted_case()
    array = np.abs(attribution(ask(explainer, planted)))
    truth = np.zeros(array.shape, dtype=bool)
    truth[:, PLANTED[0], PLANTED[1]] = True
    found = float(np.mean(auroc(array, truth, exists=np.ones(array.shape[:2], dtype=bool), pool=False)))
    must(found >= 0.9, f"cells that alone matter must be ranked first: AUROC must be at least .9, but is {found:.2f}")


def an_inert_feature_gets_less_than_the_one_that_matters(explainer: Any, case: Case) -> None:
    array = np.abs(attribution(ask(explainer, planted_case()))).sum(axis=1)
    must((array[:, 0] < array[:, 1]).all(), "the inert feature must get less attribution than the one that matters")


CHECKS = (
    other_weights_give_another_answer,
    other_values_give_another_answer,
    planted_cells_are_found,
    an_inert_feature_gets_less_than_the_one_that_matters,
)
