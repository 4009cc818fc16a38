"""Imputers as settings of LEX: from the background to what draws."""

from dataclasses import dataclass

from aition.core.batch import Batch
from aition.impute.imputer import Imputer


@dataclass(frozen=True)
class Ready:
    """An imputer that needs no background.

    Args:
        imputer: What draws.
    """

    imputer: Imputer

    def __call__(self, background: Batch) -> Imputer:
        return self.imputer
