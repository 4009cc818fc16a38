"""Retrained networks: what they still know when the cells that an explanation points at are gone from the data."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from aition.checks.curve import LEAST_SAMPLES, interval_of, spread
from aition.checks.finding import CheckVerdict, Finding, verdict_of
from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.interval import Bootstrap, Interval

Game = Literal["remove", "keep"]
RETRAINING = "retraining"
TOLD = 0.05
"""Accuracy above that of the commonest class from which the pattern of what is gone tells the class."""


@dataclass(frozen=True, eq=False)
class Retrained:
    """Whether networks that were trained anew meet the labels of test samples; 1 where they do, 0 where not.

    Args:
        fraction: Share of each sample's measured values that is removed, or kept, ``[step]``, rising, above 0.
        explained: Where the most important values are removed (or kept), ``[seed, step, sample]``.
        random: Where as many random ones are, ``[seed, step, sample]``.
        pattern: Where the network is given which values are removed as the explanation has it, and none of the values,
            ``[seed, step, sample]``.
        whole: Where nothing is removed, ``[seed, sample]``.
        commonest: Share of the commonest class among the test samples.
        game: Whether the values are removed or kept.
        bootstrap: How intervals over the test samples are made.
    """

    fraction: NDArray[np.float64]
    explained: NDArray[np.float64]
    random: NDArray[np.float64]
    pattern: NDArray[np.float64]
    whole: NDArray[np.float64]
    commonest: float
    game: Game = "remove"
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    def __post_init__(self) -> None:
        if self.game not in get_args(Game):
            raise InputError(f"game must be 'remove' or 'keep', but is {self.game!r}")
        check_axes("whole", self.whole, ("seed", "sample"), {})
        sizes = {"seed": len(self.whole), "step": len(self.fraction), "sample": self.whole.shape[1]}
        for name in ("explained", "random", "pattern"):
            check_axes(name, getattr(self, name), ("seed", "step", "sample"), sizes)


def accuracy_band(found: Retrained, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean accuracy with the ends of its interval over the test samples, ``[step, 3]``: mean, low, high.

    Args:
        found: What :func:`aition.checks.retraining` gave.
        values: One of its parts, ``[seed, step, sample]``.
    """
    rows = [interval_of(found.bootstrap, column) for column in values.mean(axis=0)]
    return np.array([(one.mean, one.low, one.high) for one in rows])


def missed(found: Retrained, *, fraction: float) -> CheckVerdict:
    """Do networks trained without the most important values do worse than networks trained without random ones?

    Args:
        found: What :func:`aition.checks.retraining` gave.
        fraction: One of its shares, chosen before the figures are seen.

    Returns:
        Its figure is by how much more the accuracy falls than by random removal (of the game "keep": by how much more
        stays than by random keeping), the mean over the seeds, with an interval over the test samples. To pass it must
        be above 0 for every seed, too, for networks that happen to train badly are wrong on many samples at once. Where
        the pattern of what is kept tells the class by itself, the game "keep" can't pass.

    Raises:
        InputError: There is no such fraction.

    References:
        Hooker et al., "A benchmark for interpretability methods in deep neural networks", NeurIPS 2019 (remove and
        retrain, keep and retrain).
        Rong et al., "A consistent and efficient evaluation strategy for attribution methods", ICML 2022 (that the
        pattern of what is removed tells the class).
    """
    places = np.flatnonzero(np.isclose(found.fraction, fraction))
    if not len(places):
        known = ", ".join(f"{share:g}" for share in found.fraction)
        raise InputError(f"fraction must be one of the shares retrained with, {known}, but is {fraction:g}")
    step, sign = int(places[0]), 1 if found.game == "remove" else -1
    gain = sign * (found.random[:, step] - found.explained[:, step])
    figure = interval_of(found.bootstrap, gain.mean(axis=0))
    leak = interval_of(found.bootstrap, found.pattern[:, step].mean(axis=0))
    told = leak.low > found.commonest + TOLD
    finding = decided(figure, gain.mean(axis=1), told=told and found.game == "keep")
    what = f"{found.game} the most important {100 * fraction:g} %"
    said = {
        "passed": f"networks that are trained anew find what they need in the values called important ({what})",
        "alarm": f"networks that are trained anew need the values called important less than random ones ({what})",
    }.get(finding, f"whether networks that are trained anew need the values called important is open ({what})")
    seeds = ", ".join(f"{one:.3f}" for one in gain.mean(axis=1))
    words = (
        f"{said}: accuracy {found.whole.mean():.2f} with all values, {found.explained[:, step].mean():.2f} by the "
        f"explanation, {found.random[:, step].mean():.2f} by random choice; difference {spread(figure)} "
        f"(by seed {seeds})"
    )
    if told:
        effect = "so the difference says too little" if found.game == "remove" else "so the difference proves nothing"
        words += f"; the pattern alone tells the class with accuracy {spread(leak)}, {effect}"
    return verdict_of(RETRAINING, finding, words, figure, 0.0, highest=False, unit="accuracy")


def decided(figure: Interval, by_seed: NDArray[np.float64], *, told: bool) -> Finding:
    """The finding: strictly above 0 for all to pass."""
    if figure.n_sample < LEAST_SAMPLES:
        return "too few samples"
    if figure.low > 0 and bool((by_seed > 0).all()) and not told:
        return "passed"
    return "alarm" if figure.high < 0 else "not decided"
