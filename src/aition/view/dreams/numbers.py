"""What pictures of dreams show, as tables and in words."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from aition.core.explanation import Explanation
from aition.dream import DreamVerdict
from aition.view.plots.dream_borders import heights, logits_of, sides_of
from aition.view.plots.dream_changes import changed_share, changes_of, most_changed
from aition.view.plots.dream_frequencies import power_of
from aition.view.plots.dreamt import (
    about,
    copies_of,
    features_of,
    label_name,
    looking_real,
    names_of_classes,
    percentiles_of,
    wish_name,
    wishes_of,
)
from aition.view.report.document import Table
from aition.view.report.numbers import plain

MOST_ROWS = 40
LOOKS = {-1: "not judged", 0: "no", 1: "yes"}


def figure_table(verdicts: Mapping[str, Sequence[DreamVerdict]], names: Sequence[str]) -> Table:
    """The figures of every recipe and objective.

    Args:
        verdicts: By recipe, one an objective.
        names: What the objectives are called.
    """
    reached = ("reached", "aim", "most of a real one")
    header = ("recipe", "dreams of", *reached, "hit the aim", "look real", "real ones do", "differ", "copies")
    rows = []
    for name, several in verdicts.items():
        for called, one in zip(names, (each.figures for each in several), strict=True):
            numbers = map(known, (one.reached, one.wanted, one.real_most))
            looks = share(one.look_real), share(one.real_look_real)
            rows.append((name, called, *numbers, share(one.hit), *looks, known(one.diversity), share(one.copies)))
    caption = (
        "What was reached, and how real it looks. Real ones do: the share of real series of the class that look real "
        "to judges that did not see them. Differ: 1 is as far apart as real series are"
    )
    return Table(caption, header, tuple(rows))


def dream_table(dreams: Explanation, class_names: Sequence[str]) -> Table:
    """Every dream, and before those of an objective the real series that reaches most, or is nearest to the border."""
    judged, beside, looks = percentiles_of(dreams), percentiles_of(dreams, real=True), looking_real(dreams)
    real_reached, reached = dreams["real_reached"].values, dreams["margin"].values
    copies, rows = copies_of(dreams), []
    for wish in wishes_of(dreams):
        mine = np.flatnonzero(dreams["target_wish"].values == wish)
        top = int(dreams["top"].values[mine[0]])
        name = wish_name(dreams, wish, class_names)
        rows.append((f"real: {dreams['real'].values[top]}", name, known(real_reached[top, wish]), "",
                     *map(known, beside.value[top]), "–"))  # fmt: skip
        for draw in mine.tolist():
            near = str(dreams["real"].values[int(dreams["nearest"].values[draw])]) + " (a copy)" * bool(copies[draw])
            looked = LOOKS[int(looks[draw])]
            rows.append((str(dreams["draw"].values[draw]), name, known(reached[draw]), looked,
                         *map(known, judged.value[draw]), near))  # fmt: skip
    names = [f"percentile: {name.replace('_', ' ')}" for name in judged.names]
    header = ("series", "of", "reached", "looks real", *names, "nearest real series")
    return Table(f"The dreams{cut(len(rows))}", header, tuple(rows[:MOST_ROWS]))


def word_table(dreams: Explanation, class_names: Sequence[str]) -> Table:
    """The words of every dream of a model of token ids, and of the real series before."""
    names = json.loads(str(dreams.attrs.get("words") or "{}"))
    rows = []
    for draw, wish in enumerate(dreams["target_wish"].values[:MOST_ROWS].tolist()):
        after, before = (dreams[name].values[draw].tolist() for name in ("word", "word_before"))
        pairs = [(one, other) for one, other in zip(after, before, strict=True) if one >= 0]
        said = [(names.get(str(one), str(one)), names.get(str(other), str(other))) for one, other in pairs]
        new = " ".join(one if one == other else f"[{one}]" for one, other in said)
        far = float(np.nanmean(dreams["word_distance"].values[draw]))
        reached = known(float(dreams["margin"].values[draw])), known(float(dreams["word_margin"].values[draw]))
        name, old = wish_name(dreams, wish, class_names), " ".join(other for _, other in said)
        rows.append((str(dreams["draw"].values[draw]), name, *reached, known(far), new, old))
    header = ("dream", "of", "reached", "by its words alone", "words away", "its words", "before")
    return Table(f"The words of the dreams{cut(dreams.sizes['draw'])}", header, tuple(rows))


def change_table(dreams: Explanation, class_names: Sequence[str]) -> Table:
    """How much of every real series was changed."""
    rows = []
    for draw, difference in enumerate(changes_of(dreams)[:MOST_ROWS]):
        wish = int(dreams["target_wish"].values[draw])
        feature, size = most_changed(dreams, difference), np.nan_to_num(np.abs(difference))
        step, largest = int(size[:, feature].argmax()), known(float(size[:, feature].max()))
        words = str(dreams["draw"].values[draw]), wish_name(dreams, wish, class_names)
        rows.append((*words, share(changed_share(difference)), features_of(dreams)[feature], str(step), largest))
    header = ("dream", "of", "steps changed", "most in feature", "at step", "by")
    return Table(f"What was changed{cut(dreams.sizes['draw'])}", header, tuple(rows))


def gallery_seen(dreams: Explanation, class_names: Sequence[str]) -> str:
    """What is to be seen on a gallery."""
    looks, found = looking_real(dreams), []
    for wish in wishes_of(dreams):
        mine = dreams["target_wish"].values == wish
        real = "" if (looks < 0).all() else f", of which {int((looks[mine] == 1).sum())} look real"
        middle = known(float(np.median(dreams["margin"].values[mine])))
        found.append(f"{wish_name(dreams, wish, class_names)}: {int(mine.sum())} dreams{real}, reaching {middle}")
    return "Dreams over the band of real series. " + "; ".join(found) + "."


def realism_table(several: Mapping[str, Explanation], class_names: Sequence[str]) -> Table:
    """Per recipe and objective, what was reached and how rare that is."""
    rows = []
    for name, dreams in several.items():
        rarity = percentiles_of(dreams).rarity
        for wish in wishes_of(dreams):
            mine = dreams["target_wish"].values == wish
            middle = float(np.median(dreams["margin"].values[mine])), float(np.median(rarity[mine]))
            rows.append((name, wish_name(dreams, wish, class_names), *map(known, middle)))
    header = ("recipe", "dreams of", "reached (middle)", "of 100 real series, so many lie further out (middle)")
    return Table("What was reached, and how rare it is to the strictest judge", header, tuple(rows))


def border_table(dreams: Explanation, class_names: Sequence[str]) -> Table:
    """The logits of the border's classes, for every dream."""
    logits = logits_of(dreams, "prediction")
    sides = sides_of(dreams, (), logits.shape[1])
    laid, names = heights(logits, sides), names_of_classes(dreams, class_names)
    rows = [(str(one), *map(known, laid[place])) for place, one in enumerate(dreams["draw"].values)][:MOST_ROWS]
    above = " above the largest other" if logits.shape[1] > len(sides) else ""
    header = ("dream", *(f"logit of {label_name(one, names)}{above}" for one in sides))
    return Table(
        f"The dreams between the {'two' if len(sides) == 2 else len(sides)}{cut(dreams.sizes['draw'])}",
        header,
        tuple(rows),
    )


def projection_table(dreams: Explanation) -> Table:
    """Where every dream lies."""
    rows = [
        (str(one), *map(known, dreams["projection"].values[place, :2]))
        for place, one in enumerate(dreams["draw"].values[:MOST_ROWS])
    ]
    return Table(f"Where the dreams lie{cut(dreams.sizes['draw'])}", ("dream", "first", "second"), tuple(rows))


def course_table(dreams: Explanation, class_names: Sequence[str]) -> Table:
    """What the middle dream of each objective reached, on the way."""
    course = dreams["objective"].values
    places = np.unique(np.linspace(0, course.shape[1] - 1, 6).round().astype(int)).tolist()
    rows = []
    for wish in wishes_of(dreams):
        middle = np.median(course[dreams["target_wish"].values == wish], axis=0)
        own = dreams["real_reached"].values[about(dreams, wish), wish]
        rows.append((wish_name(dreams, wish, class_names), *map(known, middle[places]), known(float(np.median(own)))))
    header = ("dreams of", *(f"iteration {place}" for place in places), "real series (middle)")
    return Table("What the middle dream reached", header, tuple(rows))


def power_table(dreams: Explanation, class_names: Sequence[str]) -> Table:
    """The strongest frequency of dreams and of real series."""
    frequency = np.fft.rfftfreq(dreams.sizes["time"])[1:]
    rows = []
    for wish in wishes_of(dreams):
        mine, own = dreams["target_wish"].values == wish, about(dreams, wish)
        power = [np.median(power_of(one[:, :, 0]), axis=0) for one in
                 (dreams["value"].values[mine], dreams["real_value"].values[own])]  # fmt: skip
        peaks = [f"{frequency[int(one.argmax())]:.3g}" if len(one) else "–" for one in power]
        rows.append((wish_name(dreams, wish, class_names), *peaks))
    return Table("The strongest frequency, in cycles per step", ("dreams of", "dreams", "real series"), tuple(rows))


def known(value: float) -> str:
    """A number, or a dash."""
    return "–" if np.isnan(value) else plain(round(float(value), 4))


def share(value: float) -> str:
    """A share in percent, or a dash."""
    return "–" if np.isnan(value) else f"{100 * value:.0f} %"


def cut(n_row: int) -> str:
    """That a table is cut, where it is."""
    return f", the first {MOST_ROWS} of {n_row} rows" if n_row > MOST_ROWS else ""
