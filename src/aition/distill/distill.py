"""distill(): the driver that turns a model into a smaller one."""

import time
import warnings
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.errors import AitionWarning, InputError
from aition.core.model import Model
from aition.core.progress import Progress
from aition.core.provenance import provenance, stamped
from aition.core.target import Target
from aition.distill.bands import Bands, settled
from aition.distill.chosen import Wavelet, candidates, check_folds, held_out_scores, length_of
from aition.distill.distilled import Distilled, asked, check_finite, plain
from aition.distill.students import Ridge, Student
from aition.distill.wavelet import AdaptiveWavelet, FixedWavelet

Answer = Literal["label", "teacher"]
Choice = Literal["loss", "held-out"]


@dataclass(frozen=True)
class Distillation:
    """The settings of a distillation as one, which its provenance states."""

    wavelet: tuple[Wavelet, ...]
    student: Student
    bands: Bands
    answer: Answer
    choice: Choice

    @property
    def seed(self) -> int:
        """Of the first wavelet that is fitted; 0 where none is."""
        return next((one.seed for one in self.wavelet if isinstance(one, AdaptiveWavelet)), 0)


def distill(
    model: Model,
    data: Batch,
    target: Target = Target.predicted(),  # noqa: B008 - frozen
    *,
    wavelet: Wavelet | tuple[Wavelet, ...] = AdaptiveWavelet(),  # noqa: B008 - frozen
    student: Student = Ridge(),  # noqa: B008 - frozen
    bands: Bands = Bands(),  # noqa: B008 - frozen
    answer: Answer = "label",
    choice: Choice = "loss",
    progress: Progress = "auto",
) -> Distilled:
    """Distil a model into a wavelet and a small model on the sizes of its coefficients.

    The teacher is asked once a sample for its answer and its gradient, and left exactly as it was found. The same seed
    gives the same wavelet whatever the order of the samples is, but for rounding.

    Args:
        model: The teacher.
        data: What it is distilled on; padding counts as 0, so series should be centred. A wavelet has no gaps, so
            values that were not measured are refused. The small model reads no static columns; there is a warning.
        target: Which of its answers is distilled.
        wavelet: How the wavelet is found; ``FixedWavelet("db5")`` takes one as it is. Several, such as of other weights
            and lengths, need ``choice="held-out"``.
        student: Which small model, and how it is fitted: ``Ridge()`` for values, ``Logistic()`` for classes,
            ``Rules()`` for either.
        bands: How series are taken apart, and what is read of each band.
        answer: What the small model is fitted to: "label", as in the paper, or "teacher": the score that the target
            asks for, or the class with the largest output where the student fits classes.
        choice: Which wavelet is taken: "loss", the one that it was fitted by, or "held-out": of all finalists the one
            whose small model does best on samples that were left out, in five folds drawn by the samples' keys.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: Data, labels or settings that do not fit one another.
        RefusalError: The model is a black box; its gradient, or what is sought of it, is 0 everywhere; or values were
            not measured.
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
    several = wavelet if isinstance(wavelet, tuple) else (wavelet,)
    check_several(several, choice)
    settings = Distillation(several, student, bands, answer, choice)
    batch = plain(data)
    grid = settled(bands, batch, max(length_of(one) for one in several))
    warn_of_static(data)
    if answer == "label":
        check_answers(student, labels_of(data), choice)
    slopes, said, outputs, seen = asked(model, data, target, progress=progress)
    answers = labels_of(data) if answer == "label" else said_by(student, said, outputs)
    check_answers(student, answers, choice)
    order = uniform(batch.keys, settings.seed).argsort(stable=True)
    values, slopes = grid.values(batch), grid.placed(slopes, batch)
    found = candidates(several, grid, values[order], slopes[order], progress=progress)
    best = found[0]
    if choice == "held-out":
        scores = held_out_scores(grid, values[order], answers[order], found=found, student=student)
        best = found[int(scores.argmax())]
    small = student(grid.read(values, best.lowpass), answers)
    attrs = {**provenance(settings, model, (target,)), "schema": "aition-distilled-1", "head": seen["head"]}
    attrs["wavelet"] = best.name
    stamps = stamped(attrs, data_sha256=data.digest(), seconds=time.perf_counter() - began)
    return Distilled(grid, best.lowpass, small, best.losses, stamps)


def check_several(several: tuple[Wavelet, ...], choice: Choice) -> None:
    """Raise unless there are wavelets, and a way to choose among them.

    Raises:
        InputError: Saying what is amiss.
    """
    strange = [one for one in several if not isinstance(one, AdaptiveWavelet | FixedWavelet)]
    if strange or not several:
        came = repr(strange[0]) if strange else "none"
        raise InputError(f"wavelet must be an AdaptiveWavelet or FixedWavelet, or a tuple of them, but is {came}")
    if choice not in ("loss", "held-out") or (choice == "loss" and len(several) != 1):
        raise InputError(f"choice must be 'loss', of one wavelet, or 'held-out', but is {choice!r} of {len(several)}")


def check_answers(student: Student, answers: Tensor, choice: Choice) -> None:
    """Raise unless the student can be fitted to the answers, and a wavelet chosen by them, before either is done."""
    student.check(answers)
    if choice == "held-out":
        check_folds(answers)


def warn_of_static(data: Batch) -> None:
    """Warn where there are static columns, which a teacher may read and a wavelet does not."""
    if data.static.shape[1]:
        warnings.warn(
            f"a small model on wavelets reads none of the {data.static.shape[1]} static columns: what the teacher says "
            "by them is lost",
            AitionWarning,
            stacklevel=3,
        )


def labels_of(data: Batch) -> Tensor:
    """Labels to be fitted to, ``[sample]``.

    Raises:
        InputError: They are given for each step, or not finite.
    """
    if data.label.ndim != 1:
        raise InputError(f"labels must be one a sample, but are {list(data.label.shape)}; take answer='teacher'")
    check_finite(data.label)
    return data.label.cpu()


def said_by(student: Student, scores: Tensor, outputs: Tensor) -> Tensor:
    """What the teacher says, ``[sample]``: scores, or the class with the largest output where the student fits classes.

    Raises:
        InputError: The teacher has no classes.
    """
    if not getattr(student, "classes", False):
        return scores
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        raise InputError(f"the teacher must answer [sample class] to have classes, but answers {list(outputs.shape)}")
    return outputs.argmax(dim=1)
