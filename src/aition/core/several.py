"""What explainers share that answer one question and several alike."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.question import Question
from aition.core.variables import Variables


class ForSeveral(ABC):
    """An explainer whose answer to one question is that to several, without the axis ``target``."""

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        """Variables by name, each with its axes; the first axis is ``sample``."""
        return self.found(model, batch, [question], several=False)

    def many(self, model: Model, batch: Batch, questions: Sequence[Question]) -> Variables:
        """The same for several targets, with the axis ``target`` behind ``sample``."""
        return self.found(model, batch, questions, several=True)

    @abstractmethod
    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        """What is answered.

        Args:
            model: What is explained.
            batch: The samples.
            questions: One number a sample each.
            several: Whether variables have the axis ``target``; else there is one question.
        """
