"""One pass of a gradient method of Captum over all samples, in pieces that fit memory."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.errors import RefusalError
from aition.methods.captum.asked import Asked
from aition.methods.captum.probe import left_as_found
from aition.methods.captum.refusals import (
    LINEAR,
    PASSED,
    POOLS,
    check_deep_lift,
    check_rectified,
    check_relevance,
    leaves,
    refuse_gross,
)
from aition.methods.captum.settings import Value

Chosen = Mapping[str, Value]


def check_model(method: str, asked: Asked) -> None:
    """Refuse a model of which Captum's method would say something wrong.

    Raises:
        RefusalError: Saying why, and what to take instead.
    """
    if method == "DeepLift":
        check_deep_lift(asked)
    elif method in ("GuidedBackprop", "Deconvolution"):
        check_rectified(asked, method)
    elif method == "LRP":
        check_relevance(asked)


def swept(method: str, chosen: Chosen, asked: Asked, x: Tensor, baseline: Tensor) -> Tensor:
    """Attribution of all samples, ``[sample, time, feature]``, in passes of at most ``model.rows`` rows.

    Args:
        method: A name in ``SINGLE``.
        chosen: All its settings.
        asked: The question to the model.
        x: Values to be explained, ``[sample, time, feature]``.
        baseline: What they are compared with, likewise.
    """
    size = samples_a_pass(method, asked)
    pieces = [passed(method, chosen, asked, x[rows], baseline[rows], rows) for rows in torch.arange(len(x)).split(size)]
    return torch.cat(pieces).detach()


def samples_a_pass(method: str, asked: Asked) -> int:
    """Samples that go into one pass."""
    if method != "DeepLift":
        return asked.model.rows
    # Where a pool's input does not change, Captum takes the gradient of the first sample for all of them.
    alone = any(isinstance(part, POOLS) for part in asked.module.modules())
    return 1 if alone else max(1, asked.model.rows // 2)


def passed(method: str, chosen: Chosen, asked: Asked, x: Tensor, baseline: Tensor, rows: Tensor) -> Tensor:
    """Captum's answer for some samples, with the weights, layers and flags left as found."""
    from captum import attr

    x = x.detach().clone().requires_grad_()
    hooked = method in ("DeepLift", "GuidedBackprop", "Deconvolution", "LRP")
    given: dict[str, Any] = {"additional_forward_args": (rows,)}
    answer: Tensor
    with left_as_found(asked.module), understood(method):
        if hooked:
            # Captum hooks what goes into each layer, and can't where that needs no gradient, as behind static values.
            for weight in asked.module.parameters():
                weight.requires_grad_(weight.is_floating_point())
        if method == "Saliency":
            answer = attr.Saliency(asked).attribute(x, abs=chosen["abs"], **given)
        elif method == "InputXGradient":
            answer = attr.InputXGradient(asked).attribute(x, **given)
        elif method == "IntegratedGradients":
            answer = attr.IntegratedGradients(asked, multiply_by_inputs=bool(chosen["multiply_by_inputs"])).attribute(
                x,
                baselines=baseline,
                n_steps=chosen["n_steps"],
                method=chosen["method"],
                internal_batch_size=asked.model.rows,
                **given,
            )
        elif method == "DeepLift":
            slope = attr.DeepLift(asked, multiply_by_inputs=False, eps=chosen["eps"]).attribute(
                x, baselines=baseline, **given
            )
            answer = deep_lift(slope, chosen, asked, x, baseline, rows)
        elif method == "LRP":
            answer = relevance(chosen, asked, x, rows)
        else:
            answer = getattr(attr, method)(asked).attribute(x, **given)
    return answer.detach().to(x.dtype)


def deep_lift(slope: Tensor, chosen: Chosen, asked: Asked, x: Tensor, baseline: Tensor, rows: Tensor) -> Tensor:
    """DeepLift's attribution from its multipliers, refused where it does not add up."""
    attribution = (slope * (x - baseline)).detach()
    with torch.no_grad():
        after, before = asked(x, rows), asked(baseline, rows)
    refuse_gross(attribution, after, before, batch=asked.batch.take(rows), module=asked.module)
    kept: Tensor = attribution if chosen["multiply_by_inputs"] else slope
    return kept


def relevance(chosen: Chosen, asked: Asked, x: Tensor, rows: Tensor) -> Tensor:
    """LRP's relevance; of a difference of two outputs the difference of theirs, for Captum starts from one score."""
    from captum import attr

    question = asked.question
    if question.versus.shape[1]:
        against = replace(question, index=question.versus, versus=question.versus[:, :0])
        one = replace(question, versus=question.versus[:, :0])
        parts = [Asked(asked.model, asked.batch, part) for part in (one, against)]
        return relevance(chosen, parts[0], x, rows) - relevance(chosen, parts[1], x, rows)
    attach_rules(asked.module, chosen)
    answer: Tensor = attr.LRP(asked).attribute(x, additional_forward_args=(rows,))
    return answer


def attach_rules(module: nn.Module, chosen: Chosen) -> None:
    """Give each layer its rule; Captum takes them off again.

    The gamma and the alpha1-beta0 rule change weights, so they are for layers that multiply by them; pools and
    normalisations keep the epsilon rule. A layer of another kind is not on the way to the score, and is left alone.
    """
    from captum.attr._utils import lrp_rules

    class Unhooked(lrp_rules.EpsilonRule):  # type: ignore[misc]
        """For layers beside the way, such as a softmax that was taken off: no hooks."""

        def forward_hook(self, *_: Any) -> None: ...
        def forward_hook_weights(self, *_: Any) -> None: ...
        def forward_pre_hook_activations(self, *_: Any) -> None: ...

    for part in leaves(module):
        weighted = isinstance(part, nn.Linear | nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d)
        if type(part) in PASSED:
            continue
        if type(part) not in LINEAR:
            part.rule = Unhooked()
        elif weighted and chosen["rule"] == "gamma":
            part.rule = lrp_rules.GammaRule(gamma=chosen["gamma"])
        elif weighted and chosen["rule"] == "alpha1-beta0":
            part.rule = lrp_rules.Alpha1_Beta0_Rule()
        else:
            part.rule = lrp_rules.EpsilonRule(epsilon=chosen["epsilon"])


@contextmanager
def understood(method: str) -> Iterator[None]:
    """Keep back Captum's notice that it sets hooks (they are taken off), and say what autograd means.

    Raises:
        RefusalError: The score does not hang on the values by way of gradients.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\s*Setting (forward, )?backward hooks", UserWarning)
        try:
            yield
        except RuntimeError as error:
            if "cannot register a hook" in str(error):
                raise RefusalError(
                    f"{method} can't explain a model whose layers take in what does not come from the values, such as "
                    "static ones; take IntegratedGradients"
                ) from error
            if "does not require grad" in str(error) or "appears to not have been used" in str(error):
                raise RefusalError(
                    f"{method} needs gradients, but none lead from the score to the values: the model detaches them, "
                    "or does not look at them; take Occlusion or FeatureAblation"
                ) from error
            raise
