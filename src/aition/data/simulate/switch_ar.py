"""SwitchAR and Relay: one cell, or two in succession, call for the window that decides."""

from dataclasses import dataclass

from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.data.simulate.drawing import check_counts, check_least, check_positive, streams
from aition.data.simulate.law import check_share
from aition.data.simulate.routes import Route, Routes
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class SwitchAR:
    """One cell of the first feature says which of two windows, in other features and at other times, decides.

    Features are autoregressive and independent of one another. Where the cell is at its mean or above, the early window
    of feature 1 is read, else the late window of feature 2; the log-odds are the sum of what its cells have above
    their mean. A neighbour of a true cell tells much of it, so other cells can stand in for it: hold the exact chance
    given what was selected (``given``) beside the share of exact cells.

    Args:
        n_sample: Series.
        n_time: Steps.
        n_feature: Features: the switch's, those of the two windows, and inert ones.
        switch: The step of the cell that switches.
        first: The first step of either window.
        window: Steps of a window.
        memory: Correlation of a value with the one before, in [0, 1).
        mean: Of every cell, so that 0 is no value to be met.
        strength: Standard deviation of the log-odds.

    Returns:
        Series without hidden fields; true are the switch and the window that it calls for, 6 of 80 cells as it stands.
        ``sign`` compares a cell with the mean in its place; the switch has no direction.

    Raises:
        InputError: A setting is out of range, or the windows do not fit into the series.

    >>> drawn = SwitchAR(n_sample=50)(seed=0)
    >>> drawn.truth.sum(dim=(1, 2)).unique().tolist(), len(drawn.truth.unique(dim=0))
    ([6], 2)
    """

    n_sample: int = 10_000
    n_time: int = 20
    n_feature: int = 4
    switch: int = 3
    first: tuple[int, int] = (6, 14)
    window: int = 5
    memory: float = 0.8
    mean: float = 2.0
    strength: float = 5.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, window=self.window)
        check_counts(n_feature=self.n_feature, least=3)
        check_positive(strength=self.strength)
        check_share(memory=self.memory)
        check_least(switch=(self.switch, 0), first=(min(self.first), 0))
        check_least(n_time=(self.n_time, max(self.switch + 1, max(self.first) + self.window)))

    @property
    def law(self) -> Routes:
        """The two ways."""
        cell = (self.switch, 0)
        return Routes(
            shape=(self.n_time, self.n_feature),
            routes=(
                Route(((cell, True),), self.first[0], 1),
                Route(((cell, False),), self.first[1], 2),
            ),
            window=self.window,
            memory=self.memory,
            mean=self.mean,
            strength=self.strength,
        )

    def __call__(self, *, seed: int) -> Simulated:
        names = ("switch", "early", "late", *(f"inert{place}" for place in range(3, self.n_feature)))
        return self.law.drawn(streams(seed, 2), name="switch-ar", seed=seed, n_sample=self.n_sample, names=names)

    def given(self, batch: Batch, kept: Tensor) -> Tensor:
        """``p(class | kept cells)``, ``[sample, class]``, exact."""
        return self.law.given(batch, kept)


@dataclass(frozen=True)
class Relay:
    """What matters moves on through the series: each cell that is read says where to read next.

    A cell of feature 0 says which of features 1 and 2 to look at half-way; the cell there says which of four windows,
    of feature 3 or 4 and early or late, decides. So there are four maps of six cells among 150, and what matters at a
    step is not known before the steps before it are.

    It is harder than :class:`SwitchAR`, as its exact law shows: a window is one of four and, without its switches,
    worth little, so cells tell little one by one; to turn the first switch moves all the other true cells; and true
    cells are one of 25. No map that all series share comes near the truth.

    Args:
        n_sample: Series.
        n_time: Steps.
        switches: The steps of the first and of the second switch.
        first: The first step of an early and of a late window.
        window: Steps of a window.
        memory: Correlation of a value with the one before, in [0, 1).
        mean: Of every cell.
        strength: Standard deviation of the log-odds.

    Returns:
        Series of five features without hidden fields; true are the two switches that were met and the window that they
        call for. ``sign`` compares a cell with the mean in its place; switches have no direction.

    Raises:
        InputError: A setting is out of range, or what comes later lies earlier.

    >>> drawn = Relay(n_sample=200)(seed=0)
    >>> drawn.truth.sum(dim=(1, 2)).unique().tolist(), len(drawn.truth.unique(dim=0))
    ([6], 4)
    """

    n_sample: int = 20_000
    n_time: int = 30
    switches: tuple[int, int] = (3, 11)
    first: tuple[int, int] = (17, 25)
    window: int = 4
    memory: float = 0.8
    mean: float = 2.0
    strength: float = 5.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, window=self.window)
        check_positive(strength=self.strength)
        check_share(memory=self.memory)
        check_least(switches=(min(self.switches), 0), n_time=(self.n_time, self.first[1] + self.window))
        if not self.switches[0] < self.switches[1] < self.first[0] <= self.first[1] - self.window:
            raise InputError(
                f"switches and windows must lie one behind the other, but switches are at {list(self.switches)} and "
                f"windows of {self.window} steps begin at {list(self.first)}"
            )

    @property
    def law(self) -> Routes:
        """The four ways."""
        start = (self.switches[0], 0)
        early, late = self.first
        ways = {
            (True, True): (early, 3),
            (True, False): (late, 4),
            (False, True): (early, 4),
            (False, False): (late, 3),
        }
        return Routes(
            shape=(self.n_time, 5),
            routes=tuple(
                Route(((start, one), ((self.switches[1], 1 if one else 2), two)), first, feature)
                for (one, two), (first, feature) in ways.items()
            ),
            window=self.window,
            memory=self.memory,
            mean=self.mean,
            strength=self.strength,
        )

    def __call__(self, *, seed: int) -> Simulated:
        names = ("start", "next if up", "next if down", "window", "other window")
        return self.law.drawn(streams(seed, 2), name="relay", seed=seed, n_sample=self.n_sample, names=names)

    def given(self, batch: Batch, kept: Tensor) -> Tensor:
        """``p(class | kept cells)``, ``[sample, class]``, exact."""
        return self.law.given(batch, kept)
