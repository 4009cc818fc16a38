"""Distilled: a wavelet and a small model on what it finds, in place of a large one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.explain import explain
from aition.core.model import FunctionModel, Model
from aition.core.printable import printable
from aition.core.progress import Progress
from aition.core.target import Target
from aition.distill.bands import Grid
from aition.distill.students import Small
from aition.methods.gradient import Saliency

FITTED = {"label": "the labels", "teacher": "what it answers"}


@dataclass(frozen=True, eq=False)
class Distilled:
    """A wavelet and a small model on the sizes of its coefficients.

    Args:
        grid: Lengths and bands.
        lowpass: The wavelet's low-pass filter, ``[length]``; the wavelet itself is ``highpass(lowpass)``.
        small: What answers.
        losses: What each of the last starts of the wavelet's fit reached, ``[start]``; empty where it was not fitted.
        attrs: Where it comes from: teacher, data, target and settings, as in an explanation.
    """

    grid: Grid
    lowpass: Tensor
    small: Small
    losses: Tensor
    attrs: Mapping[str, Any]

    def read(self, batch: Batch) -> Tensor:
        """What the small model reads, ``[sample, read]``, by ``grid.names``; in units of the data."""
        return self.grid.read(self.grid.values(plain(batch)), self.lowpass)

    def predict(self, batch: Batch) -> Tensor:
        """Answers of the small model: values ``[sample]``, or scores of classes ``[sample, class]``.

        Raises:
            InputError: The batch has other features, or longer series, than the data of the fit.
        """
        return self.small(self.read(batch))

    def score(self, batch: Batch) -> float:
        """How well the labels are met: R² of values, the share of classes.

        Raises:
            InputError: The labels are unknown, or given for each step.
        """
        return met(self.predict(batch), batch.label.cpu())

    def as_model(self) -> FunctionModel:
        """The small model as a black box, to be explained or checked as any other."""
        return FunctionModel(self.predict)

    def coefficients(self, batch: Batch) -> dict[str, Tensor]:
        """Wavelet coefficients by band, ``[sample, channel, place]``, in units of the data."""
        parts = self.grid.coefficients(self.grid.values(plain(batch)), self.lowpass.float()[None])
        return {name: part[0] for name, part in zip(self.grid.bands, parts, strict=True)}

    def centres(self) -> dict[str, Tensor]:
        """The step about which each coefficient's wavelet lies, by band, ``[place]``: the mean of its energy.

        Raises:
            InputError: The wavelet is of fields.
        """
        if self.grid.fields:
            raise InputError("coefficients of fields lie at rows and columns, not at steps")
        size, lowpass = self.grid.sizes[0], self.lowpass.float()[None]
        blank = self.grid.coefficients(torch.zeros(1, 1, size), lowpass)
        turn = torch.exp(2j * torch.pi * torch.arange(size) / size)
        centres = {}
        for place, name in enumerate(self.grid.bands):
            unit = [part.clone() for part in blank]
            unit[place][..., 0] = 1
            energy = self.grid.restored(unit, lowpass).flatten().square()
            first = (energy * turn).sum().angle() * size / (2 * torch.pi)
            n_place = blank[place].shape[-1]
            centres[name] = (first + torch.arange(n_place) * size / n_place) % size
        return centres

    def attributions(
        self,
        model: Model,
        batch: Batch,
        target: Target = Target.predicted(),  # noqa: B008 - frozen
        *,
        progress: Progress = "auto",
    ) -> dict[str, Tensor]:
        """What each coefficient adds to a teacher's answer, by band, ``[sample, channel, place]``.

        It is the coefficient times the teacher's gradient with respect to it; the sum over all is that of input times
        gradient over the cells, as the transform is a rotation.
        """
        slopes = asked(model, batch, target, progress=progress)[0]
        there = plain(batch)
        own, pull = (
            self.grid.coefficients(one, self.lowpass.float()[None])
            for one in (self.grid.values(there), self.grid.placed(slopes, there))
        )
        return {name: (a * b)[0] for name, a, b in zip(self.grid.bands, own, pull, strict=True)}

    def describe(self) -> str:
        """The wavelet and the small model in words and numbers."""
        settings = json.loads(self.attrs["settings"])
        filter = ", ".join(f"{value:.4f}" for value in self.lowpass.tolist())
        lengths = " × ".join(map(str, self.grid.sizes))
        return "\n".join(
            [
                f"teacher: {printable(self.attrs['model'])}; fitted to {FITTED[settings['answer']]}",
                f"wavelet: {printable(self.attrs['wavelet'])}, {len(self.lowpass)} taps ({filter})",
                f"read: {len(self.grid.names)} sizes of {self.grid.levels} levels of {lengths}",
                self.small.describe([printable(name) for name in self.grid.names]),
            ]
        )

    def __repr__(self) -> str:
        return f"Distilled[{len(self.grid.names)} reads, {self.small.kind}, filter of {len(self.lowpass)}]"


def asked(
    model: Model, batch: Batch, target: Target, *, progress: Progress = "auto"
) -> tuple[Tensor, Tensor, Tensor, dict[str, Any]]:
    """The teacher's gradients ``[sample, time, feature]``, scores ``[sample]``, outputs, and where they come from.

    Raises:
        InputError: The target asks for a step that a sample does not have.
    """
    answer = explain(Saliency(signed=True), model, batch, target, progress=progress)
    scores = torch.from_numpy(answer["score"].values.copy()).float()
    slopes = torch.from_numpy(answer["attribution"].values.copy()).float()
    if not bool(torch.isfinite(slopes).all()):
        row = int((~torch.isfinite(slopes)).flatten(1).any(dim=1).nonzero()[0])
        raise InputError(
            f"sample {str(batch.ids[row])!r} does not have the step that the target asks for; leave it out"
        )
    outputs = torch.from_numpy(np.array(answer["prediction"].values))
    return slopes, scores, outputs, dict(answer.attrs)


def plain(batch: Batch) -> Batch:
    """The batch where wavelets are fitted: on the CPU, in single precision."""
    return batch.to(device="cpu", dtype=torch.float32)


def check_finite(label: Tensor) -> None:
    """Raise unless all values are numbers.

    Raises:
        InputError: Some are NaN or infinite.
    """
    unknown = int((~torch.isfinite(label)).sum())
    if unknown:
        raise InputError(
            f"labels must be known, but {unknown} of {len(label)} labels are not finite; leave such samples out: take()"
        )


def met(answers: Tensor, label: Tensor) -> float:
    """R² of values, or the share of classes that have the largest score.

    >>> met(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0]))
    1.0

    Raises:
        InputError: Labels are not of the kind of the answers, or unknown.
    """
    if label.ndim != 1:
        raise InputError(f"labels must be one a sample, but are {list(label.shape)}")
    if answers.ndim == 1:
        if not label.is_floating_point():
            raise InputError("the small model answers values, but the labels are classes")
        check_finite(label)
        error = (answers.double() - label).square().sum()
        return float(1 - error / (label.double() - label.double().mean()).square().sum().clamp(min=1e-300))
    if label.is_floating_point() or int(label.min()) < 0:
        raise InputError("the small model answers classes, but labels are values, or unknown (-1)")
    return float((answers.argmax(dim=1) == label).double().mean())
