"""Which of several selectors serves the data, told by series that none of them has learned from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.target import Target
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.lex import Lex
from aition.models.selector import Body


@dataclass(frozen=True)
class Choice:
    """A selector and how its weights decay.

    Args:
        selector: The network that says the logits.
        decay: Decoupled decay of its weights a step, in units of the rate, as :class:`Lex` has it.
    """

    selector: Body
    decay: float = 0.0


def best_of(choices: Sequence[Choice], lex: Lex, model: Model, background: Batch, target: Target) -> FittedLex:
    """Fit with the selector whose bound on held-out series is the highest.

    Each is learned alone, with the same seed and the same series held out; the best is then learned once more where a
    judge or rivals are asked for. These series have also chosen the best weights of each, so that the bound, ``notes``
    ``["held_out_bound"]``, is better than that of new series.

    Args:
        choices: One or more; of equals the first is taken. One is fitted without a comparison.
        lex: All other settings.
        model: As in :meth:`Lex.fit`.
        background: Likewise.
        target: Likewise.

    Raises:
        InputError: There is no choice, or settings do not fit the data.
    """
    if not choices:
        raise InputError("selectors must be one or more, such as (Choice(DenseSelector(), 10),), but there is none")
    several = [replace(lex, selector=one.selector, decay=one.decay) for one in choices]
    if len(several) == 1:
        return several[0].fit(model, background, target, progress="off")
    alone = [replace(one, judged=False, rivals=0).fit(model, background, target, progress="off") for one in several]
    bounds = [float(one.notes["held_out_bound"]) for one in alone]
    best = bounds.index(max(bounds))
    if several[best] == alone[best].settings:
        return alone[best]
    return several[best].fit(model, background, target, progress="off")
