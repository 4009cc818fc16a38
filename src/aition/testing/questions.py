"""Checks of the questions that may be asked, and of models that can't answer."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError, TargetError
from aition.core.explanation import Explanation
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.testing.compare import Case, ask, attribution, close, must, must_agree, own, plain
from aition.testing.layouts import refused


class Ending(nn.Module):
    """A module with something done to its outputs."""

    def __init__(self, inner: nn.Module, end: Any) -> None:
        super().__init__()
        self.inner, self.end = inner, end

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.end(self.inner(*args, **kwargs))


def ending(case: Case, end: Any, **changes: Any) -> TorchModel:
    """The case's model with something done to its outputs."""
    return replace(case.model, module=Ending(case.model.module, end), **changes)


def every_class_can_be_asked(explainer: Any, case: Case) -> None:
    arrays = [attribution(ask(explainer, case, target=Target.of_class(index))) for index in range(3)]
    must(all(np.isfinite(array).all() for array in arrays), "every class must have a finite answer")
    must(not np.array_equal(arrays[0], arrays[1]), "two classes must not have the same answer")


def the_predicted_class_is_the_class_of_the_largest_output(explainer: Any, case: Case) -> None:
    answer = ask(explainer, case, target=Target.predicted())
    for row, index in enumerate(answer["prediction"].values.argmax(axis=1)):
        alone = ask(explainer, case, batch=case.batch.take([row]), target=Target.of_class(int(index)))
        must_agree(explainer, Explanation(answer.isel(sample=[row])), alone, f"predicted class {index}")


def the_true_class_is_the_label(explainer: Any, case: Case) -> None:
    answer = ask(explainer, case, target=Target.true())
    for row, index in enumerate(case.batch.label.tolist()):
        alone = ask(explainer, case, batch=case.batch.take([row]), target=Target.of_class(index))
        must_agree(explainer, Explanation(answer.isel(sample=[row])), alone, f"true class {index}")


def a_contrast_of_two_classes_can_be_asked(explainer: Any, case: Case) -> None:
    array = attribution(ask(explainer, case, target=Target.of_class(0).against(**{"class": 1})))
    must(np.isfinite(array).all(), "a contrast must have a finite answer")


def a_scalar_output_can_be_asked(explainer: Any, case: Case) -> None:
    one = ending(case, lambda outputs: outputs[:, 0])
    must_agree(
        explainer,
        ask(explainer, case, target=Target.of_class(0)),
        ask(explainer, case, model=one, target=Target.scalar()),
        "scalar",
    )


def a_softmax_at_the_end_is_seen_through(explainer: Any, case: Case) -> None:
    soft = ending(case, lambda outputs: outputs.softmax(dim=-1))
    must_agree(explainer, plain(explainer, case), ask(explainer, case, model=soft), "with a softmax at the end")


def outputs_named_by_axes_can_be_asked(explainer: Any, case: Case) -> None:
    forecast = ending(
        case, lambda outputs: outputs[:, :, None] * torch.tensor([1.0, 2.0]), axes=("horizon", "quantile")
    )
    asked = ask(explainer, case, model=forecast, target=Target.output(horizon=2, quantile=0))
    must_agree(explainer, ask(explainer, case, target=Target.of_class(2)), asked, "as horizon 2, quantile 0")


def several_targets_are_each_answered_as_alone(explainer: Any, case: Case) -> None:
    together = ask(explainer, case, target=Target.each("class", range(3)))
    for index in range(3):
        alone = ask(explainer, case, target=Target.of_class(index))
        part = Explanation(together.isel(target=index))
        for name, array in own(alone).items():
            if "target" in together[name].dims:
                alike = close(explainer, alone, array, part[name].values)
                must(alike, f"{name} of class {index} among several targets is not that of the class alone")


def a_step_that_does_not_exist_has_no_answer(explainer: Any, case: Case) -> None:
    def steps(module: nn.Module, batch: Batch) -> Tensor:
        return case.model.forward(module, batch)[:, None, :].expand(-1, batch.n_time, -1)  # type: ignore[no-any-return]

    model = replace(case.model, forward=steps)
    lengths = torch.tensor([3, 6, 2, 6])
    exists = torch.arange(6) < lengths[:, None]
    batch = replace(case.batch, exists=exists, observed=case.batch.observed & exists[:, :, None])
    array = attribution(ask(explainer, case, model=model, batch=batch, target=Target.of_class(0, time=4)))
    must(np.isnan(array[[0, 2]]).all(), "a sample whose asked step does not exist must have NaN")
    must(np.isfinite(array[[1, 3]]).all(), "the other samples must be answered")


def a_whole_output_is_explained_or_refused_with_a_reason(explainer: Any, case: Case) -> None:
    try:
        array = attribution(ask(explainer, case, target=Target.whole("class")))
    except TargetError as error:
        must("one number a sample" in str(error), "a whole output must be refused with the reason")
        return
    must(np.isfinite(array).all(), "a whole output must have a finite answer")


def a_class_out_of_range_is_refused(explainer: Any, case: Case) -> None:
    refused(lambda: ask(explainer, case, target=Target.of_class(7)), TargetError, "class 7 is out of range")


def a_negative_class_is_refused(explainer: Any, case: Case) -> None:
    refused(lambda: ask(explainer, case, target=Target.of_class(-1)), TargetError, "must be 0 or more")


def an_unknown_true_class_is_refused(explainer: Any, case: Case) -> None:
    batch = replace(case.batch, label=torch.full((len(case.batch),), -1))
    refused(lambda: ask(explainer, case, batch=batch, target=Target.true()), TargetError, "-1: unknown")


def a_model_that_answers_nan_is_refused(explainer: Any, case: Case) -> None:
    model = ending(case, lambda outputs: outputs * torch.nan)
    refused(lambda: ask(explainer, case, model=model), ModelError, "must be finite")


def a_model_that_answers_inf_is_refused(explainer: Any, case: Case) -> None:
    model = ending(case, lambda outputs: outputs + torch.inf)
    refused(lambda: ask(explainer, case, model=model), ModelError, "must be finite")


def a_model_that_raises_is_named(explainer: Any, case: Case) -> None:
    def raises(module: nn.Module, batch: Batch) -> Tensor:
        raise ValueError("wrong size")

    model = replace(case.model, forward=raises)
    refused(lambda: ask(explainer, case, model=model), ModelError, "ValueError: wrong size")


def a_model_that_answers_a_dict_is_told_the_remedy(explainer: Any, case: Case) -> None:
    model = replace(case.model, forward=lambda module, batch: {"logits": batch.x})
    refused(lambda: ask(explainer, case, model=model), ModelError, "pick one in the forward function")


def a_bare_module_is_told_to_be_wrapped(explainer: Any, case: Case) -> None:
    refused(lambda: ask(explainer, case, model=case.model.module), InputError, "TorchModel(module)")  # type: ignore[arg-type]


CHECKS = (
    every_class_can_be_asked,
    the_predicted_class_is_the_class_of_the_largest_output,
    the_true_class_is_the_label,
    a_contrast_of_two_classes_can_be_asked,
    a_scalar_output_can_be_asked,
    a_softmax_at_the_end_is_seen_through,
    outputs_named_by_axes_can_be_asked,
    several_targets_are_each_answered_as_alone,
    a_step_that_does_not_exist_has_no_answer,
    a_whole_output_is_explained_or_refused_with_a_reason,
    a_class_out_of_range_is_refused,
    a_negative_class_is_refused,
    an_unknown_true_class_is_refused,
    a_model_that_answers_nan_is_refused,
    a_model_that_answers_inf_is_refused,
    a_model_that_raises_is_named,
    a_model_that_answers_a_dict_is_told_the_remedy,
    a_bare_module_is_told_to_be_wrapped,
)
