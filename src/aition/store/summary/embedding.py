"""A map of the sequences: those whose features are attributed alike lie close together."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import MissingExtraError
from aition.store.cube.opened import OpenCube

TSNE = "t-sne.f4"
MOST = 3000
"""Samples that t-SNE arranges; the others are placed among them."""
NEIGHBOURS = 5
AT_ONCE = 1 << 22
CLIP = 4.0
"""Standard deviations beyond which a profile counts as no farther out."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Embedding:
    """A place for each sequence.

    Args:
        place: ``[sample, 2]``; the units mean nothing.
        method: In words.
        kind: The same for programs.
    """

    place: Floats
    method: str
    kind: Literal["t-sne", "components"]


def embedding(cube: OpenCube, *, arranged: bool = True) -> Embedding:
    """The map that :func:`arrange` made of this cube, or else one by principal components, which takes no time.

    Args:
        cube: The cube.
        arranged: Whether a map that was arranged is preferred.
    """
    stored = read(cube.folder / TSNE, len(cube)) if arranged else np.zeros((0, 2))
    if len(stored):
        return Embedding(stored, "t-SNE of attributions by feature", "t-sne")
    places = components(scaled(cube.profiles), 2)
    return Embedding(places, "principal components of attributions by feature", "components")


def scaled(profiles: NDArray[np.float32]) -> Floats:
    """Profiles in standard deviations of each feature, without what lies far out."""
    deviation = profiles.std(axis=0, dtype=np.float64)
    away = (profiles - profiles.mean(axis=0, dtype=np.float64)) / np.where(deviation > 0, deviation, 1)
    return np.asarray(np.clip(away, -CLIP, CLIP))


def components(values: Floats, n: int) -> Floats:
    """The first principal components, ``[sample, n]``; the largest loading of each is positive.

    >>> components(np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]), 1).round(6)
    array([[-2.],
           [ 0.],
           [ 2.]])
    """
    away = values - values.mean(axis=0)
    _, axes = np.linalg.eigh(away.T @ away)
    axes = axes[:, ::-1][:, :n]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    found = np.zeros((len(values), n))
    found[:, : axes.shape[1]] = away @ axes
    return found


def arrange(cube: OpenCube) -> None:
    """Arrange sequences by t-SNE, and keep the map beside the cube: at most 3,000, the others at their neighbours'.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn.manifold import TSNE as Arranger
    except ImportError as error:
        raise MissingExtraError("t-SNE needs scikit-learn: pip install scikit-learn") from error
    values = scaled(cube.profiles)
    everybody = np.ones(len(cube), dtype=np.bool_)
    chosen = np.flatnonzero(cube.some(everybody, MOST))
    own = values[chosen]
    if len(chosen) <= 3:
        places = components(own, 2)
    else:
        perplexity = min(30.0, (len(chosen) - 1) / 3)
        start = components(own, 2)
        start = start / max(float(start[:, 0].std()), 1e-12) * 1e-4
        made = Arranger(
            n_components=2, perplexity=perplexity, init=start, random_state=0, n_jobs=1, learning_rate="auto"
        )
        places = made.fit_transform(own).astype(np.float64)
    keep(cube.folder / TSNE, placed(values, chosen, places).astype("<f4").tobytes())


def placed(values: Floats, chosen: NDArray[np.int64], places: Floats) -> Floats:
    """Places of all: those that were arranged where they are, the others in the middle of their nearest of these.

    Args:
        values: ``[sample, feature]``.
        chosen: Which were arranged.
        places: Where, ``[chosen, 2]``.
    """
    found = np.zeros((len(values), 2))
    found[chosen] = places
    left = np.ones(len(values), dtype=np.bool_)
    left[chosen] = False
    own, n = values[chosen], min(NEIGHBOURS, len(chosen))
    for some in np.array_split(np.flatnonzero(left), max(1, int(left.sum()) * len(chosen) // AT_ONCE)):
        far = (own**2).sum(axis=1) - 2 * values[some] @ own.T
        near = np.argpartition(far, n - 1, axis=1)[:, :n]
        found[some] = places[near].mean(axis=1)
    return found


def keep(path: Path, data: bytes) -> None:
    """Write a file that is there wholly or not at all."""
    beside = path.with_name(f".{secrets.token_hex(8)}")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def read(path: Path, n_sample: int) -> Floats:
    """Places that were kept; none where there are none of so many samples."""
    with suppress(FileNotFoundError):
        data = path.read_bytes()
        if len(data) == 8 * n_sample:
            return np.frombuffer(data, dtype="<f4").reshape(n_sample, 2).astype(np.float64)
    return np.zeros((0, 2))
