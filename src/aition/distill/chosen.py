"""Candidate wavelets, and which of them has the small model that errs least on samples that were left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.errors import InputError, MissingExtraError, RefusalError
from aition.core.progress import Progress, progress_bar
from aition.distill.bands import Grid
from aition.distill.distilled import met
from aition.distill.students import Student
from aition.distill.wavelet import MOST, AdaptiveWavelet, FixedWavelet, fitted
from aition.transform.lattice import check_filter

Wavelet = AdaptiveWavelet | FixedWavelet
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Candidate:
    """A wavelet that can be taken.

    Args:
        name: What it came from.
        lowpass: Its low-pass filter, ``[length]``.
        losses: What the finalists of its fit reached, ``[start]``; empty where it was not fitted.
    """

    name: str
    lowpass: Tensor
    losses: Tensor


def length_of(wavelet: Wavelet) -> int:
    """Taps of the filter that will be found.

    Raises:
        InputError: As by :func:`filter_named`.
        MissingExtraError: Likewise.
    """
    return len(filter_named(wavelet.name)) if isinstance(wavelet, FixedWavelet) else wavelet.length


def candidates(
    several: Sequence[Wavelet], grid: Grid, values: Tensor, slopes: Tensor, *, progress: Progress
) -> list[Candidate]:
    """The best by its loss of each wavelet that is fitted, its other finalists, and those that are fixed, in order.

    Args:
        several: How they are found.
        grid: Where the transform lives.
        values: As from :meth:`Grid.values`.
        slopes: The teacher's gradient with respect to them.
        progress: As in ``distill``.

    Raises:
        RefusalError: The gradient, or input times gradient, is 0, and one of them asks for it.
    """
    found: list[Candidate] = []
    for one in several:
        if isinstance(one, FixedWavelet):
            found.append(Candidate(one.name, filter_named(one.name), torch.zeros(0)))
            continue
        if one.attribution and not bool(slopes.any()):
            raise RefusalError("the teacher's gradient is 0 for every sample, so no coefficient matters to it")
        check_weighed(one, values, slopes)
        with progress_bar("wavelet", one.n_step, progress=progress) as tick:
            own = fitted(one, grid, values, slopes, tick)
        found += [Candidate("adaptive-wavelet", filter, own.losses) for filter in (own.lowpass, *own.finalists)]
    return found


def check_weighed(wavelet: AdaptiveWavelet, values: Tensor, slopes: Tensor) -> None:
    """Raise where the samples of a fit have no input times gradient to be counted in units of.

    Raises:
        RefusalError: It is 0 for each of them.
    """
    seen = slice(0, min(wavelet.sample, MOST))
    times = wavelet.attribution and wavelet.kind == "times-input" and bool(slopes[seen].any())
    if times and not float((values[seen] * slopes[seen]).norm()):
        raise RefusalError(
            f"input times gradient is 0 for each of the {len(values[seen])} samples that the wavelet is fitted to: the "
            "teacher reads only where they are 0; take AdaptiveWavelet(kind='gradient')"
        )


def held_out_scores(
    grid: Grid, values: Tensor, answers: Tensor, *, found: Sequence[Candidate], student: Student
) -> Tensor:
    """How well the small model of each wavelet meets samples of the fold that was left out, ``[wavelet]``.

    Args:
        grid: Where the transform lives.
        values: As from :meth:`Grid.values`; every fifth one, of classes every fifth one of a class, is in the same
            fold.
        answers: ``[sample]``.
        found: Wavelets.
        student: What is fitted.

    Returns:
        R², or the share of classes, of what is said of all samples, each by the model of the four other folds.

    Raises:
        InputError: As by :func:`check_folds`.
    """
    check_folds(answers)
    fold = folds(answers)
    scores = []
    for one in found:
        read = grid.read(values, one.lowpass)
        said = [student(read[fold != held], answers[fold != held])(read[fold == held]) for held in range(FOLDS)]
        left_out = [answers[fold == held] for held in range(FOLDS)]
        if said[0].ndim == 1:
            scores.append(met(torch.cat(said), torch.cat(left_out)))
        else:
            right = [met(one, other) * len(other) for one, other in zip(said, left_out, strict=True)]
            scores.append(sum(right) / len(answers))
    return torch.tensor(scores)


def folds(answers: Tensor) -> Tensor:
    """Which fold each sample is in, ``[sample]``; samples of a class are spread over them.

    >>> folds(torch.tensor([7, 3, 3, 7, 3])).tolist()
    [3, 0, 1, 4, 2]
    """
    place = torch.arange(len(answers)) % FOLDS
    if answers.is_floating_point():
        return place
    return torch.empty_like(place).index_copy(0, answers.argsort(stable=True), place)


def check_folds(answers: Tensor) -> None:
    """Raise unless a wavelet can be chosen by what is said of a fifth of the samples that was left out.

    Raises:
        InputError: There are fewer than two samples a fold, all answers are equal, or a class has one sample only.
    """
    if len(answers) < 2 * FOLDS:
        raise InputError(f"{2 * FOLDS} samples or more are needed to leave a fifth of them out, but are {len(answers)}")
    if bool((answers == answers[0]).all()):
        raise InputError(f"answers must differ to choose a wavelet by, but all {len(answers)} are {answers[0].item()}")
    if answers.is_floating_point():
        return
    classes, count = answers.unique(return_counts=True)
    if int(count.min()) < 2:
        raise InputError(
            f"classes must have two samples or more, of which one can be left out, but class "
            f"{int(classes[count.argmin()])} has one; leave it out by take(), or take choice='loss'"
        )


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
