"""Recommendation: which explainer to trust for one model and its data, or that none deserves it, and why."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aition.checks.curve import FEW, spread
from aition.checks.finding import CheckVerdict, as_json
from aition.checks.leant import Leaning, leaning_json

Standing = Literal["passed", "open", "failed", "no time", "refused"]
STANDINGS: tuple[Standing, ...] = ("passed", "open", "failed", "no time", "refused")
Ending = Literal["recommended", "none passed", "not held", "nothing to explain"]


@dataclass(frozen=True)
class Candidate:
    """An explainer, and how it stands.

    Args:
        explainer: Its name.
        standing: "passed" all checks that are needed; "failed" one by an alarm; "open" where no alarm was given but not
            all has passed; "no time"; it "refused" the model or the question.
        why: In words.
        verdicts: What its checks found, on the samples among which is chosen.
        gain: Lower end of what its most important values cost beyond random ones, by the replacement that speaks least
            for it; NaN where that was not measured. Candidates are ranked by it.
        seconds: How long its checks took.
    """

    explainer: str
    standing: Standing
    why: str
    verdicts: tuple[CheckVerdict, ...]
    gain: float
    seconds: float


@dataclass(frozen=True)
class Recommendation:
    """Which explainer to trust, or none.

    Args:
        ending: Whether one is recommended, and why none is.
        chosen: Its name; empty for none.
        words: The verdict in plain words.
        candidates: All that were looked at, the best first.
        model: Whether what the model says has to do with the labels.
        final: What the checks found of the best candidate on samples that had no part in choosing it; empty where
            there was none.
        leaning: What the model leans on by the best candidate, on those samples; places alone where it is not trusted.
        n_choosing: Samples among which was chosen.
        n_final: Samples of the final figures.
    """

    ending: Ending
    chosen: str
    words: str
    candidates: tuple[Candidate, ...]
    model: CheckVerdict
    final: tuple[CheckVerdict, ...]
    leaning: Leaning
    n_choosing: int
    n_final: int


def standing_of(verdicts: dict[str, list[CheckVerdict]], *, n_replacement: int, draws: bool) -> tuple[Standing, str]:
    """How a candidate stands after its checks, and why.

    Removal must have passed by two replacements or more, randomisation must have passed, and stability: under noise,
    and over seeds if the explainer draws.

    Args:
        verdicts: Of each check; of stability two, noise and seeds.
        n_replacement: What stood in place of removed values, how many.
        draws: Whether the explainer draws.
    """
    noise, *seeds = verdicts["stability"]
    needed = [*verdicts["removal"], *verdicts["randomisation"], noise, *(seeds if draws else ())]
    if bad := [one for one in needed if one.finding == "alarm"]:
        return "failed", " ".join(one.words for one in bad)
    if missing := [one for one in needed if one.finding != "passed"]:
        return "open", " ".join(f"{one.check}: {one.words}" for one in missing)
    if n_replacement < 2:
        return "open", "Removal was judged by one replacement alone, and two that agree are needed."
    return "passed", "All that is needed has passed."


def ranked(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Those that passed first, each group by the lower end of what removal costs."""
    return tuple(
        sorted(
            candidates,
            key=lambda one: (STANDINGS.index(one.standing), -one.gain if np.isfinite(one.gain) else np.inf),
        )
    )


def said(
    ending: Ending, candidates: tuple[Candidate, ...], final: tuple[CheckVerdict, ...], n_final: int, *, why: str = ""
) -> str:
    """The verdict in plain words.

    Args:
        ending: How it ended.
        candidates: The best first.
        final: Verdicts on the samples that had no part in the choice.
        n_final: How many these are.
        why: Why the best did not pass again, where it did not.
    """
    best = candidates[0].explainer
    if ending == "recommended":
        figure = next(one.figure for one in final if one.check == "removal")
        rivals = sum(one.standing == "passed" for one in candidates) - 1
        more = f"; {rivals} other{'s' * (rivals > 1)} passed, too" if rivals else "; no other passed"
        few = " So few samples are too few for intervals to be trusted." if figure.n_sample < FEW else ""
        return (
            f"Trust {best} here, as far as these checks see. On {n_final} samples that had no part in choosing it, the "
            f"model misses what it calls important by {spread(figure)} more than random values, whatever stands in "
            f"their place; it hangs on what the model learned, and it is stable{more}.{few}"
        )
    if ending == "not held":
        return (
            f"Trust none yet: {best} was the best, but on {n_final} samples that had no part in choosing it, it did "
            f"not pass again. {why} More samples may decide it."
        )
    if ending == "nothing to explain":
        return (
            "There is nothing to explain yet: that what the model says has to do with the labels could not be shown on "
            "these samples. What an explainer tells of such a model may be true of it, but says nothing of the world."
        )
    counts = {name: sum(one.standing == name for one in candidates) for name in STANDINGS[1:]}
    parts = [f"{counts['failed']} failed a check"] * bool(counts["failed"])
    parts += [f"{counts['open']} could not be decided"] * bool(counts["open"])
    parts += [f"for {counts['no time']} there was no time"] * bool(counts["no time"])
    parts += [f"{counts['refused']} refused"] * bool(counts["refused"])
    near = candidates[0]
    return (
        f"Trust none of the {len(candidates)} explainers here: {', '.join(parts)}. The nearest is {near.explainer}: "
        f"{near.why}"
    )


def recommendation_json(found: Recommendation) -> dict[str, Any]:
    """A recommendation for programs."""
    return {
        "ending": found.ending,
        "chosen": found.chosen,
        "words": found.words,
        "samples": {"choosing": found.n_choosing, "final": found.n_final},
        "model": as_json(found.model),
        "candidates": [
            {
                "explainer": one.explainer,
                "standing": one.standing,
                "why": one.why,
                **({"gain": one.gain} if np.isfinite(one.gain) else {}),
                "seconds": one.seconds,
                "checks": [as_json(verdict) for verdict in one.verdicts],
            }
            for one in found.candidates
        ],
        "final": [as_json(one) for one in found.final],
        "leaning": leaning_json(found.leaning),
    }
