"""Batches made from lists of unequal series, of values or of ids."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from aition.core.assemble import Array, Side, arranged, from_tensors, numeric
from aition.core.axes import check_axes
from aition.core.batch import Batch, Field
from aition.core.errors import InputError


def from_series(
    series: Sequence[Array],
    *,
    layout: str = "time feature",
    times: Sequence[Array] | None = None,
    side: Side = "right",
    length: int = 0,
    **rest: Any,
) -> Batch:
    """A batch from series of unequal lengths.

    Args:
        series: One tensor or array a sample.
        layout: Order of the axes of each: ``"time feature"``, ``"feature time"`` or ``"time"``.
        times: When, ``[time]`` of each series.
        side: Where the padding goes.
        length: Pad to this many steps; 0 takes the longest series.
        rest: Any other argument of :func:`from_tensors`.

    >>> batch = from_series([torch.ones(2, 1), torch.ones(3, 1)], side="left")
    >>> batch.exists.tolist()
    [[False, True, True], [True, True, True]]
    """
    if not len(series):
        raise InputError("series must hold at least one series, but is empty")
    order = tuple(layout.split())
    if order not in (("time", "feature"), ("feature", "time"), ("time",)):
        raise InputError(f"layout of one series must be 'time feature', 'feature time' or 'time', but is {layout!r}")
    pieces: list[Tensor] = []
    for place, one in enumerate(series):
        piece = numeric(f"series[{place}]", one)
        if piece.ndim != len(order):
            raise InputError(f"series[{place}] must be [{layout}], but is {list(piece.shape)}")
        piece = arranged(piece, order)[0]
        if piece.shape[1] != (width := pieces[0].shape[1] if pieces else piece.shape[1]):
            raise InputError(f"series[{place}] must have {width} features as series[0], but has {piece.shape[1]}")
        if piece.shape[0] == 0:
            raise InputError(f"series[{place}] must have at least one step, but has none")
        pieces.append(piece)
    lengths = [piece.shape[0] for piece in pieces]
    whole = length or max(lengths)
    if max(lengths) > whole:
        raise InputError(f"length must be at least the longest series, {max(lengths)}, but is {whole}")
    dtype = torch.result_type(pieces[0], torch.cat([piece[:1] for piece in pieces]))
    x = torch.zeros(len(pieces), whole, pieces[0].shape[1], dtype=dtype, device=pieces[0].device)
    when = torch.zeros(len(pieces), whole, dtype=torch.float64)
    if times is not None and len(times) != len(pieces):
        raise InputError(f"times must be one for each of the {len(pieces)} series, but are {len(times)}")
    for place, piece in enumerate(pieces):
        first = whole - lengths[place] if side == "left" else 0
        x[place, first : first + lengths[place]] = piece
        one = numeric(f"times[{place}]", times[place]) if times is not None else torch.arange(lengths[place])
        check_axes(f"times[{place}]", one, ("time",), {"time": lengths[place]})
        when[place, first : first + lengths[place]] = one.to(torch.float64)
    return from_tensors(x, layout="sample time feature", lengths=lengths, times=when, side=side, **rest)


def from_ids(
    sequences: Sequence[Sequence[int] | Array], *, name: str = "ids", side: Side = "right", **rest: Any
) -> Batch:
    """A batch from sequences of token ids or event codes, for models that begin with an embedding.

    The ids stand in the field ``name``, 0 in the padding, and as the only feature of ``x``, which the embedding
    replaces: see ``embedding`` of :class:`aition.TorchModel`.

    Args:
        sequences: Whole numbers from 0, one sequence a sample.
        name: Of the field.
        side: Where the padding goes.
        rest: Any other argument of :func:`from_series`.

    >>> batch = from_ids([[5, 2], [7, 1, 3]])
    >>> batch["ids"].tolist(), batch.lengths.tolist()
    ([[5, 2, 0], [7, 1, 3]], [2, 3])
    """
    values = [numeric(f"sequences[{place}]", one).double() for place, one in enumerate(sequences)]
    for place, value in enumerate(values):
        if value.ndim != 1 or bool((value != value.round()).any()) or bool((value < 0).any()):
            raise InputError(f"sequences[{place}] must be whole numbers from 0, [time]")
    batch = from_series(values, layout="time", side=side, **{"feature_names": [name], **rest})
    ids = Field(batch.x[:, :, 0].long(), "ids", ("sample", "time"))
    return replace(batch, x=batch.x.float(), fields={**batch.fields, name: ids})
