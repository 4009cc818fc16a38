"""Objectives: what they measure, and what they refuse."""

import pytest
import torch
from torch import nn

from aition import Target, TorchModel
from aition.core.assemble import from_tensors
from aition.core.errors import InputError, TargetError
from aition.dream import Border, Channel, Direction, Joint, Layer, Margin, Neuron, Output
from aition.dream.seen import Seen, look

BATCH = from_tensors(torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(0)), layout="sample time feature")


def seen(*rows: list[float]) -> Seen:
    return Seen(torch.tensor(rows), ("class",), BATCH.take(range(len(rows))))


def network() -> TorchModel:
    torch.manual_seed(0)
    return TorchModel(
        nn.Sequential(nn.Conv1d(3, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(5, 3)),
        lambda module, batch: module(batch.x.transpose(1, 2)),
    )


def test_the_margin_is_the_log_odds_of_a_class():
    one = seen([1.0, 2.0, -1.0], [0.5, 0.0, 3.0])
    chance = one.outputs.softmax(dim=1)
    assert torch.allclose(Margin(1).measured(one), torch.logit(chance[:, 1]), atol=1e-5)


def test_one_output_is_the_log_odds_of_class_1():
    one = Seen(torch.tensor([[2.0]]), ("class",), BATCH.take([0]))
    assert Margin(1).measured(one).tolist() == [2.0]
    assert Margin(0).measured(one).tolist() == [-2.0]
    flat = Seen(torch.tensor([2.0]), (), BATCH.take([0]))
    assert Margin(0).measured(flat).tolist() == [-2.0]


def test_a_border_has_equal_classes_above_all_others():
    one = seen([2.0, 2.0, 0.5], [2.0, 1.0, 4.0])
    border = Border((0, 1), slack=1.0)
    assert border.equal(one).tolist() == [[0.0], [-1.0]]
    assert border.below(one).tolist() == [[-0.5], [4.0]]
    assert torch.allclose(border.measured(one), torch.logit(one.outputs.softmax(dim=1)[:, :2].sum(dim=1)), atol=1e-5)


def test_a_border_of_all_classes_has_no_others():
    one = seen([2.0, 0.5])
    assert Border((0, 1)).below(one).shape == (1, 0)
    assert Border((0, 1)).measured(one).tolist() == [-1.5]


def test_layers_are_heard_and_left_as_they_were():
    model = network()
    parts = [Neuron("0", (2, 1)), Channel("0", 4), Layer("0"), Direction("0", torch.ones(5))]
    heard = look(model, BATCH, ("0",), {})
    said = model.module[0](BATCH.x.transpose(1, 2))
    assert torch.equal(parts[0].measured(heard), said[:, 2, 1])
    assert torch.allclose(parts[1].measured(heard), said[:, 4].mean(dim=1))
    assert torch.allclose(parts[2].measured(heard), said.square().mean(dim=(1, 2)))
    mean = said.mean(dim=2)
    angle = torch.cosine_similarity(mean, torch.ones(1, 5)).clamp(min=0.1)
    assert torch.allclose(parts[3].measured(heard), mean.sum(dim=1) * angle**2, atol=1e-6)
    assert not model.module[0]._forward_hooks


def test_a_joint_objective_is_the_weighted_sum():
    one = seen([1.0, 2.0, -1.0])
    joint = Joint((Margin(0), Margin(2)), (2.0, 0.5))
    assert torch.allclose(joint.measured(one), 2 * Margin(0).measured(one) + 0.5 * Margin(2).measured(one))
    with pytest.raises(InputError, match="without constraints"):
        Joint((Border((0, 1)),))


def test_different_objectives_have_different_names():
    one, other = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    several = [
        Direction("0", one),
        Direction("0", other),
        Direction("0", one, power=1.0),
        Direction("0", one, axis=-1),
        Channel("0", 1),
        Channel("0", 1, axis=-1),
        Joint((Margin(0), Margin(1))),
        Joint((Margin(0), Margin(1)), (1.0, 2.0)),
    ]
    assert len({one.name for one in several}) == len(several)
    assert Direction("0", one).name == Direction("0", one.clone()).name
    assert Joint((Margin(0), Margin(1)), (1.0, 2.0)).name == "class 0 + 2 class 1"


def test_an_output_is_named_by_its_axes():
    outputs = torch.arange(24.0).reshape(4, 3, 2)
    one = Seen(outputs, ("horizon", "quantile"), BATCH)
    assert torch.equal(Output(Target.output(horizon=2, quantile=1)).measured(one), outputs[:, 2, 1])
    assert torch.equal(Output(Target.output(horizon=2, quantile=1), downward=True).measured(one), -outputs[:, 2, 1])


@pytest.mark.parametrize("between", [(0,), (0, 0), (0, -1)])
def test_a_border_is_between_different_classes(between):
    with pytest.raises(InputError, match="between must be"):
        Border(between)


def test_what_is_not_there_is_named():
    with pytest.raises(TargetError, match="class must be 0 to 2, but is 3"):
        Margin(3).measured(seen([1.0, 2.0, 3.0]))
    with pytest.raises(InputError, match="layer must be one of"):
        look(network(), BATCH, ("nowhere",), {})
    with pytest.raises(InputError, match="channel must be 0 to 4"):
        Channel("0", 5).measured(look(network(), BATCH, ("0",), {}))
    with pytest.raises(InputError, match="place must lie in"):
        Neuron("0", (9, 9)).measured(look(network(), BATCH, ("0",), {}))
    with pytest.raises(InputError, match="of must be a class"):
        Margin(-1)
    with pytest.raises(TargetError, match="by its index"):
        Output(Target.predicted())
