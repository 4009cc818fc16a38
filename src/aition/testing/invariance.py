"""Checks that chunks, order, company and padding change nothing, and that a seed settles everything."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Literal

import numpy as np
import torch

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.explanation import Explanation
from aition.core.sequences import from_series
from aition.testing.compare import Case, ask, attribution, close, must, must_agree, own, plain

LENGTHS = (3, 6, 4, 6)


def unequal(case: Case, side: Literal["left", "right"] = "right", length: int = 0) -> Batch:
    """The case's series cut to unequal lengths and padded again."""
    series = [x[:size] for x, size in zip(case.batch.x, LENGTHS, strict=True)]
    return from_series(series, side=side, length=length, label=case.batch.label, ids=case.batch.ids)


def shown(answer: Explanation, steps: Sequence[int]) -> Explanation:
    """Some steps of an answer, numbered anew."""
    part = answer.isel(time=list(steps)) if "time" in answer.dims else answer
    return Explanation(part.assign_coords(time=range(len(steps))))


def chunks_of_one_sample_change_nothing(explainer: Any, case: Case) -> None:
    must_agree(explainer, plain(explainer, case), ask(explainer, case, memory=1), "with chunks of one sample")


def a_sample_alone_is_explained_as_in_company(explainer: Any, case: Case) -> None:
    whole = plain(explainer, case)
    alone = ask(explainer, case, batch=case.batch.take([1]))
    must_agree(explainer, Explanation(whole.isel(sample=[1])), alone, "a sample explained alone")


def the_order_of_samples_changes_nothing(explainer: Any, case: Case) -> None:
    order = [2, 0, 3, 1]
    turned = ask(explainer, case, batch=case.batch.take(order))
    must_agree(explainer, Explanation(plain(explainer, case).isel(sample=order)), turned, "in another order")


def several_batches_are_one_data_set(explainer: Any, case: Case) -> None:
    parts = iter([case.batch.take([0]), case.batch.take([1, 2, 3])])
    must_agree(explainer, plain(explainer, case), ask(explainer, case, batch=parts), "given in two batches")


def longer_padding_on_the_right_changes_nothing(explainer: Any, case: Case) -> None:
    short, long = (ask(explainer, case, batch=unequal(case, "right", length)) for length in (6, 9))
    must_agree(explainer, short, shown(long, range(6)), "with longer padding on the right")


def longer_padding_on_the_left_changes_nothing(explainer: Any, case: Case) -> None:
    short, long = (ask(explainer, case, batch=unequal(case, "left", length)) for length in (6, 9))
    must_agree(explainer, short, shown(long, range(3, 9)), "with longer padding on the left")


def the_side_of_the_padding_changes_nothing(explainer: Any, case: Case) -> None:
    right, left = (ask(explainer, case, batch=unequal(case, side)) for side in ("right", "left"))
    for row, size in enumerate(LENGTHS):
        one, other = attribution(right)[row, :size], attribution(left)[row, 6 - size :]
        must(close(explainer, right, one, other), f"a series of {size} steps is explained by the side of its padding")


def what_stands_in_the_padding_changes_nothing(explainer: Any, case: Case) -> None:
    batch = unequal(case)
    other = batch.with_x(torch.where(batch.cells, batch.x, torch.full_like(batch.x, 7.0)))
    must_agree(explainer, ask(explainer, case, batch=batch), ask(explainer, case, batch=other), "with 7 in the padding")


def padded_cells_have_no_answer(explainer: Any, case: Case) -> None:
    batch = unequal(case)
    array = attribution(ask(explainer, case, batch=batch))
    must(
        np.array_equal(np.isnan(array), ~batch.cells.numpy()), "attribution must be NaN in the padding, and only there"
    )


def a_short_series_is_explained_as_without_padding(explainer: Any, case: Case) -> None:
    whole = ask(explainer, case, batch=unequal(case))
    padded = attribution(whole)
    bare = case.batch.take([0]).crop(0, LENGTHS[0])
    alone = attribution(ask(explainer, case, batch=bare))
    must(
        close(explainer, whole, padded[0, : LENGTHS[0]], alone[0]),
        "a padded series must be explained as without padding",
    )


def asking_twice_answers_the_same(explainer: Any, case: Case) -> None:
    first, second = ask(explainer, case), ask(explainer, case)
    for name, array in own(first).items():
        must(np.array_equal(array, own(second)[name], equal_nan=array.dtype.kind in "fc"), f"{name} must be repeatable")


def the_global_random_state_does_not_matter(explainer: Any, case: Case) -> None:
    state = torch.get_rng_state()
    try:
        torch.manual_seed(1)
        first = ask(explainer, case)
        torch.manual_seed(2)
        must_agree(explainer, first, ask(explainer, case), "with another global random state", exactly=True)
    finally:
        torch.set_rng_state(state)


def a_seed_is_honoured(explainer: Any, case: Case) -> None:
    if "seed" not in {part.name for part in fields(explainer)}:
        raise RefusalError("it draws nothing: there is no seed among its settings")
    first, other = plain(explainer, case), ask(replace(explainer, seed=explainer.seed + 1), case)
    must(other.attrs["seed"] == explainer.seed + 1, "the seed must be in the provenance")
    if np.array_equal(attribution(first), attribution(other)):
        raise RefusalError("with these settings it draws nothing: another seed changes no attribution")


def names_of_features_do_not_matter(explainer: Any, case: Case) -> None:
    renamed = replace(case.batch, feature_names=tuple(f"other {i}" for i in range(case.batch.n_feature)))
    must_agree(explainer, plain(explainer, case), ask(explainer, case, batch=renamed), "with other names of features")


CHECKS = (
    chunks_of_one_sample_change_nothing,
    a_sample_alone_is_explained_as_in_company,
    the_order_of_samples_changes_nothing,
    several_batches_are_one_data_set,
    longer_padding_on_the_right_changes_nothing,
    longer_padding_on_the_left_changes_nothing,
    the_side_of_the_padding_changes_nothing,
    what_stands_in_the_padding_changes_nothing,
    padded_cells_have_no_answer,
    a_short_series_is_explained_as_without_padding,
    asking_twice_answers_the_same,
    the_global_random_state_does_not_matter,
    a_seed_is_honoured,
    names_of_features_do_not_matter,
)
