"""Saliency, input times gradient and integrated gradients: signals, targets, passes, and what is refused."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Field, FunctionModel, Target, TorchModel, explain, from_events, from_tensors
from aition.core.errors import InputError, ModelError, RefusalError
from aition.core.question import Question
from aition.core.signals import signals
from aition.methods import (
    GeodesicIntegratedGradients,
    InputXGradient,
    IntegratedGradients,
    Saliency,
    SequentialIntegratedGradients,
    TemporalIntegratedGradients,
    Timing,
)
from aition.methods.gradient.pull import TOGETHER, joinable, passes
from aition.methods.gradient.quadrature import RULES, nodes_of
from aition.methods.gradient.runs import parts_of
from aition.methods.gradient.stepwise import turns_of

MANY = [
    Saliency(),
    InputXGradient(),
    IntegratedGradients(steps=3),
    TemporalIntegratedGradients(steps=2, window=2),
    SequentialIntegratedGradients(steps=2, window=2),
    Timing(steps=4),
]
"""Those that answer several targets at once."""
EXPLAINERS = [*MANY, GeodesicIntegratedGradients(3, 1)]


def batch_of(n_sample: int = 3, n_time: int = 5, *, lengths: Sequence[int] | None = None, **parts: Any) -> Batch:
    x = torch.randn(n_sample, n_time, 2, dtype=torch.float64)
    return from_tensors(x, layout="sample time feature", lengths=lengths, **parts)


def questions_of(model: TorchModel, batch: Batch, n_class: int) -> list[Question]:
    outputs = model(batch)
    return [target.resolve(outputs, batch) for target in Target.each("class", range(n_class))]


def recurrent(n_class: int = 3) -> TorchModel:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.out = nn.GRU(2, 4, batch_first=True), nn.Linear(4, n_class)

        def forward(self, x: Tensor, exists: Tensor) -> Tensor:
            return self.out((self.gru(x)[0] * exists[:, :, None]).sum(dim=1))

    module = Net().double().eval().requires_grad_(requires_grad=False)
    return TorchModel(module, lambda module, batch: module(batch.x, batch.exists))


class Doubled(torch.autograd.Function):
    """Its backward pass leaves torch, so it can't be joined with others."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, cotangent: Tensor) -> Tensor:
        return torch.from_numpy(2 * cotangent.numpy())


class Misled(torch.autograd.Function):
    """Its backward pass scales by the cotangents that it is given, all that are joined."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, cotangent: Tensor) -> Tensor:
        level = torch._C._functorch.maybe_current_level()
        return cotangent * (1.0 if level is None else 2.0)


def with_layer(layer: Callable[[Tensor], Tensor]) -> TorchModel:
    module = nn.Linear(2, 3).double().requires_grad_(requires_grad=False)
    return TorchModel(module, lambda module, batch: layer(module(batch.x)).tanh().sum(dim=1))


@pytest.mark.parametrize("explainer", MANY, ids=repr)
@pytest.mark.parametrize(
    "model",
    [recurrent(), with_layer(torch.tanh), with_layer(Doubled.apply), with_layer(Misled.apply)],
    ids=["gru", "plain", "can't be joined", "joined wrongly"],
)
@pytest.mark.parametrize("rows", [1, 7, 1024])
def test_many_targets_are_answered_as_one_by_one(explainer, model, rows):
    model = TorchModel(model.module, model.forward, rows=rows)
    batch = batch_of(lengths=[5, 2, 4])
    questions = questions_of(model, batch, 3)
    together = explainer.many(model, batch, questions)
    for name, (axes, values) in together.items():
        single = [explainer(model, batch, question)[name] for question in questions]
        assert axes == (single[0][0][0], "target", *single[0][0][1:])
        torch.testing.assert_close(values, torch.stack([one for _, one in single], dim=1))


@pytest.mark.parametrize(
    ("model", "can"),
    [(recurrent(), True), (with_layer(Doubled.apply), False), (with_layer(Misled.apply), False)],
    ids=["gru", "leaves torch", "wrong"],
)
def test_passes_are_joined_only_where_that_changes_nothing(model, can):
    batch = batch_of()
    assert joinable(model, batch, questions_of(model, batch, 3)) is can


def test_passes_that_torch_would_go_through_one_by_one_are_not_joined():
    model = with_layer(lambda x: torch.cummax(x, dim=1).values)
    batch = batch_of()
    assert not joinable(model, batch, questions_of(model, batch, 3))


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
@pytest.mark.parametrize("n_target", [1, 3])
@pytest.mark.parametrize("rows", [1, 2, 5, 100])
def test_the_model_never_gets_more_rows_than_allowed(explainer, n_target, rows):
    seen: list[int] = []

    def counted(module: nn.Module, batch: Batch) -> Tensor:
        seen.append(len(batch))
        return module(batch.x).sum(dim=1)

    model = TorchModel(nn.Linear(2, 3).double().requires_grad_(requires_grad=False), counted)
    batch = batch_of(7)
    questions = questions_of(model, batch, n_target)
    model = TorchModel(model.module, counted, rows=rows)
    seen.clear()
    if n_target == 1 or explainer not in MANY:
        explainer(model, batch, questions[0])
    else:
        explainer.many(model, batch, questions)
    assert max(seen) <= rows


@pytest.mark.parametrize("n_row", [1, 5, 5000])
@pytest.mark.parametrize("rows", [1, 3, 1024])
@pytest.mark.parametrize("n_question", [1, 2, 24])
@pytest.mark.parametrize("joined", [True, False])
def test_forward_and_backward_passes_fit_the_rows(n_row, rows, n_question, joined):
    forward, together = passes(n_row, rows, n_question, joined=joined)
    assert 1 <= forward <= min(n_row, rows)
    assert 1 <= together <= n_question
    assert forward * together <= rows


def test_no_more_scores_go_back_together_than_is_quick():
    assert passes(5000, 1024, 24, joined=True) == (1024 // TOGETHER, TOGETHER)


def test_saliency_is_a_magnitude_unless_it_is_signed():
    model, batch = recurrent(), batch_of()
    question = questions_of(model, batch, 1)[0]
    signed = Saliency(signed=True)(model, batch, question)["attribution"][1]
    assert bool((signed < 0).any())
    assert torch.equal(Saliency()(model, batch, question)["attribution"][1], signed.abs())


def test_input_times_gradient_is_that():
    model, batch = recurrent(), batch_of()
    question = questions_of(model, batch, 1)[0]
    slope = Saliency(signed=True)(model, batch, question)["attribution"][1]
    assert torch.equal(InputXGradient()(model, batch, question)["attribution"][1], slope * batch.x)


def all_signals() -> tuple[TorchModel, Batch]:
    """A smooth model of values, statics, a known future and a context."""
    batch = batch_of(
        static=torch.randn(3, 2, dtype=torch.float64),
        fields={
            "future": Field(
                torch.randn(3, 4, 2, dtype=torch.float64), "known-future", ("sample", "horizon", "channel")
            ),
            "level": Field(torch.randn(3, 5, dtype=torch.float64), "signal", ("sample", "time")),
            "context": Field(torch.randn(3, 2, dtype=torch.float64), "context", ("sample", "channel")),
            "unread": Field(torch.randn(3, 2, dtype=torch.float64), "signal", ("sample", "channel")),
        },
        lengths=[5, 3, 4],
    )

    def forward(module: nn.Module, batch: Batch) -> Tensor:
        there = batch.exists.to(batch.x.dtype)
        read = (module(batch.x).tanh() * there[:, :, None]).sum(dim=1) + module(batch.static)
        level = (batch["level"] * there).sum(dim=1, keepdim=True)
        return read * batch["future"].sin().sum(dim=(1, 2))[:, None] + level * batch["context"]

    return TorchModel(nn.Linear(2, 2).double().requires_grad_(requires_grad=False), forward), batch


def test_every_signal_has_its_attribution_and_context_has_none():
    model, batch = all_signals()
    answer = Saliency()(model, batch, questions_of(model, batch, 1)[0])
    assert {name: axes for name, (axes, _) in answer.items()} == {
        "attribution": ("sample", "time", "feature"),
        "attribution_static": ("sample", "static"),
        "attribution_future": ("sample", "horizon", "channel"),
        "attribution_level": ("sample", "time"),
        "attribution_unread": ("sample", "channel"),
    }


def test_a_signal_that_is_not_read_gets_nothing():
    model, batch = all_signals()
    answer = Saliency()(model, batch, questions_of(model, batch, 1)[0])
    assert float(answer["attribution_unread"][1].abs().max()) == 0


def test_steps_of_further_signals_that_are_padding_get_nothing():
    model, batch = all_signals()
    answer = IntegratedGradients(steps=4)(model, batch, questions_of(model, batch, 1)[0])
    assert torch.equal(answer["attribution_level"][1] != 0, batch.exists)


@pytest.mark.parametrize(
    ("explainer", "error"),
    [
        (IntegratedGradients(), 1e-6),
        (TemporalIntegratedGradients(steps=32, window=2), 1e-6),
        (GeodesicIntegratedGradients(200, 3), 1e-2),
    ],
    ids=repr,
)
def test_attributions_of_all_signals_together_add_up(explainer, error):
    model, batch = all_signals()
    answer = explain(explainer, model, batch, Target.of_class(0), progress="off")
    assert abs(answer["completeness"].values).max() < error
    names = [name for name in answer.data_vars if str(name).startswith("attribution")]
    total = sum(answer[name].fillna(0).values.reshape(3, -1).sum(axis=1) for name in names)
    nothing = batch.with_static(torch.zeros_like(batch.static)).with_x(torch.where(batch.cells, 0.0, batch.x))
    for name in ("future", "level"):
        nothing = nothing.with_field(name, torch.zeros_like(batch[name]))
    change = (model(batch) - model(nothing))[:, 0]
    torch.testing.assert_close(torch.from_numpy(total), change, atol=error, rtol=0)


def test_a_model_that_writes_into_its_input_is_explained():
    def filled(module: nn.Module, batch: Batch) -> Tensor:
        batch.x[batch.x < 0] = 0.0
        return module(batch.x).sum(dim=1)

    module = nn.Linear(2, 1).double().requires_grad_(requires_grad=False)
    batch = batch_of()
    answer = explain(InputXGradient(), TorchModel(module, filled), batch, Target.scalar(), progress="off")
    expected = batch.x.clamp(min=0) * module.weight[0]
    torch.testing.assert_close(torch.from_numpy(answer["attribution"].values), expected)


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_a_black_box_is_refused(explainer):
    batch = batch_of()
    box = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    with pytest.raises(RefusalError, match=f"{type(explainer).__name__} needs gradients"):
        explain(explainer, box, batch, Target.scalar(), progress="off")


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_a_model_that_cuts_the_gradient_is_refused(explainer):
    model = TorchModel(nn.Linear(2, 1), lambda module, batch: module(batch.x.detach()).sum(dim=1).detach())
    with pytest.raises(RefusalError, match="no gradient flows from x to the outputs"):
        explain(explainer, model, batch_of(), Target.scalar(), progress="off")


def test_a_gradient_that_breaks_down_is_named():
    model = TorchModel(nn.Identity(), lambda module, batch: module(batch.x).square().sum(dim=(1, 2)).sqrt())
    zeros = from_tensors(torch.zeros(1, 3, 2))
    with pytest.raises(ModelError, match="attribution is NaN or Inf"):
        explain(Saliency(), model, zeros, Target.scalar(), progress="off")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("steps", [2, 5, 64])
def test_weights_of_a_rule_sum_to_one(rule, steps):
    nodes, weights = nodes_of(rule, steps)
    assert float(weights.sum()) == pytest.approx(1.0, abs=1e-12)
    assert 0 <= float(nodes.min()) <= float(nodes.max()) <= 1


@pytest.mark.parametrize(
    ("rule", "degree"), [("gauss-legendre", 7), ("midpoint", 1), ("trapezoid", 1), ("left", 0), ("right", 0)]
)
def test_a_rule_is_exact_to_its_degree(rule, degree):
    nodes, weights = nodes_of(rule, 4)
    for power in range(degree + 1):
        assert float((weights * nodes**power).sum()) == pytest.approx(1 / (power + 1), abs=1e-12)
    assert float((weights * nodes ** (degree + 1)).sum()) != pytest.approx(1 / (degree + 2), abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps must be 1 or more"),
        ({"steps": 2.5}, "steps must be 1 or more"),
        ({"steps": 1, "rule": "trapezoid"}, "steps must be 2 or more"),
        ({"rule": "simpson"}, "rule must be one of gauss-legendre"),
        ({"baseline": 0.0}, "baseline must be a function"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        IntegratedGradients(**settings)


@pytest.mark.parametrize(
    ("make", "settings", "words"),
    [
        (TemporalIntegratedGradients, {"window": 0}, "window must be 1 or more steps"),
        (SequentialIntegratedGradients, {"window": 1.5}, "window must be 1 or more steps"),
        (TemporalIntegratedGradients, {"rule": "simpson"}, "rule must be one of gauss-legendre"),
        (SequentialIntegratedGradients, {"baseline": 0.0}, "baseline must be a function"),
        (Timing, {"steps": 31}, "steps must be a multiple of the 4 parts"),
        (Timing, {"parts": 0}, "parts must be a whole number, 1 or more"),
        (Timing, {"seed": "x"}, "seed must be a whole number of at most 64 bits, but is 'x'"),
        (Timing, {"shortest": "x"}, "shortest and longest must rise within"),
        (Timing, {"shortest": 0.0}, "shortest and longest must rise within"),
        (Timing, {"shortest": 0.5, "longest": 0.2}, "shortest and longest must rise within"),
        (Timing, {"longest": float("nan")}, "shortest and longest must rise within"),
        (GeodesicIntegratedGradients, {"steps": 1}, "steps must be 2 or more"),
        (GeodesicIntegratedGradients, {"iterations": -1}, "iterations must be 0 or more"),
        (GeodesicIntegratedGradients, {"steepness": float("nan")}, "steepness must be 0 or more"),
    ],
)
def test_settings_of_those_for_time_that_make_no_sense_are_refused(make, settings, words):
    with pytest.raises(InputError, match=words):
        make(**settings)


def steep(module: nn.Module, batch: Batch) -> Tensor:
    """Two cells, of which the first is steep, so that a geodesic bends."""
    first, second = batch.x[:, 0, 0], batch.x[:, 1, 0]
    return (4 * first - 2).tanh() + 3 * first * second


def test_a_geodesic_leaves_the_straight_line_but_not_where_nothing_was_observed():
    x = torch.tensor([[[1.0], [0.0]]], dtype=torch.float64)
    seen = from_tensors(x, layout="sample time feature")
    hidden = from_tensors(x.masked_fill(x == 0, torch.nan), layout="sample time feature")
    how, model = GeodesicIntegratedGradients(8, 8), TorchModel(nn.Identity(), steep, head="none")
    free, held = (explain(how, model, batch, Target.scalar(), progress="off") for batch in (seen, hidden))
    assert abs(float(free["attribution"][0, 1, 0])) > 1e-3
    assert float(held["attribution"].fillna(0)[0, 1, 0]) == 0


def test_steps_of_events_move_together():
    ward = from_events(sample=[0] * 4, time=[0.1, 0.2, 1.5, 1.6], code=["a", "b", "a", "c"], every=1.0)
    assert turns_of(ward, window=1)["x"].flatten().tolist() == [0, 0, 1, 1]


def test_what_has_no_time_moves_first():
    _, batch = all_signals()
    turns = turns_of(batch, window=2)
    assert {name: turn.amax().item() for name, turn in turns.items() if name in ("static", "future", "unread")} == {
        "static": 0,
        "future": 0,
        "unread": 0,
    }
    assert turns["level"][0].tolist() == [1, 1, 2, 2, 3]


def test_a_cell_without_time_is_free_in_one_part_of_each_draw():
    _, batch = all_signals()
    at, draw = torch.zeros(64, dtype=torch.int64), torch.arange(64)
    parts = parts_of(batch, at, draw, n_part=2, shortest=0.25, longest=0.5, seed=0)
    assert {name: part.shape[1:] for name, part in parts.items()} == {
        name: signal.value.shape[1:] for name, signal in signals(batch).items()
    }
    assert parts["future"].flatten(1).double().mean(dim=0).sub(0.5).abs().max() < 0.1
