"""Leaning: what a model was found to lean on, and what is said of it."""

from dataclasses import dataclass
from typing import Any

from aition.checks.curve import LEAST_SAMPLES, spread
from aition.checks.places import Part, Region
from aition.metrics.interval import Interval

LEAST = 0.05
"""Share of the attribution below which a place that nobody suspected is not raised."""


@dataclass(frozen=True)
class Place:
    """What a model has of one region.

    Args:
        region: Which.
        suspected: Whether it was named by the user; else it was found.
        part: What it holds of the attribution.
        costs: By what stands in its place, by how much removing it alone changes what the model says, in either
            direction, beyond what as many random cells of the same sample do, in ``unit``.
        unit: "probability" of the explained class, or "score".
    """

    region: Region
    suspected: bool
    part: Part
    costs: tuple[tuple[str, Interval], ...]
    unit: str

    @property
    def leans(self) -> bool:
        """Whether the model leans on it.

        It holds more than twice what its size would bring, by the lower end of the interval (of a suspect: more than
        its size would bring), and removing it changes more than random cells do, whatever stands in its place. A place
        that was found must hold a twentieth of the attribution, too. Of fewer than five samples nothing is said.
        """
        dense = self.part.share.low > self.part.size * (1 if self.suspected else 2)
        large = self.suspected or self.part.share.mean >= LEAST
        return dense and large and all(one.low > 0 and one.n_sample >= LEAST_SAMPLES for _, one in self.costs)

    @property
    def words(self) -> str:
        """What is said of it."""
        costs = "; ".join(f"{spread(one)} ({name})" for name, one in self.costs)
        what = (
            f"it is {100 * self.part.size:.2g} % of the cells and holds {spread(self.part.share)} of the attribution "
            f"(1: all); beyond as many random cells, removing it alone changes the {self.unit} by {costs}"
        )
        if self.leans and not self.suspected:
            return (
                f"The model leans on a fixed place, {self.region}: {what}. If nothing but the way in which the data "
                "were made ties the answer to this place, it is a shortcut."
            )
        verb = "leans" if self.leans else "was not shown to lean"
        return f"The model {verb} on {self.region}: {what}."


@dataclass(frozen=True)
class Leaning:
    """What a model leans on, by one explainer.

    Args:
        features: What each feature holds, the most first.
        stretches: What each stretch of time holds, the first first; both are empty where no explainer is trusted.
        places: Regions at fixed steps that were found, and those that were suspected.
    """

    features: tuple[Part, ...] = ()
    stretches: tuple[Part, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def raised(self) -> tuple[Place, ...]:
        """The places that are to be told of: on which the model leans, and all that were suspected."""
        return tuple(one for one in self.places if one.leans or one.suspected)


def leaning_json(leaning: Leaning) -> dict[str, Any]:
    """What a model leans on, for programs."""
    return {
        "features": [part_json(one) for one in leaning.features],
        "stretches": [part_json(one) for one in leaning.stretches],
        "places": [
            {
                "feature": one.region.feature,
                "steps": [one.region.first, one.region.last] if one.region.last >= 0 else "all",
                "suspected": one.suspected,
                "leans": one.leans,
                "words": one.words,
                **part_json(one.part),
                "unit": one.unit,
                "costs": {name: interval_json(cost) for name, cost in one.costs},
            }
            for one in leaning.places
        ],
    }


def part_json(part: Part) -> dict[str, Any]:
    """A part for programs."""
    return {"name": part.name, "size": part.size, "share": interval_json(part.share)}


def interval_json(interval: Interval) -> dict[str, float]:
    """A mean and the ends of its interval."""
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}
