"""check_explainer passes what is right, and each fault of an explainer is caught by the check of its name."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from aition import Batch, Question
from aition.core.draws import normal_like
from aition.core.errors import RefusalError
from aition.testing import CHECKS, Outcome, Report, cases, check_explainer, conformance, support_matrix

CELLS = ("sample", "time", "feature")


def gradient_times_input(model: Any, batch: Batch, question: Question) -> Tensor:
    with torch.enable_grad():
        x = batch.x.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(question.score(model(batch.with_x(x))).sum(), x)
    return gradient * x.detach()


@dataclass(frozen=True)
class Right:
    """Gradient times input, with noise that hangs on the sample: the plainest explainer that is right.

    Args:
        seed: Of the noise.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target.

    References:
        Shrikumar, Greenside, Kundaje 2017.
    """

    seed: int = 0

    def __call__(self, model: Any, batch: Batch, question: Question) -> dict[str, Any]:
        noise = 1e-4 * normal_like(batch, seed=self.seed) * batch.observed
        return {"attribution": (CELLS, gradient_times_input(model, batch, question) + noise)}


def named(name: str) -> Any:
    return next(check for check in CHECKS if check.__name__ == name)


def faulty(change: Any) -> Any:
    """Right, but for what ``change(attribution, model, batch)`` makes of its answer."""

    @dataclass(frozen=True)
    class Faulty(Right):
        def __call__(self, model: Any, batch: Batch, question: Question) -> dict[str, Any]:
            right = super().__call__(model, batch, question)
            answer = change(right["attribution"][1], model, batch)
            return answer if isinstance(answer, dict) else {"attribution": (CELLS, answer)}

    return Faulty()


def leaves(effect: Any) -> Any:
    """Right, but with an effect on the model or the data."""

    def change(array: Tensor, model: Any, batch: Batch) -> Tensor:
        effect(model, batch)
        return array

    return faulty(change)


def with_state(array: Tensor, model: Any, batch: Batch) -> Tensor:
    calls.append(1)
    return array * len(calls)


calls: list[int] = []


def padding_counts(array: Tensor, model: Any, batch: Batch) -> Tensor:
    return array * batch.n_time


def last_steps(array: Tensor, model: Any, batch: Batch) -> Tensor:
    return array + torch.arange(batch.n_time)[None, :, None]


def grad_left(model: Any, batch: Batch) -> None:
    weight = next(model.module.parameters())
    weight.grad = torch.ones_like(weight)


FAULTS = {
    "it_answers_the_cells_of_the_values": faulty(lambda a, m, b: {"other": (("sample",), a[:, 0, 0])}),
    "the_attribution_lies_along_samples": faulty(lambda a, m, b: {"attribution": (("component",), a[0, 0])}),
    "attributions_are_floating_point": faulty(lambda a, m, b: a.double()),
    "attributions_are_not_all_equal": faulty(lambda a, m, b: torch.ones_like(a)),
    "every_existing_cell_has_a_finite_answer": faulty(lambda a, m, b: a / 0),
    "chunks_of_one_sample_change_nothing": faulty(lambda a, m, b: a - a.mean(dim=0)),
    "a_sample_alone_is_explained_as_in_company": faulty(lambda a, m, b: a / a.abs().max()),
    "the_order_of_samples_changes_nothing": faulty(lambda a, m, b: a * torch.arange(1, len(a) + 1)[:, None, None]),
    "several_batches_are_one_data_set": faulty(lambda a, m, b: a * len(b)),
    "longer_padding_on_the_right_changes_nothing": faulty(padding_counts),
    "longer_padding_on_the_left_changes_nothing": faulty(last_steps),
    "the_side_of_the_padding_changes_nothing": faulty(last_steps),
    "what_stands_in_the_padding_changes_nothing": faulty(lambda a, m, b: a + b.x.sum(dim=(1, 2), keepdim=True)),
    "a_short_series_is_explained_as_without_padding": faulty(padding_counts),
    "asking_twice_answers_the_same": faulty(with_state),
    "the_global_random_state_does_not_matter": faulty(lambda a, m, b: a + torch.randn_like(a)),
    "names_of_features_do_not_matter": faulty(lambda a, m, b: a * len(b.feature_names[0])),
    "parameters_stay": leaves(lambda m, b: next(m.module.parameters()).data.add_(1)),
    "no_gradient_is_left": leaves(grad_left),
    "gradients_of_training_stay": leaves(lambda m, b: m.module.zero_grad()),
    "no_hook_is_left": leaves(lambda m, b: m.module.register_forward_hook(lambda *_: None)),
    "global_modes_stay": leaves(lambda m, b: torch.set_grad_enabled(not torch.is_grad_enabled())),
    "no_warning_is_given": leaves(lambda m, b: __import__("warnings").warn("loud", stacklevel=2)),
    "one_step_can_be_explained": faulty(lambda a, m, b: a / a.std(dim=1, keepdim=True)),
    "constant_series_can_be_explained": faulty(lambda a, m, b: a / b.x.abs().sum()),
    "missing_values_can_be_explained": faulty(lambda a, m, b: torch.where(b.observed, a, a.new_tensor(torch.nan))),
    "fill_values_change_nothing": faulty(lambda a, m, b: a * b.x.sum(dim=(1, 2), keepdim=True)),
    "what_was_not_observed_has_no_attribution": faulty(lambda a, m, b: a + 1),
    "times_reach_the_model_as_they_are": leaves(lambda m, b: m(replace(b, times=b.times + 1))),
    "gaps_reach_the_model_as_they_are": leaves(lambda m, b: m(replace(b, observed=b.cells))),
    "every_length_at_once_can_be_explained": faulty(lambda a, m, b: a / (b.lengths[:, None, None] - 1)),
    "other_weights_give_another_answer": faulty(lambda a, m, b: b.x),
    "other_values_give_another_answer": faulty(lambda a, m, b: torch.arange(a.numel()).reshape(a.shape).float()),
    "every_class_can_be_asked": faulty(lambda a, m, b: b.x),
    "planted_cells_are_found": faulty(lambda a, m, b: a.roll(2, dims=1)),
    "an_inert_feature_gets_less_than_the_one_that_matters": faulty(lambda a, m, b: a.flip(2)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught_by_the_check_of_its_name(name: str) -> None:
    try:
        report = check_explainer(FAULTS[name], checks=[named(name)])
    finally:
        torch.set_grad_enabled(True)
    assert [outcome.verdict for outcome in report.outcomes] == ["failed"], str(report)


def test_what_is_right_passes_everything() -> None:
    report = check_explainer(Right())
    assert not report.of("failed"), str(report)
    assert len(report.outcomes) == len(CHECKS) >= 60


def test_settings_that_can_not_be_pickled_are_caught() -> None:
    @dataclass(frozen=True)
    class Local(Right):
        pass

    assert check_explainer(Local(), checks=[named("it_can_be_pickled")]).of("failed")


@dataclass
class Loose:
    """Changes its settings at will."""

    seed: int = 0


def test_a_dataclass_that_is_not_frozen_is_caught() -> None:
    assert check_explainer(Loose(), checks=[named("it_is_a_frozen_dataclass")]).of("failed")  # type: ignore[arg-type]


def test_a_docstring_without_source_is_caught() -> None:
    assert check_explainer(Loose(), checks=[named("its_docstring_tells_what_it_does")]).of("failed")  # type: ignore[arg-type]


def test_a_refusal_is_listed_and_is_no_pass() -> None:
    @dataclass(frozen=True)
    class Refuses(Right):
        def __call__(self, model: Any, batch: Batch, question: Question) -> dict[str, Any]:
            raise RefusalError("not for this model")

    report = check_explainer(Refuses(), checks=[named("one_step_can_be_explained")])
    assert [(one.verdict, one.reason) for one in report.outcomes] == [("refused", "not for this model")]


def test_an_exemption_is_listed_with_its_reason() -> None:
    @dataclass(frozen=True)
    class Exempt(Right):
        @property
        def exempt(self) -> dict[str, str]:
            return {"one-step-can-be-explained": "needs two steps"}

    report = check_explainer(Exempt(), checks=[named("one_step_can_be_explained")])
    assert [(one.verdict, one.reason) for one in report.outcomes] == [("refused", "needs two steps")]


def test_every_kind_of_target_and_layout_is_asked() -> None:
    report = conformance(Right(), on=[cases()["gru"]])
    assert len(report.outcomes) == 25
    assert not report.of("failed"), str(report)
    assert {one.check for one in report.of("refused")} == {
        f"whole target, {layout} layout" for layout in ("full", "right", "left", "missing", "one step")
    }


@dataclass(frozen=True)
class Silent(Right):
    def __call__(self, model: Any, batch: Batch, question: Question) -> Any:
        raise RefusalError("not for any model")


def test_every_kind_of_model_is_asked_everything() -> None:
    asked = [(one.case, one.check) for one in conformance(Silent()).outcomes]
    assert len(set(asked)) == len(asked) == len(cases()) * 25
    assert {case for case, _ in asked} == set(cases())


def test_where_pairs_are_enough_every_two_of_a_model_a_target_and_a_layout_meet() -> None:
    report = conformance(Silent(), pairs_only=True)
    met = [(one.case, *one.check.split(" target, ")) for one in report.outcomes]
    assert len(met) == len(cases()) * 5
    kinds = [set(kind) for kind in zip(*met, strict=True)]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert {(one[first], one[second]) for one in met} == set(product(kinds[first], kinds[second]))
    assert list(map(len, kinds)) == [len(cases()), 5, 5]


KINDS = ["gru", "bidirectional lstm", "cnn", "residual cnn", "transformer", "mlp", "white box"]


def test_the_kinds_of_models_are_those_that_people_have() -> None:
    assert set(cases()) == {*KINDS, "events"}


@pytest.mark.parametrize("name", [*KINDS, "events"])
def test_the_models_of_the_cases_tell_classes_apart_and_skip_padding(name: str) -> None:
    case = cases()[name]
    case.model.module.eval()
    outputs = case.model(case.batch).detach()
    assert outputs.shape == (4, 3)
    assert float(outputs.std(dim=0).min()) > 1e-3
    batch = replace(case.batch, exists=torch.arange(6).expand(4, 6) < 4)
    other = batch.with_x(torch.where(batch.cells, batch.x, 9.0))
    assert torch.allclose(case.model(batch), case.model(other), atol=1e-6)


def test_the_matrix_counts_failures_and_refusals() -> None:
    mixed = Report(
        "toy", (Outcome("a", "gru", "failed", "x"), Outcome("a", "cnn", "passed"), Outcome("b", "cnn", "refused", "y"))
    )
    assert support_matrix([mixed]).splitlines()[-1] == "| toy | 1 failed | yes, 1 refused |"
