"""Models in every shape that users bring are explained behind a few lines, and are not changed."""

import inspect

import pytest
import torch
from torch import nn

from aition import TorchModel, explain
from aition.core.errors import RefusalError
from aition.core.signals import signals
from aition.methods.gradient import IntegratedGradients
from aition.methods.occlusion import Occlusion
from stand_ins import (
    black_box,
    channel_first,
    codes,
    darts,
    hugging_face,
    neuralforecast,
    plain,
    pypots,
    pytorch_forecasting,
    text,
)

WHITE = {
    module.__name__.rpartition(".")[2]: module.CASE
    for module in (
        plain, pypots, codes, channel_first, pytorch_forecasting, darts, neuralforecast, hugging_face, text,
    )
}  # fmt: skip
BLACK = {"onnx": black_box.SESSION, "scikit-learn": black_box.FOREST, "aeon": black_box.SHAPELETS}
CASES = WHITE | BLACK


def ready(case, module, batch):
    """The model, and the batch as explain() hands it on: with the embedding's output where there is an embedding."""
    model = case.wrapped(module)
    return model, model.embedded(batch) if isinstance(model, TorchModel) else batch


def made(case):
    """The module in evaluation mode, what its users have, and a Batch of it."""
    torch.manual_seed(0)
    module = case.module()
    if isinstance(module, nn.Module):
        module.eval()
    given = case.inputs()
    return module, given, case.batch(given)


@pytest.mark.parametrize("name", CASES)
def test_five_lines_are_enough(name):
    source = inspect.getsource(CASES[name].wrapped).splitlines()
    assert len([line for line in source[1:] if line.strip()]) <= 5


@pytest.mark.parametrize("name", CASES)
def test_the_outputs_are_those_of_the_module_called_directly(name):
    case = CASES[name]
    module, given, batch = made(case)
    model, batch = ready(case, module, batch)
    with torch.no_grad():
        torch.testing.assert_close(case.answer(model(batch)), case.direct(module, given), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_the_target_settles_on_one_output_of_each_sample(name):
    case = CASES[name]
    module, _, batch = made(case)
    model, batch = ready(case, module, batch)
    outputs = model(batch)
    question = case.target.resolve(outputs, batch, axes=model.axes)
    assert question.score(outputs).shape == (4,)


@pytest.mark.parametrize("name", WHITE)
def test_integrated_gradients_add_up_over_all_signals(name):
    case = WHITE[name]
    module, _, batch = made(case)
    answer = explain(IntegratedGradients(steps=256), case.wrapped(module), batch, case.target, padding=case.padding)
    names = ["attribution", *(f"attribution_{one}" for one in signals(batch) if one != "x")]
    total = sum(abs(answer[one]).sum() for one in names)
    assert float(abs(answer.completeness).max()) < 1e-3
    assert all(float(abs(answer[one]).sum()) > 0 for one in names)
    assert float(total) > 0.01


@pytest.mark.parametrize("name", CASES)
def test_occlusion_gives_existing_cells_a_number_and_padding_none(name):
    case = CASES[name]
    module, _, batch = made(case)
    answer = explain(Occlusion(), case.wrapped(module), batch, case.target, padding=case.padding)
    attribution = torch.from_numpy(answer.attribution.values)
    assert bool(torch.isfinite(attribution[batch.exists]).all())
    assert float(attribution[batch.exists].abs().sum()) > 0
    assert not bool(attribution[~batch.exists].nan_to_num(0).any())


@pytest.mark.parametrize("name", WHITE)
def test_the_module_is_left_as_it_was(name):
    case = WHITE[name]
    module, _, batch = made(case)
    module.train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    explain(IntegratedGradients(steps=2), case.wrapped(module), batch, case.target, padding=case.padding)
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(weight.grad is None and weight.requires_grad for weight in module.parameters())


@pytest.mark.parametrize("name", BLACK)
def test_what_needs_gradients_refuses_a_black_box(name):
    case = BLACK[name]
    module, _, batch = made(case)
    with pytest.raises(RefusalError, match="black box; take Occlusion"):
        explain(IntegratedGradients(), case.wrapped(module), batch, case.target)


@pytest.mark.parametrize("name", ["pypots", "channel_first"])
def test_a_softmax_inside_the_module_is_found(name):
    case = WHITE[name]
    module, _, batch = made(case)
    outputs = case.wrapped(module)(batch)
    assert not torch.allclose(outputs.sum(dim=1), torch.ones(4))


def test_codes_are_explained_in_the_space_of_their_embedding():
    module, _, batch = made(codes.CASE)
    answer = explain(IntegratedGradients(), codes.wrapped(module), batch, codes.CASE.target)
    assert answer.attribution.shape == (4, 5, 6)


def test_a_wrapped_module_is_a_torch_model():
    assert all(isinstance(case.wrapped(made(case)[0]), TorchModel) for case in WHITE.values())
