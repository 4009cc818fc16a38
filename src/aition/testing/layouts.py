"""Checks of everything that data may look like."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.testing.compare import Case, ask, attribution, must, must_agree, plain


def finite(explainer: Any, case: Case, batch: Batch, words: str) -> None:
    """Every existing cell of another batch has a finite answer."""
    array = attribution(ask(explainer, case, batch=batch))
    must(array.shape == tuple(batch.x.shape), f"{words}: attribution must have the values' shape")
    must(np.isfinite(array[batch.cells.numpy()]).all(), f"{words}: attribution must be finite at existing cells")


def like(case: Case, x: torch.Tensor, **rest: Any) -> Batch:
    """A batch of other values for the same model."""
    return from_tensors(x, layout="sample time feature", label=case.batch.label[: len(x)], **rest)


def one_step_can_be_explained(explainer: Any, case: Case) -> None:
    finite(explainer, case, case.batch.crop(0, 1), "one step")


def one_sample_can_be_explained(explainer: Any, case: Case) -> None:
    finite(explainer, case, case.batch.take([2]), "one sample")


def many_samples_can_be_explained(explainer: Any, case: Case) -> None:
    rows = torch.arange(33) % len(case.batch)
    batch = like(case.but(batch=case.batch.take(rows)), case.batch.x[rows])
    finite(explainer, case, batch, "33 samples")


def float64_values_can_be_explained(explainer: Any, case: Case) -> None:
    batch = replace(case.batch, x=case.batch.x.double())
    must_agree(explainer, plain(explainer, case), ask(explainer, case, batch=batch), "with float64 values")


def integers_can_be_explained(explainer: Any, case: Case) -> None:
    finite(explainer, case, like(case, (case.batch.x * 3).round().int()), "integers")


def values_in_any_memory_layout_can_be_explained(explainer: Any, case: Case) -> None:
    turned = case.batch.x.transpose(1, 2).contiguous().transpose(1, 2)
    must(not turned.is_contiguous(), "the values must not be contiguous for this check")
    must_agree(
        explainer, plain(explainer, case), ask(explainer, case, batch=case.batch.with_x(turned)), "with other strides"
    )


def missing_values_can_be_explained(explainer: Any, case: Case) -> None:
    x = case.batch.x.clone()
    x[0, 1, 0] = x[1, :, 1] = torch.nan
    finite(explainer, case, like(case, x), "missing values")


def a_sample_without_any_value_can_be_explained(explainer: Any, case: Case) -> None:
    x = case.batch.x.clone()
    x[1] = torch.nan
    finite(explainer, case, like(case, x), "a sample without values")


def constant_series_can_be_explained(explainer: Any, case: Case) -> None:
    finite(explainer, case, case.batch.with_x(torch.zeros_like(case.batch.x)), "all zeros")


def large_values_can_be_explained(explainer: Any, case: Case) -> None:
    finite(explainer, case, case.batch.with_x(case.batch.x * 1e3), "values of thousands")


def irregular_times_can_be_explained(explainer: Any, case: Case) -> None:
    times = torch.rand(case.batch.x.shape[:2], dtype=torch.float64).cumsum(dim=1)
    answer = ask(explainer, case, batch=replace(case.batch, times=times))
    must(np.array_equal(answer["times"].values, times.numpy()), "times must stand beside the answer")


def static_values_can_stand_beside(explainer: Any, case: Case) -> None:
    static = torch.ones(len(case.batch), 2)
    finite(explainer, case, like(case, case.batch.x, static=static), "with static values")


def every_length_at_once_can_be_explained(explainer: Any, case: Case) -> None:
    finite(explainer, case, like(case, case.batch.x, lengths=[1, 2, 5, 6]), "lengths 1, 2, 5 and 6")


def unknown_labels_can_stand_beside(explainer: Any, case: Case) -> None:
    batch = from_tensors(case.batch.x, layout="sample time feature", ids=case.batch.ids)
    must_agree(explainer, plain(explainer, case), ask(explainer, case, batch=batch), "without labels")


def an_empty_batch_is_refused(explainer: Any, case: Case) -> None:
    refused(lambda: ask(explainer, case, batch=case.batch.take([])), InputError, "at least one sample")


def tensors_without_names_are_refused(explainer: Any, case: Case) -> None:
    refused(lambda: ask(explainer, case, batch=case.batch.x), InputError, "from_tensors")


def refused(attempt: Any, kind: type[Exception], words: str) -> None:
    """Fail unless the attempt raises this kind of error, in one line with these words."""
    try:
        attempt()
    except kind as error:
        must(words in str(error), f"the error must say {words!r}, but says {str(error)!r}")
        must("\n" not in str(error), "an error must be one line")
        return
    must(holds=False, words=f"{kind.__name__} was expected, but nothing was raised")


CHECKS = (
    one_step_can_be_explained,
    one_sample_can_be_explained,
    many_samples_can_be_explained,
    float64_values_can_be_explained,
    integers_can_be_explained,
    values_in_any_memory_layout_can_be_explained,
    missing_values_can_be_explained,
    a_sample_without_any_value_can_be_explained,
    constant_series_can_be_explained,
    large_values_can_be_explained,
    irregular_times_can_be_explained,
    static_values_can_stand_beside,
    every_length_at_once_can_be_explained,
    unknown_labels_can_stand_beside,
    an_empty_batch_is_refused,
    tensors_without_names_are_refused,
)
