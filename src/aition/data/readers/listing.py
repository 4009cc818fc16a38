"""Listing: what was recorded of some samples, as a Batch of events, for thousands of codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from aition.core.batch import Batch, sample_keys
from aition.core.errors import InputError
from aition.core.events import from_events
from aition.data.readers.buckets import USED
from aition.data.readers.gridding import Kept
from aition.data.readers.groups import Group
from aition.data.readers.moments import NOTHING, Moments, moments_of, taken
from aition.data.readers.runs import Columns
from aition.data.readers.spans import HOUR
from aition.data.readers.spec import Spec
from aition.data.readers.sql import literal

TRAIN = "train"
LAST = 1e-8
"""What is recorded at the very end of a window belongs to its last step: in steps, how far before the end it is put."""


@dataclass(frozen=True)
class Vocabulary:
    """Codes that events are listed of, sorted, and how often they come and lie.

    Args:
        names: Of features, or codes that no feature names.
        moments: Of the values in the training samples (in all where there are none), one a name.
        n_record: Records of each.
        n_rare: Records of other codes, which were left out: those that have too few, or all that an earlier folder did
            not have.
    """

    names: tuple[str, ...]
    moments: tuple[Moments, ...]
    n_record: tuple[int, ...]
    n_rare: int


def write_vocabulary(
    connection: DuckDBPyConnection,
    records: str,
    groups: Sequence[Group],
    spec: Spec,
    *,
    splits: Sequence[str],
    given: Mapping[str, Moments],
) -> Vocabulary:
    """Make the table ``vocabulary`` (name, place) of the codes that come often enough, or of those that are given.

    Args:
        connection: Where the tables are.
        records: The records used, in SQL.
        groups: What ``grp`` numbers.
        spec: Names features, and says how often a code must come.
        splits: Of the samples.
        given: The codes of an earlier folder, in order, with how their values lie; empty where there is none.

    Raises:
        InputError: A code is called as a feature is; or none comes often enough, or is among those given.
    """
    whens = "".join(
        f" WHEN {number} THEN {literal(spec.features[group.features[0]].name)}" for number, group in enumerate(groups)
    )
    name = f"CASE grp{whens} END" if whens else "NULL"
    connection.execute(f"CREATE TEMP MACRO name_of(grp, code) AS coalesce({name}, code)")
    learnt = f"split = '{TRAIN}'" if TRAIN in splits else "true"
    rows = connection.execute(f"""
        SELECT name_of(grp, code) AS name, count(*) FILTER (fate = {USED}), count(value) FILTER ({learnt}),
            coalesce(avg(value) FILTER ({learnt}), 0), coalesce(stddev_pop(value) FILTER ({learnt}), 0),
            count(DISTINCT grp IS NULL)
        FROM {records} JOIN spans USING (number) GROUP BY name ORDER BY name
    """).fetchall()
    if mixed := [str(row[0]) for row in rows if row[5] > 1]:
        raise InputError(
            f"features must not be called as codes that they do not name, but {mixed[0]!r} is; call it another"
        )
    count = {str(row[0]): int(row[1]) for row in rows}
    found = {str(row[0]): moments_of(*row[2:5]) for row in rows}
    moments = {name: taken(how, found.get(name, NOTHING)) for name, how in given.items()} or {
        name: how for name, how in found.items() if count[name] >= spec.fewest
    }
    n_kept = sum(count.get(name, 0) for name in moments)
    if not n_kept:
        raise InputError(
            f"codes must be among the {len(given)} of the earlier folder, but none of {len(rows)} is"
            if given
            else f"no code has {spec.fewest} records in the windows of samples: {len(rows)} codes have fewer; lower "
            "fewest"
        )
    vocabulary = Vocabulary(
        names=tuple(moments),
        moments=tuple(moments.values()),
        n_record=tuple(count.get(name, 0) for name in moments),
        n_rare=sum(count.values()) - n_kept,
    )
    table = pa.table({"name": pa.array(vocabulary.names), "code": pa.array(range(len(moments)), pa.int64())})
    connection.register("vocabulary_given", table)
    connection.execute("CREATE TEMP TABLE vocabulary AS FROM vocabulary_given")
    connection.unregister("vocabulary_given")
    return vocabulary


def listing(kept: Kept, records: Columns, vocabulary: Vocabulary, spec: Spec) -> Batch:
    """The samples as lists of events.

    Args:
        kept: The samples; each has at least one record.
        records: Columns ``row`` (place of the sample), ``place`` (µs since the window began), ``code`` (place in the
            vocabulary) and ``value`` (NaN: none).
        vocabulary: What ``code`` numbers.
        spec: Which steps.
    """
    every = spec.window.every
    hours = np.minimum(records["place"] / HOUR, (kept.steps[records["row"]] - LAST) * every)
    batch = from_events(
        records["row"],
        hours,
        records["code"],
        value=records["value"],
        every=every,
        n_step=kept.steps.tolist(),
        vocabulary=vocabulary.names,
        scales={name: (one.mean, one.scale) for name, one in zip(vocabulary.names, vocabulary.moments, strict=True)},
        ids=range(len(kept.ids)),
        static=kept.static,
        static_names=kept.static_names,
        label=kept.label,
    )
    return replace(batch, ids=kept.ids, keys=sample_keys(kept.ids))
