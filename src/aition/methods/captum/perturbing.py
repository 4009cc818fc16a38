"""Captum's perturbation methods, one sample at a time, on its existing steps only."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import words
from aition.core.errors import InputError
from aition.core.freeze import random_state_kept
from aition.core.model import Model
from aition.core.question import Question
from aition.methods.captum.passes import Chosen

MOST_PLAYERS = 7
"""ShapleyValues tries every order of the groups: 7 of them are 5,040 orders, about ten seconds a sample."""


def perturbed(
    method: str, chosen: Chosen, model: Model, batch: Batch, question: Question, *, baseline: Tensor, seed: int
) -> Tensor:
    """Attribution of all samples, ``[sample, time, feature]``, 0 in the padding.

    Captum sees the existing steps of one sample alone, so nothing hangs on its batch or its padding; what is drawn
    comes from the global generator, which is set from the sample's key and put back.
    """
    attribution = torch.zeros_like(batch.x)
    states = words(batch.keys, seed).tolist()
    with random_state_kept(), torch.no_grad():
        for row, (start, length, state) in enumerate(
            zip(batch.start.tolist(), batch.lengths.tolist(), states, strict=True)
        ):
            steps = slice(start, start + length)
            torch.default_generator.manual_seed(state)
            scored = scoring(model, batch.take([row]), question.take(torch.tensor([row])), steps)
            x, before, seen = (part[row : row + 1, steps] for part in (batch.x, baseline, batch.observed))
            found = explained(method, chosen, scored, x, before, seen=seen, rows=model.rows)
            attribution[row, steps] = found[0].to(batch.x.dtype)
    return attribution


def scoring(model: Model, one: Batch, question: Question, steps: slice) -> Callable[[Tensor], Tensor]:
    """The score of a sample as a function of its existing steps, ``[row, time, feature]`` to ``[row]``."""

    def scored(values: Tensor) -> Tensor:
        rows = torch.zeros(len(values), dtype=torch.int64)
        many = one.take(rows)
        many.x[:, steps] = values
        return question.take(rows).score(model(many))

    return scored


def explained(
    method: str,
    chosen: Chosen,
    scored: Callable[[Tensor], Tensor],
    x: Tensor,
    baseline: Tensor,
    *,
    seen: Tensor,
    rows: int,
) -> Tensor:
    """Captum's answer for one sample, ``[1, time, feature]``; a group's observed cells share its value equally."""
    from captum import attr

    if method == "Occlusion":
        return occluded(chosen, scored, x, baseline, rows) * seen
    group = groups(x, int(chosen["segments"]), by_feature=bool(chosen["by_feature"]))
    count = int(group.max()) + 1
    given: dict[str, Any] = {"baselines": baseline, "feature_mask": group}
    if method == "FeatureAblation" or count == 1:
        # With one group all methods are the same difference, and KernelShap's sampling fails.
        answer = attr.FeatureAblation(scored).attribute(x, perturbations_per_eval=min(rows, count), **given)
    elif method == "ShapleyValueSampling":
        answer = attr.ShapleyValueSampling(scored).attribute(
            x, n_samples=chosen["n_samples"], perturbations_per_eval=min(rows, count), **given
        )
    elif method == "ShapleyValues":
        if count > MOST_PLAYERS:
            raise InputError(
                f"ShapleyValues tries every order, so there must be at most {MOST_PLAYERS} groups, "
                f"but there are {count}; set fewer segments or by_feature=False, or take ShapleyValueSampling"
            )
        answer = attr.ShapleyValues(scored).attribute(x, perturbations_per_eval=min(rows, count), **given)
    else:
        answer = fitted(method, chosen, scored, x, given, seen=seen, rows=rows, count=count)
    size = torch.bincount(group.flatten(), weights=seen.flatten().to(answer.dtype)).clamp(min=1)
    share: Tensor = answer / size[group] * seen
    return share


def occluded(chosen: Chosen, scored: Callable[[Tensor], Tensor], x: Tensor, baseline: Tensor, rows: int) -> Tensor:
    """Occlusion by a window of steps, of one feature or of all."""
    from captum import attr

    n_time, n_feature = x.shape[1:]
    window, width = min(int(chosen["window"]), n_time), 1 if chosen["by_feature"] else n_feature
    if int(chosen["stride"]) > int(chosen["window"]):
        raise InputError(f"stride must be at most the window, {chosen['window']}, but is {chosen['stride']}")
    stride = min(int(chosen["stride"]), window)
    count = (-(-(n_time - window) // stride) + 1) * (n_feature if chosen["by_feature"] else 1)
    answer: Tensor = attr.Occlusion(scored).attribute(
        x,
        sliding_window_shapes=(window, width),
        strides=(stride, width),
        baselines=baseline,
        perturbations_per_eval=min(rows, count),
    )
    return answer


def fitted(
    method: str,
    chosen: Chosen,
    scored: Callable[[Tensor], Tensor],
    x: Tensor,
    given: dict[str, Any],
    *,
    seen: Tensor,
    rows: int,
    count: int,
) -> Tensor:
    """KernelShap's or Lime's linear surrogate; ``n_samples`` 0 takes ten for each group and two hundred."""
    from captum import attr
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    n_samples = int(chosen["n_samples"]) or 10 * count + 200
    if n_samples < count + 2:
        raise InputError(
            f"n_samples must be at least {count + 2} for {method}'s {count} groups, but is {n_samples}; "
            "set more, or fewer segments"
        )
    if method == "KernelShap":
        surrogate = attr.KernelShap(scored)
    else:
        near = get_exp_kernel_similarity_function(str(chosen["distance"]), kernel_width=float(chosen["kernel_width"]))
        surrogate = attr.Lime(
            scored,
            interpretable_model=linear(str(chosen["surrogate"]), float(chosen["alpha"])),
            similarity_func=lambda whole, part, present, **further: near(whole * seen, part * seen, present, **further),
        )
    answer: Tensor = surrogate.attribute(x, n_samples=n_samples, perturbations_per_eval=min(rows, n_samples), **given)
    return answer


def linear(name: str, alpha: float) -> Any:
    """One of Captum's linear models."""
    from captum._utils.models.linear_model import SkLearnLasso, SkLearnLinearRegression, SkLearnRidge

    if name == "linear":
        return SkLearnLinearRegression()
    return {"ridge": SkLearnRidge, "lasso": SkLearnLasso}[name](alpha=alpha)


def groups(x: Tensor, segments: int, *, by_feature: bool) -> Tensor:
    """Which group each cell belongs to, ``[1, time, feature]``, int64 from 0.

    Args:
        x: Values of the existing steps, ``[1, time, feature]``.
        segments: Parts of nearly equal length that time is cut into; 0 takes every step by itself.
        by_feature: Whether each feature has groups of its own.

    >>> groups(torch.zeros(1, 4, 2), 2, by_feature=True)[0].tolist()
    [[0, 1], [0, 1], [2, 3], [2, 3]]
    """
    n_time, n_feature = x.shape[1:]
    parts = min(segments or n_time, n_time)
    part = torch.arange(n_time, device=x.device) * parts // n_time
    if not by_feature:
        return part[None, :, None].expand(1, n_time, n_feature).contiguous()
    return (part[:, None] * n_feature + torch.arange(n_feature, device=x.device))[None]
