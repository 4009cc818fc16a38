"""Arithmetic: full precision touches nothing; bfloat16 is refused where not offered, and said where it is taken."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.core import arithmetic
from aition.core.errors import InputError, RefusalError
from aition.methods import IntegratedGradients, Occlusion


def network(end: nn.Module) -> TorchModel:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(12, 16), nn.Tanh(), nn.Linear(16, 3), end)
    return TorchModel(module.eval())


BATCH = from_tensors(torch.randn(4, 6, 2, generator=torch.Generator().manual_seed(1)))


def test_full_precision_calculates_as_the_module_alone():
    model = network(nn.Identity())
    assert torch.equal(model(BATCH), model.module(BATCH.x))
    answer = explain(IntegratedGradients(), model, BATCH, Target.of_class(1), progress="off")
    assert "precision" not in answer.attrs


def test_other_precision_is_refused_on_a_cpu():
    model = replace(network(nn.Identity()), precision="bfloat16")
    with pytest.raises(RefusalError, match="precision 'bfloat16' is for networks on cuda, but this one is on cpu"):
        model(BATCH)


def test_a_precision_there_is_not_is_refused():
    with pytest.raises(InputError, match="precision must be one of full, bfloat16, but is 'half'"):
        replace(network(nn.Identity()), precision="half")


@pytest.mark.parametrize("end", [nn.Identity(), nn.Softmax(dim=1)], ids=["logits", "softmax"])
@pytest.mark.parametrize("explainer", [IntegratedGradients(), Occlusion()], ids=["gradients", "occlusion"])
def test_where_it_is_offered_answers_are_near_in_the_dtype_of_the_weights_and_say_so(monkeypatch, end, explainer):
    monkeypatch.setattr(arithmetic, "LOWERED", ("cpu",))
    full = network(end)
    low = replace(full, precision="bfloat16")
    assert low(BATCH).dtype == torch.float32
    one, other = (explain(explainer, model, BATCH, Target.of_class(1), progress="off") for model in (full, low))
    gap = float(abs(one["attribution"] - other["attribution"]).max())
    assert 0 < gap < 0.02 * float(abs(one["attribution"]).max())
    assert other.attrs["precision"] == "bfloat16"
    assert other.attrs["head"] == one.attrs["head"]
