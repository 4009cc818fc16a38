"""Occlusion and feature ablation: windows, groups, signals, targets, passes, and what is refused."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Field, FunctionModel, Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError
from aition.core.question import Question
from aition.core.signals import signals
from aition.impute.baseline import ConstantBaseline
from aition.impute.groups import EachCell, EachFeature, GivenGroups, Segments
from aition.methods import FeatureAblation, Occlusion
from aition.methods.occlusion.windows import spread, windows

EXPLAINERS = [
    Occlusion(),
    Occlusion(window=3, stride=2),
    Occlusion(window=2, features=2),
    Occlusion(features=0),
    FeatureAblation(),
    FeatureAblation(EachFeature()),
    FeatureAblation(Segments(2)),
]


def batch_of(n_sample: int = 3, n_time: int = 5, *, lengths: Sequence[int] | None = None, **parts: Any) -> Batch:
    x = torch.randn(n_sample, n_time, 2, dtype=torch.float64)
    return from_tensors(x, layout="sample time feature", lengths=lengths, **parts)


def full_batch() -> Batch:
    return batch_of(
        static=torch.randn(3, 2, dtype=torch.float64),
        fields={
            "future": Field(
                torch.randn(3, 2, 2, dtype=torch.float64), "known-future", ("sample", "horizon", "channel")
            ),
            "level": Field(torch.randn(3, 5, dtype=torch.float64), "signal", ("sample", "time")),
        },
        lengths=[5, 3, 4],
    )


def linear() -> TorchModel:
    """Three outputs, linear in every signal; padding is not read."""
    module = nn.Linear(2, 3, bias=False).double().requires_grad_(requires_grad=False)

    def forward(module: nn.Module, batch: Batch) -> Tensor:
        there = batch.exists[:, :, None].to(batch.x.dtype)
        step = 1 + batch.step.clamp(min=0)[:, :, None].to(batch.x.dtype)
        outputs = (module(batch.x) * there * step).sum(dim=1)
        if batch.static.shape[1]:
            outputs = outputs + 2 * module(batch.static) + 3 * module(batch["future"]).sum(dim=1)
            outputs = outputs + (batch["level"] * there[:, :, 0]).sum(dim=1, keepdim=True)
        return outputs

    return TorchModel(module, forward)


def questions_of(model: TorchModel, batch: Batch, n_class: int) -> list[Question]:
    outputs = model(batch)
    return [target.resolve(outputs, batch) for target in Target.each("class", range(n_class))]


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
@pytest.mark.parametrize("rows", [1, 7, 1024])
def test_many_targets_are_answered_as_one_by_one(explainer, rows):
    batch = full_batch()
    model = TorchModel(linear().module, linear().forward, rows=rows)
    questions = questions_of(model, batch, 3)
    for name, (axes, values) in explainer.many(model, batch, questions).items():
        single = [explainer(model, batch, question)[name] for question in questions]
        assert axes == ("sample", "target", *single[0][0][1:])
        torch.testing.assert_close(values, torch.stack([one for _, one in single], dim=1))


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
@pytest.mark.parametrize("rows", [1, 2, 5])
def test_the_model_never_gets_more_rows_than_allowed(explainer, rows):
    seen: list[int] = []

    def counted(batch: Batch) -> Tensor:
        seen.append(len(batch))
        return batch.x.sum(dim=(1, 2))

    batch = batch_of(7)
    model = FunctionModel(counted, rows=rows, dtype=torch.float64)
    explainer(model, batch, Target.scalar().resolve(batch.x.sum(dim=(1, 2)), batch))
    assert max(seen) <= rows


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_the_rows_of_a_sample_are_its_trials(explainer):
    seen: list[int] = []

    def counted(batch: Batch) -> Tensor:
        seen.append(len(batch))
        return batch.x.sum(dim=(1, 2))

    batch = batch_of(1)
    model = FunctionModel(counted, dtype=torch.float64)
    explainer(model, batch, Target.scalar().resolve(batch.x.sum(dim=(1, 2)), batch))
    assert sum(seen) == explainer.rows_per_sample(batch)


@pytest.mark.parametrize("explainer", [Occlusion(), Occlusion(window=2), FeatureAblation()], ids=repr)
def test_every_signal_is_attributed_by_its_cells(explainer):
    model, batch = linear(), full_batch()
    answer = explainer(model, batch, questions_of(model, batch, 1)[0])
    weight = model.module.weight[0]
    torch.testing.assert_close(answer["attribution_static"][1], 2 * weight * batch.static)
    if explainer != Occlusion(window=2):
        torch.testing.assert_close(answer["attribution_level"][1], batch["level"] * batch.exists)
    torch.testing.assert_close(answer["attribution_future"][1], 3 * weight * batch["future"])


def test_a_cell_gets_the_mean_over_the_windows_that_cover_it():
    batch = from_tensors(torch.tensor([[1.0, 10.0, 100.0]]), layout="sample time")
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    answer = explain(Occlusion(window=2), model, batch, Target.scalar(), progress="off")
    assert answer["attribution"].values[0, :, 0].tolist() == [11.0, (11 + 110) / 2, 110.0]


def test_the_last_window_reaches_the_end():
    batch = from_tensors(torch.tensor([[1.0, 2.0, 4.0, 8.0]]), layout="sample time")
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    answer = explain(Occlusion(window=3, stride=3), model, batch, Target.scalar(), progress="off")
    assert answer["attribution"].values[0, :, 0].tolist() == [7.0, 7.0, 7.0, 8.0]


def test_a_window_wider_than_the_series_is_the_series():
    batch = batch_of(lengths=[5, 2, 4])
    model = linear()
    question = questions_of(model, batch, 1)[0]
    wide = Occlusion(window=50, features=2)(model, batch, question)["attribution"][1]
    assert torch.allclose(wide, model(batch)[:, :1, None] * batch.cells)


@pytest.mark.parametrize(("length", "slide", "count"), [(5, (1, 1), 5), (5, (3, 1), 3), (5, (3, 3), 2), (2, (3, 1), 1)])
def test_so_many_windows_cover_a_series(length, slide, count):
    assert int(windows(torch.tensor(length), slide)) == count


def test_spread_counts_the_windows_over_each_place():
    assert spread(torch.ones(3), (2, 2), 5, 0).tolist() == [1, 1, 1, 1, 1]
    assert spread(torch.ones(3), (3, 1), 5, 0).tolist() == [1, 2, 3, 2, 1]


def test_a_group_of_several_signals_is_taken_away_at_once():
    model, batch = linear(), full_batch()
    question = questions_of(model, batch, 1)[0]

    def everything(batch: Batch) -> dict[str, Tensor]:
        return {name: torch.zeros(signal.value.shape, dtype=torch.int64) for name, signal in signals(batch).items()}

    answer = FeatureAblation(everything)(model, batch, question)
    for name in ("attribution_static", "attribution_future"):
        torch.testing.assert_close(
            answer[name][1].flatten(1), model(batch)[:, :1].expand(3, answer[name][1][0].numel())
        )


def test_what_belongs_to_no_group_gets_nothing():
    model, batch = linear(), batch_of()
    answer = FeatureAblation(GivenGroups(((0, -1),)))(model, batch, questions_of(model, batch, 1)[0])
    assert float(answer["attribution"][1][:, :, 1].abs().max()) == 0


def test_given_groups_begin_at_the_first_existing_step():
    batch = from_tensors(torch.zeros(1, 3, 1), layout="sample time feature", lengths=[2], side="left")
    assert GivenGroups(((4,), (5,)))(batch)["x"].flatten().tolist()[1:] == [4, 5]


def test_given_groups_leave_other_signals_their_cells():
    groups = GivenGroups(((0, 7),))(full_batch())
    others = torch.cat([groups[name].flatten(1)[0] for name in ("static", "future")])
    assert len(set(others.tolist())) == len(others)
    assert int(others.min()) > 7


@pytest.mark.parametrize("groups", [EachCell(), EachFeature(), Segments(2)], ids=repr)
def test_groups_do_not_cross_signals(groups):
    found = [set(group[group >= 0].tolist()) for group in groups(full_batch()).values()]
    assert sum(map(len, found)) == len(set.union(*found))


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (GivenGroups(((0, 1, 2),)), r"groups of x must be \[time=5 feature=2\], or one row of 2 features"),
        (GivenGroups(((0, 1), (0, 1))), "but are 2 rows"),
        (lambda batch: {"x": batch.x}, r"groups of x must be int64 \[3, 5, 2\], but are torch.float64"),
        (lambda batch: {}, "but are missing"),
        (lambda batch: {"x": torch.full(batch.x.shape, -2)}, "must be -1 or more, but are -2 at least"),
    ],
)
def test_groups_that_do_not_fit_are_refused(groups, words):
    model, batch = linear(), batch_of()
    with pytest.raises(InputError, match=words):
        FeatureAblation(groups)(model, batch, questions_of(model, batch, 1)[0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Occlusion(window=0), "window must be 1 or more, but is 0"),
        (
            lambda: Occlusion(window=2, stride=3),
            "stride must be 1 to window=2, so that every cell is covered, but is 3",
        ),
        (lambda: Occlusion(feature_stride=2), "feature_stride must be 1 to features=1"),
        (lambda: Occlusion(features=-1), "features must be 1 or more"),
        (lambda: Occlusion(baseline=0.0), "baseline must be a function"),
        (lambda: FeatureAblation(baseline=ConstantBaseline), "but is the class ConstantBaseline"),
        (lambda: FeatureAblation(EachCell), "groups must be a function"),
        (lambda: Segments(0), "length must be 1 step or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
