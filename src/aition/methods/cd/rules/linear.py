"""Operations that are linear in what they are given: shaping, summing, joining, choosing, filling."""

from typing import Any

import torch
from torch import Tensor

from aition.methods.cd.parts import Parts, lifted, parts_among, rounded, totals
from aition.methods.cd.rules.fallback import fallen_back
from aition.methods.cd.rules.table import Function, named, properties, rule_for
from aition.methods.cd.rules.whole import split_linear

SHAPING = (
    "reshape view flatten unflatten squeeze unsqueeze transpose permute movedim moveaxis swapaxes swapdims t "
    "expand broadcast_to repeat tile repeat_interleave flip fliplr flipud roll rot90 narrow select chunk split "
    "tensor_split hsplit vsplit dsplit unbind unfold diagonal diag_embed tril triu index_select gather "
    "take_along_dim contiguous clone detach atleast_1d atleast_2d atleast_3d ravel adjoint masked_select "
    "view_as_real view_as_complex resolve_conj resolve_neg split_with_sizes"
)
SUMMING = (
    "sum mean nansum cumsum neg negative fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 fftn ifftn "
    "rfftn irfftn fftshift ifftshift stft istft real imag conj conj_physical positive trace avg_pool1d avg_pool2d "
    "avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d interpolate upsample fold "
    "pixel_shuffle pixel_unshuffle channel_shuffle to float double half bfloat16 type"
)
PLACING = "index_add index_copy index_put scatter scatter_add slice_scatter select_scatter masked_scatter"
SCATTERING = named("scatter")
JOINT = "cat concat concatenate stack hstack vstack dstack column_stack row_stack"


def put(x: Tensor, index: Any, value: Any) -> Tensor:
    """A copy of ``x`` with ``value`` at an index."""
    copy = x.clone()
    copy[index] = value
    return copy


def tensor_like(value: Any, parts: Parts) -> Tensor:
    """A number or tensor as a tensor of the dtype and on the device of parts."""
    return torch.as_tensor(value, dtype=parts.total.dtype, device=parts.total.device)


@rule_for(
    [*named(SHAPING, SUMMING), Tensor.__getitem__, Tensor.__neg__, *properties("T", "mT", "H", "mH", "real", "imag")]
)
def linear(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Every part goes through by itself; where settings are parts too (a window), there is no rule."""
    if len(parts_among((args, kwargs))) > 1 or not isinstance(args[0] if args else kwargs["input"], Parts):
        return fallen_back(func, args, kwargs)
    return split_linear(func, args, kwargs)


@rule_for(named(JOINT))
def joint(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Tensors put together: those that are no parts are constants."""
    tensors = args[0] if args else kwargs["tensors"]
    course = parts_among(tensors)[0].course
    parts = [one if isinstance(one, Parts) else lifted(one, course) for one in tensors]
    rest = {name: value for name, value in kwargs.items() if name != "tensors"}
    return split_linear(func, (parts, *args[1:]), rest)


@rule_for(named("diff"))
def differences(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Differences along an axis: what is put before and behind is joined first, and keeps its parts."""
    given = dict(zip(("input", "n", "dim", "prepend", "append"), args, strict=False)) | kwargs
    pieces = [given[name] for name in ("prepend", "input", "append") if given.get(name) is not None]
    n, dim = given.get("n", 1), given.get("dim", -1)
    if len(pieces) == 1 or n == 0:
        return linear(func, (given["input"], n, dim), {})
    return split_linear(torch.diff, (joint(torch.cat, (pieces, dim), {}), n, dim), {})


@rule_for(named("where"))
def where(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A choice by a mask that is no part: each side keeps its parts."""
    named_args = dict(zip(("condition", "input", "other"), args, strict=False)) | kwargs
    return chosen(totals(named_args["condition"]), named_args["input"], named_args["other"])


@rule_for([Tensor.where])
def where_method(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``x.where(mask, other)``."""
    named_args = dict(zip(("input", "condition", "other"), args, strict=False)) | kwargs
    return chosen(totals(named_args["condition"]), named_args["input"], named_args.get("other", 0.0))


def chosen(mask: Tensor, yes: Any, no: Any) -> Any:
    """``yes`` where the mask is set, ``no`` elsewhere."""
    live = parts_among((yes, no))
    if not live:
        return torch.where(mask, yes, no)
    sides = [side if isinstance(side, Parts) else as_constant(side, live[0]) for side in (yes, no)]
    return split_linear(torch.where, (mask, *sides), {})


def as_constant(value: Any, like: Parts) -> Any:
    """A number or tensor as a constant; zero, which is nobody's, as itself."""
    tensor = tensor_like(value, like)
    return tensor if not bool(tensor.any()) else lifted(tensor, like.course)


@rule_for(named("masked_fill"))
def masked_fill(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What is filled in is a constant."""
    named_args = dict(zip(("input", "mask", "value"), args, strict=False)) | kwargs
    return chosen(totals(named_args["mask"]), named_args["value"], named_args["input"])


@rule_for([put])
def put_parts(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Assignment to an index: what stood there is gone, what is no part is a constant."""
    x, index, value = args
    if isinstance(value, Parts) and not (x.is_floating_point() or x.is_complex()):
        raise rounded(x.dtype)
    live = parts_among((x, value))[0]
    sides = [x if isinstance(x, Parts) else lifted(x, live.course)]
    sides.append(value if isinstance(value, Parts) else as_constant(value, live))
    return split_linear(put, (sides[0], totals(index), sides[1]), {})


@rule_for(named(PLACING))
def place(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Values put into a tensor at places: what is no part, a number too, is a constant; those reduced have no rule."""
    if kwargs.get("reduce") is not None:
        return fallen_back(func, args, kwargs)
    if func in SCATTERING:
        named_args = dict(zip(("input", "dim", "index", "src"), args, strict=False)) | kwargs
        value = named_args.pop("value", named_args.get("src"))
        index = named_args["index"]
        if not isinstance(value, Tensor):
            value = tensor_like(value, parts_among((args, kwargs))[0]).expand(index.shape)
        func, args, kwargs = torch.scatter, (named_args["input"], named_args["dim"], index, value), {}
    live = parts_among((args, kwargs))[0]

    def side(value: Any) -> Any:
        floating = isinstance(value, Tensor) and value.is_floating_point() and not isinstance(value, Parts)
        return as_constant(value, live) if floating else value

    return split_linear(func, tuple(map(side, args)), {name: side(value) for name, value in kwargs.items()})


@rule_for([*named("pad"), *named("constant_pad_nd")])
def pad(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Padding: what is put around is a constant."""
    names = ("input", "pad", "mode", "value") if func is torch.nn.functional.pad else ("input", "pad", "value")
    named_args = dict(zip(names, args, strict=False)) | kwargs
    x, value = named_args["input"], named_args.get("value") or 0.0
    if not value or named_args.get("mode", "constant") != "constant":
        return split_linear(func, args, kwargs)
    around = torch.nn.functional.pad(torch.ones_like(x.total), named_args["pad"], value=0.0) == 0
    return chosen(around, value, split_linear(torch.nn.functional.pad, (x, named_args["pad"]), {}))
