"""Question: a Target with its indices settled, one a sample."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.core.axes import described
from aition.core.errors import TargetError


@dataclass(frozen=True, eq=False)
class Question:
    """A Target with its indices settled, one a sample.

    Args:
        index: The place on each output axis, ``[sample, output_axis]``, int64; -1 where the whole axis is taken.
        versus: The place that is subtracted, likewise; width 0 where nothing is.
        exists: Whether the asked step exists, ``[sample]``; where it doesn't, the answer is NaN.
        weight: Share of each selected output, ``[sample, output]``, summing to 1; 0 on steps that are padding.
        axes: Names of the output axes.
        whole: Those of them that are taken whole.
    """

    index: Tensor
    versus: Tensor
    exists: Tensor
    weight: Tensor
    axes: tuple[str, ...]
    whole: tuple[str, ...]

    def take(self, rows: Tensor) -> "Question":
        """Pick or repeat samples, as :meth:`Batch.take`."""
        there = rows.to(self.index.device)
        return replace(
            self,
            index=self.index[there],
            versus=self.versus[there],
            exists=self.exists[there],
            weight=self.weight[there],
        )

    def repeat(self, times: int) -> "Question":
        """Each sample ``times`` times in succession."""
        return self.take(torch.arange(len(self.exists)).repeat_interleave(times))

    def select(self, outputs: Tensor) -> Tensor:
        """The asked outputs, ``[sample, output]``; one column unless the target is whole."""
        chosen = self.flat(outputs, self.index)
        return chosen - self.flat(outputs, self.versus) if self.versus.shape[1] else chosen

    def score(self, outputs: Tensor) -> Tensor:
        """The one asked output, ``[sample]``, in units of the model.

        Raises:
            TargetError: The target is a whole output.
        """
        if self.whole:
            raise TargetError(
                f"this explainer needs one number a sample, but the target selects {self.weight.shape[1]} outputs; "
                "ask for one class, step or horizon"
            )
        return self.select(outputs)[:, 0]

    def flat(self, outputs: Tensor, index: Tensor) -> Tensor:
        """Outputs at an index, the axes taken whole flattened behind the sample, ``[sample, output]``."""
        if outputs.ndim != len(self.axes) + 1 or outputs.shape[0] != index.shape[0]:
            raise TargetError(
                f"outputs must be {described(('sample', *self.axes), {'sample': index.shape[0]})}, "
                f"but are {list(outputs.shape)}"
            )
        picked = [place for place, axis in enumerate(self.axes) if axis not in self.whole]
        if not picked:
            return outputs.reshape(outputs.shape[0], -1)
        rows = torch.arange(outputs.shape[0], device=outputs.device)
        kept = [place + 1 for place in range(len(self.axes)) if place not in picked]
        moved = outputs.permute([0, *(place + 1 for place in picked), *kept])
        return moved[(rows, *(index[:, place] for place in picked))].reshape(outputs.shape[0], -1)
