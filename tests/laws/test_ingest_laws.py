"""Laws of ingesting: nothing is lost uncounted, and neither files, shards, nor order change what is made."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aition.data.readers import Conversion, Feature, Spec, Window, buckets, ingest
from aition.data.readers.spec import Aggregate
from stand_ins.records import event, records, sample, slowly

EXAMPLES = 8
"""Each makes a folder on the disk, of many records at once."""
CODES = ("HR", "HR2", "T//skin", "T//core", "X", None)
MOMENTS = st.integers(-4, 40).map(lambda quarter: quarter / 4)
EVENTS = st.lists(
    st.builds(
        event,
        MOMENTS | st.none(),
        st.sampled_from((None, 0.5, 1.0, 7.25, 36.6, 99.0, 500.0, float("nan"))),
        code=st.sampled_from(CODES),
        subject=st.sampled_from("pq"),
        sample=st.sampled_from((None, None, "a", "b", "nobody")),
        unit=st.sampled_from((None, "C", "°F", "furlong")),
        fault=st.sampled_from((None, None, None, "value is no number", "time is no date")),
    ),
    max_size=40,
)
SAMPLES = [
    sample("a", stop=9.0), sample("b", start=2.0, stop=5.25, split="held_out", label=1.0),
    sample("c", subject="q", start=-1.0, stop=3.0), sample("d", subject="q", start=1.0, stop=1.0, split="tuning"),
]  # fmt: skip
HEAT = {"unit": "c", "units": {"°f": Conversion(5 / 9, -160 / 9)}, "low": 1.0, "high": 300.0}


def spec_of(aggregate="mean", *, align="start", every=1.0, form="grid"):
    features = Feature("hr", ("HR", "HR2"), aggregate), Feature("heat", ("T//*",), aggregate, **HEAT)
    return Spec(Window(hours=4.0, every=every, align=align), features, form)


def made(samples, rows, spec, *, n_file=1, **settings):
    """The batch and the manifest that are made of records."""
    with TemporaryDirectory() as place:
        source = records(Path(place) / "raw", samples, rows, n_file=n_file)
        folder = ingest(source, spec, Path(place) / "data", progress="off", memory_mb=256, **settings)
        return folder.batch(), folder.manifest


@settings(max_examples=EXAMPLES)
@given(EVENTS, st.sampled_from(get_args(Aggregate)), st.sampled_from(["start", "stop"]), st.sampled_from([0.5, 1.0]))
def test_a_grid_is_what_a_slow_reader_makes(rows, aggregate, align, every):
    spec = spec_of(aggregate, align=align, every=every)
    batch, manifest = made(SAMPLES, rows, spec)
    cells, fates = slowly(SAMPLES, rows, spec)
    expected, known = np.zeros(batch.x.shape, np.float32), np.zeros(batch.x.shape, bool)
    if aggregate in ("count", "any"):
        known |= batch.exists.numpy()[:, :, None]
    names = [one.name for one in spec.features]
    for (name, step, feature), value in cells.items():
        place = batch.ids.tolist().index(name), step, names.index(feature)
        expected[place], known[place] = value, True
    np.testing.assert_allclose(batch.x.numpy(), expected, rtol=1e-6)
    assert (batch.observed.numpy() == known).all()
    told = manifest["records"]
    assert {name: count for name, count in {**told, **told["bad"]}.items() if name in fates} == fates
    assert told["read"] == len(rows)


@settings(max_examples=EXAMPLES)
@given(EVENTS, st.sampled_from(["grid", "events"]))
def test_all_counts_add_up_to_the_records(rows, form):
    rows = [*rows, event(1.0, code="HR")]
    _, manifest = made(SAMPLES, rows, spec_of(form=form))
    told = manifest["records"]
    assert told["read"] == len(rows)
    assert sum(told[name] for name in ("used", "not asked for", "outside", "static", "rare")) + sum(
        told["bad"].values()
    ) == len(rows)


@settings(max_examples=EXAMPLES)
@given(EVENTS, st.sampled_from(["grid", "events"]), st.sampled_from(get_args(Aggregate)), st.randoms())
def test_order_files_shards_and_buckets_change_nothing(rows, form, aggregate, chance):
    spec = spec_of(aggregate, form=form)
    rows = [*rows, event(1.0, code="HR")]
    shuffled = chance.sample(rows, len(rows))
    before = buckets.N_BUCKET
    one, told = made(SAMPLES, rows, spec)
    try:
        buckets.N_BUCKET = 2
        other, also = made(chance.sample(SAMPLES, 4), shuffled, spec, n_file=3, shard_size=1)
    finally:
        buckets.N_BUCKET = before
    assert one.digest() == other.digest()
    assert {key: told[key] for key in told if key != "shards"} == {key: also[key] for key in also if key != "shards"}
