"""Judges: how far series are from the real ones, to somebody who never saw the explained model."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from aition.core.errors import InputError, MissingExtraError
from aition.core.precision import doubled
from aition.core.realism import STEP_BY_STEP
from aition.dream.judges.features import Reduced

SILENCE = 1e-12
"""Power that counts as none, in squared deviations: a feature that never varies has only that of rounding."""


class Fitted(Protocol):
    """A judge that has seen real series."""

    def __call__(self, series: Tensor) -> Tensor:
        """How strange series ``[series, step, feature]`` are, ``[series]``; the larger the stranger."""


class Judge(Protocol):
    """Settings of a judge: a frozen dataclass."""

    @property
    def name(self) -> str:
        """What it is called, in lower case and underscores."""

    def fit(self, real: Tensor) -> Fitted:
        """Look at real series ``[real, step, feature]``, in deviations of their features."""


@runtime_checkable
class ByFeatures(Protocol):
    """A judge that reads the answers of random kernels; those of one seed are read once for all who judge by them."""

    @property
    def name(self) -> str:
        """What it is called, in lower case and underscores."""

    @property
    def seed(self) -> int:
        """Of the kernels."""

    def within(self, rows: Tensor) -> Callable[[Tensor], Tensor]:
        """Look at what the kernels say of real series, ``[real, component]``."""


@dataclass(frozen=True, eq=False)
class Through:
    """A judge of what kernels say of series, that takes the series."""

    features: Reduced
    judge: Callable[[Tensor], Tensor]

    def __call__(self, series: Tensor) -> Tensor:
        return self.judge(self.features(series))


def through(judge: ByFeatures, real: Tensor) -> Through:
    """A judge by features, fitted to real series."""
    features = Reduced.fit(real, seed=judge.seed)
    return Through(features, judge.within(features(real)))


@dataclass(frozen=True)
class Neighbours:
    """The mean distance to the nearest real series, in 24 principal components of random dilated kernels' answers.

    Args:
        count: How many of the nearest.
        seed: Of the kernels.
    """

    name = "neighbours"

    count: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"count must be 1 or more, but is {self.count}")

    def fit(self, real: Tensor) -> Fitted:
        return through(self, real)

    def within(self, rows: Tensor) -> "Near":
        return Near(rows, min(self.count, len(rows)))


@dataclass(frozen=True, eq=False)
class Near:
    """A fitted :class:`Neighbours`, that takes rows of numbers, ``[series, number]``."""

    real: Tensor
    count: int

    def __call__(self, rows: Tensor) -> Tensor:
        return torch.cdist(rows, self.real).topk(self.count, largest=False).values.mean(dim=1)


@dataclass(frozen=True)
class Timing:
    """The mean distance to the nearest real series, step by step; other judges look for waves wherever they come.

    Args:
        count: How many of the nearest.
    """

    name = STEP_BY_STEP

    count: int = 5

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"count must be 1 or more, but is {self.count}")

    def fit(self, real: Tensor) -> "StepByStep":
        return StepByStep(Near(real.flatten(1), min(self.count, len(real))))


@dataclass(frozen=True, eq=False)
class StepByStep:
    """A fitted :class:`Timing`."""

    near: "Near"

    def __call__(self, series: Tensor) -> Tensor:
        return self.near(series.flatten(1))


@dataclass(frozen=True)
class LocalOutliers:
    """The local outlier factor in the same features: how much thinner it is about a series than about its neighbours.

    Args:
        count: Neighbours.
        seed: Of the kernels.

    References:
        Breunig, Kriegel, Ng and Sander, "LOF: identifying density-based local outliers", SIGMOD 2000.
    """

    name = "local_outliers"

    count: int = 20
    seed: int = 0

    def fit(self, real: Tensor) -> Fitted:
        return through(self, real)

    def within(self, rows: Tensor) -> "Outside":
        count = max(1, min(self.count, len(rows) - 1))
        forest = package("sklearn.neighbors").LocalOutlierFactor(n_neighbors=count, novelty=True)
        return Outside(forest.fit(rows_of(rows)))


@dataclass(frozen=True)
class Isolation:
    """How few random cuts set a series apart, in the same features.

    Args:
        trees: How many.
        seed: Of the kernels and the cuts.

    References:
        Liu, Ting and Zhou, "Isolation forest", ICDM 2008.
    """

    name = "isolation"

    trees: int = 100
    seed: int = 0

    def fit(self, real: Tensor) -> Fitted:
        return through(self, real)

    def within(self, rows: Tensor) -> "Outside":
        forest = package("sklearn.ensemble").IsolationForest(n_estimators=self.trees, random_state=self.seed)
        return Outside(forest.fit(rows_of(rows)))


@dataclass(frozen=True, eq=False)
class Outside:
    """A fitted judge of scikit-learn's, that takes features."""

    forest: Any

    def __call__(self, rows: Tensor) -> Tensor:
        return -torch.from_numpy(np.asarray(self.forest.score_samples(rows_of(rows)))).to(rows)


@dataclass(frozen=True)
class Spectra:
    """The Mahalanobis distance of the logarithms of powers in bands of frequency, by Ledoit and Wolf's covariance.

    Args:
        bands: How many, at most, of equal width, for each feature.

    References:
        Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
        Multivariate Analysis 2004.
    """

    name = "spectrum"

    bands: int = 24

    def __post_init__(self) -> None:
        if self.bands < 1:
            raise InputError(f"bands must be 1 or more, but is {self.bands}")

    def fit(self, real: Tensor) -> "Apart":
        floor = (1e-4 * powers(real, self.bands).mean(dim=0)).clamp(min=SILENCE)
        rows = (powers(real, self.bands) + floor).log().flatten(1)
        law = package("sklearn.covariance").LedoitWolf().fit(rows_of(rows))
        return Apart(
            self.bands,
            floor,
            torch.from_numpy(law.location_).to(real),
            torch.from_numpy(law.precision_).to(real),
        )


@dataclass(frozen=True, eq=False)
class Apart:
    """A fitted :class:`Spectra`."""

    bands: int
    floor: Tensor
    mean: Tensor
    precision: Tensor

    def __call__(self, series: Tensor) -> Tensor:
        off = (powers(series, self.bands) + self.floor).log().flatten(1) - self.mean
        return torch.einsum("sa,ab,sb->s", off, self.precision, off).clamp(min=0).sqrt()


JUDGES: tuple[Judge, ...] = (Neighbours(), LocalOutliers(), Isolation(), Spectra(), Timing())
"""Those who judge where nobody else is named."""


def powers(series: Tensor, bands: int) -> Tensor:
    """The mean power in bands of frequency, above frequency 0, ``[series, band, feature]``."""
    power = torch.fft.rfft(series, dim=1, norm="ortho").abs().square()[:, 1:]
    if not power.shape[1]:
        return series.square().mean(dim=1, keepdim=True)
    edges = torch.linspace(0, power.shape[1], min(bands, power.shape[1]) + 1).round().long().tolist()
    parts = [power[:, low:high].mean(dim=1) for low, high in pairwise(edges)]
    return torch.stack(parts, dim=1)


def rows_of(rows: Tensor) -> Any:
    """Rows as an array."""
    return doubled(rows.detach()).cpu().numpy()


def package(name: str) -> Any:
    """A module of scikit-learn.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(f"judges need {name}, which is not installed: pip install 'aition[dream]'") from error
