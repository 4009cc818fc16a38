"""ingest(): raw records of any size into a folder of samples."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.core.progress import Progress, progress_bar
from aition.data.folder import REJECTED, Folder, open_folder, write_manifest
from aition.data.readers.alike import Earlier, alike, check_agrees, earlier_of
from aition.data.readers.buckets import write_buckets
from aition.data.readers.groups import write_groups
from aition.data.readers.listing import write_vocabulary
from aition.data.readers.manifest import described
from aition.data.readers.runs import most_records
from aition.data.readers.shards import SHARD_SIZE, Writer, bucket_files, event_sizes, plan_of
from aition.data.readers.source import Source
from aition.data.readers.spans import write_spans
from aition.data.readers.spec import Spec
from aition.data.readers.sql import connection, literal, told

LEAST_MEMORY = 256
POLL = 0.3
"""Seconds between looks at how far a scan is."""


def ingest(
    source: Source,
    spec: Spec,
    out: str | Path,
    *,
    memory_mb: int = 2048,
    shard_size: int = SHARD_SIZE,
    shares: Sequence[float] = (),
    like: str | Path = "",
    progress: Progress = "auto",
) -> Folder:
    """Make a folder of samples of raw records, out of core.

    Records are cleaned, given to the samples that see them, counted by what became of them, and put in files by
    sample; then every shard is made of its own. The folder appears at the end, whole; an interrupted run
    leaves nothing. The same records, in any order and in any files, give the same samples.

    Args:
        source: The raw records.
        spec: What is to be made of them.
        out: A folder that does not exist yet.
        memory_mb: What DuckDB may fill, in MB; beside it, a shard is held, and as much again of its records, a part
            after another.
        shard_size: Samples in a shard, at most; fewer where they would be large.
        shares: Of subjects in "train", "tuning" and "held_out", where the records do not say; drawn by a hash of each
            subject's id, so that all samples of a subject are in one split, whatever else there is.
        like: An earlier folder, whose vocabulary, scales, classes and static columns are taken as they are, so that a
            model that was trained on it reads this one too. Codes that it does not have are left out, and counted. The
            spec must ask for the same steps and features: :func:`aition.data.readers.asked_of` says the earlier one.
        progress: "auto" shows bars on a terminal.

    Raises:
        InputError: The spec's window is not for this source; the records can't be read, or do not fit the earlier
            folder; no sample is left; one sample (of a grid: one step of it) has more records than memory holds; or
            something is at ``out``.
    """
    if memory_mb < LEAST_MEMORY or shard_size < 1:
        raise InputError(
            f"memory_mb must be at least {LEAST_MEMORY} and shard_size at least 1, but are {memory_mb} and {shard_size}"
        )
    source.check_spec(spec)
    earlier = earlier_of(open_folder(like)) if like else Earlier()
    if earlier:
        check_agrees(spec, earlier)
    with new_folder(Path(out)) as (folder, scratch), connection(scratch, memory_mb=memory_mb) as opened, told(source):
        groups = write_groups(opened, spec)
        samples = write_spans(opened, source, spec, shares=shares)
        samples = alike(opened, samples, earlier) if earlier else samples
        with watched(opened, progress):
            counts = write_buckets(opened, source, spec, scratch / "records", n_sample=samples.n_sample)
        opened.execute(
            f"COPY (FROM rejected ORDER BY ALL) TO {literal(folder / REJECTED)} (FORMAT parquet, COMPRESSION zstd)"
        )
        most = most_records(memory_mb)
        writer = Writer(opened, spec, groups, samples, scratch / "records", folder, most)
        if spec.form == "events" and counts.used:
            everything = bucket_files(scratch / "records", 0, samples.n_sample - 1, n_sample=samples.n_sample)
            vocabulary = write_vocabulary(
                opened, everything, groups, spec, splits=samples.splits, given=earlier.moments
            )
            samples = event_sizes(opened, everything, samples, most=most)
            counts = replace(counts, used=counts.used - vocabulary.n_rare, rare=vocabulary.n_rare)
            writer = replace(writer, samples=samples, vocabulary=vocabulary)
        elif spec.form == "events":
            raise InputError("no sample has a record in its window, so there is no event to list")
        plan = plan_of(opened, spec, shard_size=shard_size, most=most)
        with progress_bar("Writing samples", samples.n_sample, progress=progress) as tick:
            shards = tuple(writer.write(number, piece, tick) for number, piece in enumerate(plan))
        write_manifest(folder, described(source, counts, writer, earlier), shards)
    return open_folder(out)


@contextmanager
def new_folder(out: Path) -> Iterator[tuple[Path, Path]]:
    """A folder to fill beside ``out``, that takes its place at the end, and one for scratch; both go when all ends.

    Raises:
        InputError: Something is there, or the folder above is missing.
    """
    if out.exists() or out.is_symlink():
        raise InputError(f"{out} exists already; take another path, or remove it first")
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out.absolute().parent} must be a folder, but is none; make it first")
    beside = Path(mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.absolute().parent))
    try:
        (beside / "data" / "shards").mkdir(parents=True)
        (beside / "scratch").mkdir()
        yield beside / "data", beside / "scratch"
        (beside / "data").rename(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def watched(opened: DuckDBPyConnection, progress: Progress) -> Iterator[None]:
    """Show how far the scan of the records is."""
    done = Event()

    def watch() -> None:
        shown = 0
        while not done.wait(POLL):
            now = max(shown, int(opened.query_progress()))
            tick(now - shown)
            shown = now

    with progress_bar("Reading records, %", 100, progress=progress) as tick:
        watcher = Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
