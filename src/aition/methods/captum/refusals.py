"""What Captum would get wrong without a word, and so is refused with a reason and a remedy."""

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.methods.captum.asked import Asked
from aition.methods.captum.probe import Seen, probed

RESCALED = (
    nn.ReLU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d,
    nn.Softmax,
)  # fmt: skip
"""Layers to which Captum's DeepLift applies a rule of its own; all others count as linear."""
POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
LINEAR = (
    nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.AvgPool1d, nn.AvgPool2d,
    nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.Flatten, nn.Unflatten, nn.Identity, *POOLS,
)  # fmt: skip
"""Layers that the epsilon rule suits, for they are linear or (pools) let one input through; Captum knows but some."""
PASSED = (nn.ReLU, nn.Dropout, nn.Tanh)
"""Layers that relevance passes unchanged."""
ROUTING = {
    "__get__", "__getitem__", "amax", "cat", "chunk", "clone", "contiguous", "dropout", "expand", "expand_as",
    "flatten", "gather", "index_select", "max", "max_pool1d", "max_pool2d", "moveaxis", "movedim", "narrow", "permute",
    "relu", "relu_", "repeat", "reshape", "select", "split", "squeeze", "stack", "swapaxes", "take_along_dim", "to",
    "transpose", "unbind", "unflatten", "unsqueeze", "view", "where",
}  # fmt: skip
"""Functions that only move values about, or let one through: relevance goes with the gradient."""
KNOWN = (*LINEAR, *PASSED)
"""Layers that LRP can be taken through."""
GROSS = 0.01
"""Share of the attribution by which its sum may miss the change of the target; rounding stays far below."""


def refuse_recurrent(module: nn.Module, method: str) -> None:
    """Raise at layers whose insides Captum's rules can't reach.

    Raises:
        RefusalError: The module has a built-in recurrent layer.
    """
    for name, part in module.named_modules():
        if isinstance(part, nn.RNNBase | nn.RNNCellBase):
            raise RefusalError(
                f"{method} can't explain {type(part).__name__} ({name or 'the module itself'}): its rules do not reach "
                "the gates inside, and the answer would be wrong; take IntegratedGradients, GradientShap or Occlusion"
            )


def refuse_reuse(seen: Seen, method: str) -> None:
    """Raise where a layer with a rule is called twice, because Captum keeps the values of one call only."""
    if twice := sorted(name for name, count in seen.calls.items() if count > 1):
        raise RefusalError(
            f"{method} can't explain a model that calls the layer {twice[0]!r} {seen.calls[twice[0]]} times: its rule "
            "keeps the values of one call; give each call a layer of its own, or take IntegratedGradients"
        )


def check_deep_lift(asked: Asked) -> None:
    """Refuse recurrent layers, reused layers and an inner softmax."""
    refuse_recurrent(asked.module, "DeepLift")
    seen = probed(asked, lambda part: type(part) in RESCALED)
    refuse_reuse(seen, "DeepLift")
    parts = dict(asked.module.named_modules())
    for name in seen.calls:
        if isinstance(parts[name], nn.Softmax):
            # Captum subtracts the mean over the whole batch, so that samples sway one another.
            raise RefusalError(
                f"DeepLift can't explain the inner softmax {name!r}: Captum's rule for it mixes the samples of a "
                "batch; take IntegratedGradients or GradientShap"
            )


def refuse_gross(attribution: Tensor, after: Tensor, before: Tensor, *, batch: Batch, module: nn.Module) -> None:
    """Raise where DeepLift's attributions do not add up, which its rescale rule promises (Shrikumar et al. 2017, §3.1).

    Args:
        attribution: ``[sample, time, feature]``.
        after: Scores of the samples, ``[sample]``.
        before: Scores of their baselines, ``[sample]``.
        batch: The samples.
        module: Whose layers are named.
    """
    missing = attribution.sum(dim=(1, 2)) - (after - before)
    rounding = 1e3 * torch.finfo(after.dtype).eps * (after.abs() + before.abs())
    allowed = GROSS * torch.maximum(attribution.abs().sum(dim=(1, 2)), (after - before).abs()) + rounding
    if bool((missing.abs() > allowed).any()):
        worst = int((missing.abs() - allowed).argmax())
        others = sorted(
            {type(part).__name__ for part in leaves(module)} - {kind.__name__ for kind in (*RESCALED, *KNOWN)}
        )
        raise RefusalError(
            f"DeepLift's attributions must add up to the change of the target, {float((after - before)[worst]):.4g}, "
            f"but miss it by {float(missing[worst]):.4g} for sample {str(batch.ids[worst])!r}: the model has nonlinear "
            f"steps that Captum's rules do not cover ({', '.join(others) or 'functions in its forward'}); "
            "write them as nn.ReLU, nn.Tanh, … layers, or take IntegratedGradients"
        )


def leaves(module: nn.Module) -> list[nn.Module]:
    """Layers that hold no further ones."""
    return [part for part in module.modules() if not list(part.children())]


def check_rectified(asked: Asked, method: str) -> None:
    """Refuse models whose ReLUs Captum can't find: their gradients would be the plain ones."""
    refuse_recurrent(asked.module, method)
    seen = probed(asked, lambda part: isinstance(part, nn.ReLU))
    if not seen.calls:
        raise RefusalError(
            f"{method} needs layers nn.ReLU, but the model uses none: it would be the plain gradient; take Saliency"
        )
    if seen.outside & {"relu", "relu_", "threshold", "threshold_", "clamp at 0"}:
        raise RefusalError(
            f"{method} changes the gradient of layers nn.ReLU only, but the model's forward calls a ReLU as a "
            "function; make it a layer nn.ReLU()"
        )
    if method == "Deconvolution":
        refuse_reuse(seen, method)


def check_relevance(asked: Asked) -> None:
    """Refuse layers without a rule, reused layers, and functions that relevance would pass by the gradient alone."""
    refuse_recurrent(asked.module, "LRP")
    ends = set(leaves(asked.module))
    seen = probed(asked, lambda part: part in ends)
    parts = dict(asked.module.named_modules())
    if others := sorted({type(parts[name]).__name__ for name in seen.calls if type(parts[name]) not in KNOWN}):
        raise RefusalError(
            f"LRP has no rule for {', '.join(others)}; it has rules for linear, convolution, pooling, flattening and "
            "batch-normalising layers, nn.ReLU, nn.Tanh and nn.Dropout; take IntegratedGradients"
        )
    refuse_reuse(seen, "LRP")
    if strange := sorted(seen.outside - ROUTING):
        raise RefusalError(
            f"LRP's rules work in layers, but the model's forward calls the function {strange[0]!r} on its values, "
            "which would be passed by the plain gradient; make it a layer (a mean over time: nn.AdaptiveAvgPool1d(1)), "
            "or take InputXGradient or IntegratedGradients"
        )
