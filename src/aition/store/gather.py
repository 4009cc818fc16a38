"""From committed shards to the manifest of the whole run: checks what they share, merges what has no samples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from aition.core.axes import LEADING
from aition.core.errors import InputError, StoreError
from aition.core.explanation import agreed
from aition.store.manifest import Header, Manifest
from aition.store.shards import SHARED, Head, commit, place, plain_attrs, read_head, read_table, read_tables, remedy
from aition.store.tables import Array, Layout, arrays_of, decoded

if TYPE_CHECKING:
    import xarray as xr


def gathered(root: Path, header: Header, n_shard: int, stamp: Mapping[str, Any]) -> Manifest:
    """The manifest of a run of which every shard is there; writes what has no samples.

    Raises:
        StoreError: Shards are damaged, or were not made by one run.
        InputError: An id comes twice, or a variable without samples differs between shards.
    """
    heads = [read_head(root, shard) for shard in range(n_shard)]
    check_alike(root, header, heads)
    layout = whole_layout(heads)
    check_ids(root, layout, heads)
    shared = merged(root, layout, heads)
    attrs = {**header.attrs, **heads[0].attrs, **plain_attrs(stamp)}
    digest = commit(root, shared, lead=layout.lead, run=header.run, shard=SHARED, first=0, data_sha256="")
    return Manifest(header, attrs, layout, tuple((head.n_lead, head.sha256) for head in heads), digest)


def check_alike(root: Path, header: Header, heads: Sequence[Head]) -> None:
    """Raise unless the shards follow one another in one run and hold the same variables."""
    first, before = heads[0], 0
    for head in heads:
        path = place(root, head.shard)
        if head.run != header.run or head.first != before:
            raise StoreError(f"{path} is of another run; {remedy(path)}")
        if head.layout.variables != first.layout.variables or set(head.layout.labels) != set(first.layout.labels):
            raise InputError(
                f"every shard must have the variables of the first, {listed(first.layout)}, "
                f"but {path.name} has {listed(head.layout)}"
            )
        if differing := [key for key, value in first.attrs.items() if head.attrs.get(key) != value]:
            key = differing[0]
            raise InputError(
                f"{key} must be the same in all data, but is {first.attrs[key]!r} and {head.attrs.get(key)!r}"
            )
        before += head.n_lead


def listed(layout: Layout) -> str:
    """Variables with their dtypes, and labelled axes, in words."""
    return ", ".join([*(f"{name} {dtype}" for name, (_, dtype) in layout.variables.items()), *layout.labels])


def whole_layout(heads: Sequence[Head]) -> Layout:
    """The layout of all shards together: leading axes add up, others are as long as the longest."""
    sizes: dict[str, int] = {}
    for head in heads:
        for axis, size in head.layout.sizes.items():
            sizes[axis] = sizes.get(axis, 0) + size if axis in LEADING else max(sizes.get(axis, 0), size)
    first = heads[0].layout
    labels = {axis: np.result_type(*(head.layout.labels[axis] for head in heads)).str for axis in first.labels}
    return Layout(first.lead, sizes, first.variables, labels)


def check_ids(root: Path, layout: Layout, heads: Sequence[Head]) -> None:
    """Raise where an id comes twice in the run."""
    from pyarrow import compute

    if layout.lead not in layout.labels:
        return
    columns = [decoded(read_table(root, head, layout.lead), most=head.n_lead)["id"] for head in heads]
    counts = compute.value_counts(pa.chunked_array([chunk for column in columns for chunk in column.chunks]))
    twice = counts.filter(compute.greater(counts.field("counts"), 1))
    if len(twice):
        name = twice.field("values")[0].as_py()
        raise InputError(f"ids of {layout.lead}s must be different throughout the data, but {name!r} comes again")


def merged(root: Path, layout: Layout, heads: Sequence[Head]) -> "xr.Dataset":
    """Variables and labels that have no samples; equal in all shards as far as each goes."""
    import xarray as xr

    shared = layout.shared
    arrays: dict[str, list[Array]] = {name: [] for name in shared.variables}
    columns: dict[str, list[Array]] = {axis: [] for axis in shared.labels}
    seen: set[tuple[str, ...]] = set()
    for head in heads:
        digests = tuple(head.files[table][1] for table in shared.tables)
        if digests in seen:
            continue
        seen.add(digests)
        read = read_tables(root, head)
        variables, labels = arrays_of(head.layout.shared, read, sizes={}, shard=head.shard, first=head.first)
        for name, (_, array) in variables.items():
            arrays[name].append(array)
        for axis, column in labels.items():
            columns[axis].append(column)
    whole = {}
    for name, (axes, _) in shared.variables.items():
        whole[name] = (axes, agreed(name, arrays[name], [layout.sizes[axis] for axis in axes]))
    return xr.Dataset(whole, {axis: (axis, longest(axis, columns[axis])) for axis in shared.labels})


def longest(axis: str, columns: Sequence[Array]) -> Array:
    """The labels of the longest shard; those of the others must begin it."""
    whole = max(columns, key=len)
    for column in columns:
        if list(column) != list(whole[: len(column)]):
            raise InputError(f"labels of {axis} must be the same in all data, but differ between shards")
    return whole
