"""distill(): the driver that turns a model into a smaller one."""

import time
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.errors import InputError, MissingExtraError, RefusalError
from aition.core.model import Model
from aition.core.progress import Progress, progress_bar
from aition.core.provenance import provenance, stamped
from aition.core.target import Target
from aition.distill.bands import Bands, settled
from aition.distill.distilled import Distilled, asked, plain
from aition.distill.students import Ridge, Student
from aition.distill.wavelet import AdaptiveWavelet, FixedWavelet, fitted
from aition.transform.lattice import check_filter

Answer = Literal["label", "teacher"]


@dataclass(frozen=True)
class Distillation:
    """The settings of a distillation as one, which its provenance states."""

    wavelet: AdaptiveWavelet | FixedWavelet
    student: Student
    bands: Bands
    answer: Answer

    @property
    def seed(self) -> int:
        return self.wavelet.seed


def distill(
    model: Model,
    data: Batch,
    target: Target = Target.predicted(),  # noqa: B008 - frozen
    *,
    wavelet: AdaptiveWavelet | FixedWavelet = AdaptiveWavelet(),  # noqa: B008 - frozen
    student: Student = Ridge(),  # noqa: B008 - frozen
    bands: Bands = Bands(),  # noqa: B008 - frozen
    answer: Answer = "label",
    progress: Progress = "auto",
) -> Distilled:
    """Distil a model into a wavelet and a small model on the sizes of its coefficients.

    The teacher is asked once a sample for its answer and its gradient, and left exactly as it was found. The same seed
    gives the same wavelet whatever the order of the samples is, but for rounding.

    Args:
        model: The teacher.
        data: What it is distilled on; padding counts as 0, so series should be centred.
        target: Which of its answers is distilled.
        wavelet: How the wavelet is found; ``FixedWavelet("db5")`` takes one as it is.
        student: Which small model, and how it is fitted: ``Ridge()`` for values, ``Logistic()`` for classes,
            ``Rules()`` for either.
        bands: How series are taken apart, and what is read of each band.
        answer: What the small model is fitted to: "label", as in the paper, or "teacher": the score that the target
            asks for, or the class with the largest output where the student fits classes.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: Data, labels or settings that do not fit one another.
        RefusalError: The model is a black box, or its gradient is 0 everywhere.
        MissingExtraError: A package of the extra ``distill`` is needed and missing.

    References:
        Ha, Singh, Lanusse, Upadhyayula and Yu, "Adaptive wavelet distillation from neural networks through
        interpretations", NeurIPS 2021.
    """
    if not isinstance(data, Batch) or not len(data):
        raise InputError(f"data must be a Batch of one sample or more, but is {data!r}")
    if answer not in ("label", "teacher"):
        raise InputError(f"answer must be 'label' or 'teacher', but is {answer!r}")
    began = time.perf_counter()
    settings = Distillation(wavelet, student, bands, answer)
    slopes, scores, outputs, seen = asked(model, data, target, progress=progress)
    answers = told(student, data, scores, outputs, answer)
    batch = plain(data)
    fixed = filter_named(wavelet.name) if isinstance(wavelet, FixedWavelet) else torch.zeros(wavelet.length)
    grid = settled(bands, batch, len(fixed))
    values = grid.values(batch)
    lowpass, reached = fixed, torch.zeros(0)
    if isinstance(wavelet, AdaptiveWavelet):
        if wavelet.attribution and not bool(slopes.any()):
            raise RefusalError("the teacher's gradient is 0 for every sample, so no coefficient matters to it")
        order = uniform(batch.keys, wavelet.seed).argsort(stable=True)
        with progress_bar("wavelet", wavelet.n_step, progress=progress) as tick:
            found = fitted(wavelet, grid, values[order], grid.placed(slopes, batch)[order], tick)
        lowpass, reached = found.lowpass, found.losses
    small = student(grid.read(values, lowpass), answers)
    attrs = {**provenance(settings, model, (target,)), "schema": "aition-distilled-1", "head": seen["head"]}
    stamps = stamped(attrs, data_sha256=data.digest(), seconds=time.perf_counter() - began)
    return Distilled(grid, lowpass, small, reached, stamps)


def told(student: Student, data: Batch, scores: Tensor, outputs: Tensor, answer: Answer) -> Tensor:
    """What the small model is fitted to, ``[sample]``.

    Raises:
        InputError: Labels are given for each step, or the teacher has no classes.
    """
    if answer == "label":
        if data.label.ndim != 1:
            raise InputError(f"labels must be one a sample, but are {list(data.label.shape)}; take answer='teacher'")
        return data.label.cpu()
    if getattr(student, "classes", False):
        if outputs.ndim != 2 or outputs.shape[1] < 2:
            raise InputError(
                f"the teacher must answer [sample class] to have classes, but answers {list(outputs.shape)}"
            )
        return outputs.argmax(dim=1)
    return scores


def filter_named(name: str) -> Tensor:
    """The low-pass filter of an orthogonal wavelet that PyWavelets knows, ``[length]``.

    Raises:
        InputError: There is no such wavelet, or it is not orthogonal.
        MissingExtraError: PyWavelets is not installed.
    """
    try:
        import pywt
    except ImportError as error:
        raise MissingExtraError(
            "wavelets by name need PyWavelets; install it by: pip install 'aition[distill]'"
        ) from error
    try:
        lowpass = torch.tensor(pywt.Wavelet(name).rec_lo, dtype=torch.float64)
    except ValueError as error:
        raise InputError(f"there is no discrete wavelet {name!r}; see pywt.wavelist(kind='discrete')") from error
    check_filter(lowpass)
    return lowpass.float()
