"""Whether dreams are to be believed, in words."""

import json
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.explanation import Explanation
from aition.core.realism import looks_unreal
from aition.dream.figures import DreamFigures, copied, figures_of, hits

Finding = Literal["believable", "believable in part", "not believable", "not judged"]
ENOUGH, SOME = 0.9, 0.5
"""Share of the dreams that must hold, and that of which a verdict is no flat no."""
FEW = 8
"""Dreams, below which shares of them say little."""
ALIKE = (0.7, 1.3)
"""How far dreams are apart, as a share of how far real series are, between which they differ as these do."""


@dataclass(frozen=True)
class DreamVerdict:
    """Whether the dreams of one objective are to be believed.

    Args:
        figures: What became of them.
        agreed: Share that all other models see as the class, NaN where none was asked.
        sound: Share that reached what was asked, looks real, is no copy, and is seen as the class by all other models.
        finding: "believable" where nine in ten are by each of these, "believable in part" where half are by all.
        against: What speaks against believing them, a clause each.
        minded: What is to be minded beside, a clause each.
    """

    figures: DreamFigures
    agreed: float
    sound: float
    finding: Finding
    against: tuple[str, ...]
    minded: tuple[str, ...]

    @property
    def words(self) -> str:
        """The verdict as sentences."""
        against = "; ".join(self.against)
        begins = {
            "believable": "They reached what was asked, look like real series, and are no copies of them",
            "believable in part": f"{100 * self.sound:.0f} % hold in every respect: take these. Of all: {against}",
            "not believable": f"Don't take them for what such series look like: {against}",
            "not judged": "Nobody judged whether they look like real series: there are too few of these, or no judges",
        }
        minded = f" To be minded: {'; '.join(self.minded)}." if self.minded else ""
        return f"{begins[self.finding]}.{minded}"


def verdicts_of(dreams: Explanation) -> tuple[DreamVerdict, ...]:
    """The verdict on the dreams of every objective.

    Args:
        dreams: What :func:`aition.dream.dream` answered.

    Raises:
        InputError: It holds no dreams.
    """
    wishes = np.unique(dreams["target_wish"].values).tolist() if "target_wish" in dreams else []
    return tuple(verdict_on(dreams, wish, one) for wish, one in zip(wishes, figures_of(dreams), strict=True))


def verdicts_as_text(dreams: Explanation) -> str:
    """The verdicts as JSON, to be kept with the dreams for views that compute none."""
    found = [{"wish": one.figures.wish, "finding": one.finding, "words": one.words} for one in verdicts_of(dreams)]
    return json.dumps(found)


def verdict_on(dreams: Explanation, wish: int, figures: DreamFigures) -> DreamVerdict:
    """The verdict on the dreams of one objective."""
    rows = dreams["target_wish"].values == wish
    is_class = dreams["target_class"].values[rows][0] >= 0 and dreams["target_class_other"].values[rows][0] < 0
    asked = "agreed" in dreams and is_class
    agreed = float(dreams["agreed"].values[rows].all(axis=1).mean()) if asked else np.nan
    against = []
    if figures.hit < ENOUGH:
        missed = f"{100 * (1 - figures.hit):.0f} %"
        fell_short = f"{missed} missed the aim of {figures.wanted:.3g}; the middle one reached {figures.reached:.3g}"
        against.append(f"{missed} are not on the border" if np.isnan(figures.wanted) else fell_short)
    unseen = is_class and is_margin(str(dreams["wish"].values[wish])) and figures.real_most < 0
    if unseen:
        against.append("the model sees no real series as this class")
    if figures.look_real < ENOUGH:
        unreal = f"{100 * (1 - figures.look_real):.0f} % do not look real, most often to {severest(dreams, rows)}"
        against.append(unreal + real_words(figures))
    if figures.copies > 1 - ENOUGH:
        against.append(f"{100 * figures.copies:.0f} % are copies of a real series")
    if agreed < ENOUGH:
        against.append(f"other models see the class in {100 * agreed:.0f} % only")
    seen = dreams["agreed"].values[rows].all(axis=1) if asked else np.ones(int(rows.sum()), dtype=np.bool_)
    real = dreams["looks_real"].values[rows] if "looks_real" in dreams else np.zeros(len(seen), dtype=np.bool_)
    sound = float((seen & real & ~copied(dreams, rows) & (hits(dreams, rows) != 0)).mean())
    minded = minded_of(figures, int(rows.sum()), asked=asked or not is_class)
    finding: Finding = "believable in part" if sound >= SOME and not unseen else "not believable"
    if figures.held and not against:
        finding = "believable"
    if np.isnan(figures.look_real):
        finding = "not judged"
    return DreamVerdict(figures, agreed, sound, finding, tuple(against), tuple(minded))


def minded_of(figures: DreamFigures, count: int, *, asked: bool) -> list[str]:
    """What is to be minded beside the verdict.

    Args:
        figures: What became of the dreams.
        count: How many there are.
        asked: Whether all other models were asked that could be.
    """
    minded = []
    if np.isnan(figures.wanted) and np.isnan(figures.hit) and figures.reached > figures.real_most:
        minded.append(f"they reach {figures.reached:.3g}, where the most of a real series is {figures.real_most:.3g}")
    if not np.isnan(figures.diversity) and not ALIKE[0] <= figures.diversity <= ALIKE[1]:
        how = "less" if figures.diversity < ALIKE[0] else "more"
        minded.append(f"they differ {how} than real series do, {figures.diversity:.2g} times as much")
    if figures.look_real >= ENOUGH > figures.real_look_real:
        minded.append(f"of the real series {100 * figures.real_look_real:.0f} % look real to the same judges")
    if count < FEW:
        minded.append(f"that rests on {'one dream' if count == 1 else f'{count} dreams'} alone")
    if not asked:
        minded.append("no other model was asked")
    return minded


def real_words(figures: DreamFigures) -> str:
    """How many of the real series don't look real either, in brackets; nothing where that is not known."""
    share = figures.real_look_real
    return "" if np.isnan(share) else f" (of the real series {100 * (1 - share):.0f} % do not)"


def is_margin(name: str) -> bool:
    """Whether an objective of this name is the margin of a class alone, below 0 where the model says another class.

    >>> is_margin("class 1 time last"), is_margin("class 1 + layer channel 2")
    (True, False)
    """
    return name.startswith("class ") and " + " not in name


def severest(dreams: Explanation, rows: NDArray[np.bool_]) -> str:
    """The judge that most dreams look unreal to."""
    names = [str(name) for name in dreams.data_vars if str(name).startswith("percentile_")]
    said = np.stack([dreams[name].values[rows] for name in names], axis=1)
    judges = [name.removeprefix("percentile_") for name in names]
    name = judges[int(looks_unreal(said, judges, changed="began" in dreams).sum(axis=0).argmax())]
    return f"the judge of {name.replace('_', ' ')}"
