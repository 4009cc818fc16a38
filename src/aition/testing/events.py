"""The layouts of data that explainers of events are tried on."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.batch import Batch, Field
from aition.core.events import HAS_VALUE, VALUE, from_events
from aition.testing.compare import must

LENGTHS = (3, 6, 4, 6)


def events() -> Batch:
    """Four samples of six events each, of five codes, half of them with values, in four steps."""
    draw = np.random.default_rng(7)
    return from_events(
        np.repeat(list("abcd"), 6),
        draw.uniform(0, 4, 24),
        draw.integers(0, 5, 24),
        value=np.where(np.arange(24) % 2, draw.normal(size=24), np.nan),
        n_step=4,
        vocabulary=["admission", "dose", "fever", "pulse", "surgery"],
        ids=list("abcd"),
        label=[0, 2, 1, 1],
    )


def events_in(batch: Batch, layout: str) -> Batch:
    """The events in another layout: "full", "right", "left", "missing" or "one step"."""
    if layout == "one step":
        return batch.crop(0, 1)
    if layout == "missing":
        first = torch.arange(len(batch))[:, None] == 0
        bare = batch.with_field(VALUE, batch[VALUE].masked_fill(first, 0))
        return bare.with_field(HAS_VALUE, batch[HAS_VALUE] & ~first)
    if layout not in ("right", "left"):
        return batch
    length = torch.tensor(LENGTHS)[:, None]
    place = (torch.arange(batch.n_time) + length * (layout == "left")) % batch.n_time

    def moved(value: Tensor) -> Tensor:
        return value.gather(1, place)

    def moved_field(part: Field) -> Field:
        return replace(part, value=moved(part.value)) if part.axes == ("sample", "time") else part

    exists = moved(torch.arange(batch.n_time) < length)
    return replace(
        batch,
        x=moved(batch.x[:, :, 0])[:, :, None],
        exists=exists,
        observed=exists[:, :, None],
        times=moved(batch.times),
        fields={name: moved_field(part) for name, part in batch.fields.items()},
    )


def must_answer_events(answer: Any, batch: Batch) -> None:
    """Fail unless there is a finite attribution for each event, in order, and none for padding."""
    must("attribution" in answer and answer["attribution"].dims == ("row",), "the answer has no attribution [row]")
    sample, place = batch.exists.nonzero(as_tuple=True)
    must(np.array_equal(answer["row_sample"].values, sample.numpy()), "events must have a row, padding none, in order")
    must(np.array_equal(answer["row_times"].values, batch.times[sample, place].numpy()), "rows must be events in order")
    must(np.isfinite(answer["attribution"].values).all(), "attribution must be finite for every event")
