"""The numbers of a figure as a table, and what is to be seen on it in words."""

from collections.abc import Mapping, Sequence

import numpy as np

from aition.checks.curve import RemovalCurve, band, spread, verdict
from aition.core.explanation import Explanation
from aition.view.plots.profile import profile_of
from aition.view.plots.reading import Array, Reading, classes_of, read, read_sample
from aition.view.plots.said import class_name, class_names_of, said_of, title_of
from aition.view.plots.values import trend
from aition.view.report.document import Table

MOST_ROWS = 20


def sample_numbers(explanation: Explanation, sample: str, *, variable: str) -> Table:
    """The values of a sample that counted most."""
    reading = read_sample(explanation, sample, variable=variable, target=0)
    places = strongest(reading.attribution[0])[:MOST_ROWS]
    rows = tuple(
        (
            reading.features[feature],
            plain(reading.times[0, time]),
            plain(reading.value[0, time, feature]),
            plain(reading.attribution[0, time, feature]),
        )
        for time, feature in places
    )
    count = int(np.isfinite(reading.attribution[0]).sum())
    caption = f"The {len(rows)} of {count} values with the largest |{variable}|"
    return Table(caption, ("feature", reading.time_label, "value", variable), rows)


def sample_seen(explanation: Explanation, sample: str, *, variable: str, class_names: Sequence[str]) -> str:
    """What is to be seen on a sample's figure."""
    reading = read_sample(explanation, sample, variable=variable, target=0)
    words = f"{title_of(sample, said_of(explanation, sample, class_names=class_names))}. "
    words += f"{len(reading.features)} features over {reading.times.shape[1]} steps. "
    words += f"What counted most: {shares_in_words(reading)}."
    for time, feature in strongest(reading.attribution[0])[:1]:
        size = reading.attribution[0, time, feature]
        way = "against" if size < 0 else "for"
        when = f"at {reading.time_label} {plain(reading.times[0, time])}"
        words += f" The strongest single value speaks {way}: {reading.features[feature]} {when}."
    return words


def summary_numbers(explanation: Explanation, *, variable: str) -> Table:
    """The features that counted most, with when."""
    reading = read(explanation, variable=variable, target=0)
    profile = profile_of(reading)
    middle = (profile.edges[1:] + profile.edges[:-1]) / 2
    cells = np.isfinite(reading.attribution[:, :, 0]).sum()
    rows = []
    for feature in np.argsort(-reading.totals, kind="stable")[:MOST_ROWS]:
        column = profile.mean[:, feature]
        peak = plain(middle[np.nanargmax(column)]) if np.isfinite(column).any() else "–"
        mean = reading.totals[feature] / max(1, cells)
        rows.append((reading.features[feature], f"{100 * reading.shares[feature]:.1f} %", plain(mean), peak))
    header = ("feature", "share", f"mean |{variable}|", f"largest mean at {reading.time_label}")
    return Table("What counted, by feature", header, tuple(rows))


def summary_seen(explanation: Explanation, *, variable: str) -> str:
    """What is to be seen on a summary's figure."""
    reading = read(explanation, variable=variable, target=0)
    profile = profile_of(reading)
    by_time = np.nansum(profile.mean, axis=1)
    middle = (profile.edges[1:] + profile.edges[:-1]) / 2
    return (
        f"Over {len(reading.ids)} samples what counted most was {shares_in_words(reading)}; over all features, "
        f"{variable} is largest around {reading.time_label} {plain(middle[by_time.argmax()])}."
    )


def class_numbers(explanation: Explanation, *, variable: str, class_names: Sequence[str]) -> Table:
    """The three features that counted most for each class."""
    reading = read(explanation, variable=variable, target=0)
    index, _ = classes_of(explanation, 0)
    class_names = class_names or class_names_of(explanation)
    rows = []
    for one in np.unique(index[index >= 0]):
        totals = np.nansum(np.abs(reading.attribution[index == one]), axis=(0, 1))
        shares = totals / totals.sum() if totals.sum() > 0 else totals
        first = np.argsort(-shares, kind="stable")[:3]
        words = ", ".join(f"{reading.features[place]} ({100 * shares[place]:.0f} %)" for place in first)
        rows.append((class_name(int(one), class_names), str(int((index == one).sum())), words))
    return Table("What counted for each class", ("class", "samples", "features with the largest shares"), tuple(rows))


def class_seen(explanation: Explanation, *, variable: str, class_names: Sequence[str]) -> str:
    """What is to be seen on the figure of the classes."""
    table = class_numbers(explanation, variable=variable, class_names=class_names)
    return "What counted most: " + "; ".join(f"for {name}, {words}" for name, _, words in table.rows) + "."


def value_numbers(explanation: Explanation, *, variable: str, top: int = 6) -> Table:
    """Median and quartiles of the attribution over values, for the features that count most."""
    reading = read(explanation, variable=variable, target=0)
    rows = []
    for feature in np.argsort(-reading.totals, kind="stable")[:top]:
        for middle, quartiles in zip(*trend_of(reading, int(feature)), strict=True):
            rows.append((reading.features[feature], plain(middle), *(plain(one) for one in quartiles)))
    header = ("feature", "value", "lower quartile", f"median {variable}", "upper quartile")
    return Table(f"{variable} by value", header, tuple(rows))


def value_seen(explanation: Explanation, *, variable: str, top: int = 6) -> str:
    """What is to be seen on the figure of the values."""
    reading = read(explanation, variable=variable, target=0)
    parts = []
    for feature in np.argsort(-reading.totals, kind="stable")[:top]:
        middle, quartiles = trend_of(reading, int(feature))
        if len(middle):
            low, high = quartiles[0, 1], quartiles[-1, 1]
            parts.append(f"{reading.features[feature]}: {plain(low)} at low values, {plain(high)} at high ones")
    return f"Median {variable}. " + "; ".join(parts) + "."


def removal_numbers(curves: Mapping[str, RemovalCurve]) -> Table:
    """Mean and interval of the measure after each removal, in each order."""
    rows = []
    for name, curve in curves.items():
        form = ".3f" if curve.measure == "probability" else ".3g"
        bands = [band(curve, order) for order in ("most", "random", "least")]
        for step, share in enumerate(curve.fraction):
            cells = ("{0:{3}} [{1:{3}}, {2:{3}}]".format(*one[step], form) for one in bands)
            rows.append((name, f"{100 * share:g} %", *cells))
    header = ("explainer", "removed", "most important first", "random order", "least important first")
    return Table("What the model says after each removal: mean and interval", header, tuple(rows))


def removal_seen(curves: Mapping[str, RemovalCurve], *, fraction: float) -> str:
    """What is to be seen on the figure of removal."""
    parts = []
    for name, curve in curves.items():
        found = verdict(curve, fraction=fraction)
        parts.append(
            f"{name}: with {100 * fraction:g} % removed the curve falls by {spread(found.most)} if the most important "
            f"go first and by {spread(found.random)} if they go at random ({found.finding})"
        )
    return "Curves of removal. " + "; ".join(parts) + "."


def trend_of(reading: Reading, feature: int) -> tuple[Array, Array]:
    """The trend of a feature's attribution over its measured values."""
    value, size = reading.value[:, :, feature], reading.attribution[:, :, feature]
    known = ~np.isnan(value) & ~np.isnan(size)
    return trend(value[known], size[known])


def strongest(cells: Array) -> list[tuple[int, int]]:
    """Places ``(time, feature)`` in order of size; NaN and 0 are left out."""
    size = np.where(np.isnan(cells), 0.0, np.abs(cells)).ravel()
    order = np.argsort(-size, kind="stable")
    return [divmod(int(place), cells.shape[1]) for place in order[: int((size > 0).sum())]]


def shares_in_words(reading: Reading) -> str:
    """The three features with the largest shares."""
    first = np.argsort(-reading.shares, kind="stable")[:3]
    return ", ".join(f"{reading.features[place]} ({100 * reading.shares[place]:.0f} %)" for place in first)


def plain(number: float) -> str:
    """A number in three digits; a dash where there is none."""
    return f"{number:.3g}" if np.isfinite(number) else "–"
