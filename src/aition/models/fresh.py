"""Fresh weights: a network of the same kind that has learned nothing, or has forgotten what some of its layers knew."""

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.freeze import frozen, random_state_kept
from aition.core.model import TorchModel


def untrained(model: TorchModel, *, seed: int) -> TorchModel:
    """A copy of a network with fresh weights: those that its parts begin with.

    Weights of a part that doesn't say how it begins, such as embeddings of positions, are shuffled, and so are those
    that a part leaves as they are when it begins anew, such as the lengths and directions of a normed weight. A single
    number can't be shuffled: it stays.

    Args:
        model: The network; it is left as it is.
        seed: Of the weights.

    Raises:
        RefusalError: None of its parts says how it begins (``reset_parameters``).

    >>> model = TorchModel(torch.nn.Linear(3, 2))
    >>> torch.nn.init.ones_(model.module.weight).sum().item()
    6.0
    >>> bool((untrained(model, seed=0).module.weight == 1).any())
    False
    """
    module = copied(model.module)
    parts = list(module.modules())
    if not any(callable(getattr(one, "reset_parameters", None)) for one in parts):
        raise RefusalError(
            f"{type(module).__name__} has no part with reset_parameters(), so it can't be given fresh weights; make an "
            "untrained network of the same kind, and give that"
        )
    with random_state_kept(), torch.no_grad():
        torch.manual_seed(seed)
        for one in parts:
            begin_anew(one)
    return replace(model, module=module)


def forgetful(model: TorchModel, layers: Sequence[str], *, seed: int) -> TorchModel:
    """A copy of a network in which some layers have fresh weights.

    A layer's fresh weights hang on the seed and on the layer, not on what else is fresh: so layers that are made fresh
    one after another keep what they were given.

    Args:
        model: The network; it is left as it is.
        layers: Names of its parts, as :func:`layers_from_output` lists them.
        seed: Of the weights.

    Raises:
        InputError: The network has no such part, or none with weights of its own.
    """
    module = copied(model.module)
    owners = owning(module)
    if unknown := [name for name in layers if name not in owners]:
        raise InputError(f"layers must be of {', '.join(map(repr, owners))}, but hold {unknown[0]!r}")
    with random_state_kept(), torch.no_grad():
        for place, (name, part) in enumerate(owners.items()):
            if name in layers:
                torch.manual_seed(seed * 65_537 + place)
                begin_anew(part)
    return replace(model, module=module)


def layers_from_output(model: TorchModel, batch: Batch) -> tuple[str, ...]:
    """Names of the parts with weights of their own, that which is called last first.

    A part that is never called by itself, such as the projection of an attention, goes with the part that holds it.

    Args:
        model: The network.
        batch: Samples that it is asked about, to see in what order its parts are called; the first is enough.

    >>> from aition.core.assemble import from_tensors
    >>> model = TorchModel(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)))
    >>> layers_from_output(model, from_tensors(torch.zeros(1, 4, 2)))
    ('2', '0')
    """
    ended: dict[str, int] = {}
    named = dict(model.module.named_modules())

    def note(name: str) -> Any:
        def hook(_module: nn.Module, _given: Any, _said: Any) -> None:
            ended[name] = len(ended) if name not in ended else ended[name]

        return hook

    with frozen(model), torch.no_grad():
        hooks = [part.register_forward_hook(note(name)) for name, part in named.items()]
        try:
            model(batch.take([0]).to(device=model.device, dtype=model.dtype))
        finally:
            for hook in hooks:
                hook.remove()
    owners = list(owning(model.module))

    def called(name: str) -> int:
        held_by = [name.rsplit(".", cut)[0] for cut in range(name.count(".") + 1)] + [""]
        return next((ended[one] for one in held_by if one in ended), -1)

    return tuple(sorted(owners, key=lambda name: (called(name), owners.index(name)), reverse=True))


def owning(module: nn.Module) -> dict[str, nn.Module]:
    """The parts that have weights of their own, by name."""
    return {name: part for name, part in module.named_modules() if list(part.parameters(recurse=False))}


def copied(module: nn.Module) -> nn.Module:
    """A copy of a module, also where it holds what its last call made of its weights, which torch refuses to copy."""
    held = [one for part in module.modules() for kept in vars(part).values() for one in tensors_in(kept)]
    return copy.deepcopy(module, {id(one): one.detach().clone() for one in held if not one.is_leaf})


def tensors_in(kept: object) -> list[Tensor]:
    """The tensors that an attribute is or lists."""
    return [one for one in (kept if isinstance(kept, list) else [kept]) if isinstance(one, Tensor)]


def begin_anew(part: nn.Module) -> None:
    """Give a part, in place, the weights that it begins with; shuffle those that it doesn't give anew."""
    before = [weight.clone() for weight in part.parameters(recurse=False)]
    # Attention of torch's names it with an underscore.
    begin: Any = getattr(part, "reset_parameters", getattr(part, "_reset_parameters", None))
    if callable(begin) and not needed_by(begin):
        begin()
    for weight, trained in zip(part.parameters(recurse=False), before, strict=True):
        if torch.equal(weight, trained):
            shuffle(weight)


def needed_by(function: Callable[..., Any]) -> list[str]:
    """Names of the arguments that a function can't be called without."""
    named = inspect.signature(function).parameters.values()
    plain = [one for one in named if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return [one.name for one in plain if one.default is one.empty]


def shuffle(weight: Tensor) -> None:
    """Shuffle, in place, the numbers within a weight."""
    weight.copy_(weight.flatten()[torch.randperm(weight.numel()).to(weight.device)].reshape(weight.shape))
