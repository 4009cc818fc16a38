"""What a background must be for a network to learn from it."""

from aition.core.batch import Batch
from aition.core.errors import InputError, TargetError
from aition.core.question import Question

FEWEST = 4
"""Series of which some are held out."""


def check_enough(background: Batch) -> None:
    """Raise where there are too few series to learn from."""
    if len(background) < FEWEST:
        raise InputError(f"background must be {FEWEST} series or more to learn from, but is {len(background)}")


def check_steps(question: Question) -> None:
    """Raise where a series has not the step that is asked for."""
    if not bool(question.exists.all()):
        raise TargetError(
            f"the asked step does not exist in {int((~question.exists).sum())} of {len(question.exists)} series of the "
            "background; leave them out by batch.take(…)"
        )
