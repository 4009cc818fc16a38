"""Operations that read the total alone: shapes, comparisons, choices; and what leaves the decomposition."""

from typing import Any

import torch
from torch import Tensor

from aition.methods.cd.parts import Parts, factory_made, parts_among, totals
from aition.methods.cd.rules.fallback import hold_choices, name_of, note
from aition.methods.cd.rules.linear import linear
from aition.methods.cd.rules.table import Function, named, properties, rule_for

READING = (
    "size dim ndimension numel nelement stride storage_offset data_ptr element_size is_contiguous "
    "is_floating_point is_complex is_signed is_conj is_neg is_pinned is_set_to is_same_size "
    "get_device result_type promote_types can_cast isnan isinf isfinite isposinf isneginf isreal __len__ "
    "untyped_storage __hash__ __dir__"
)
CHOOSING = (
    "argmax argmin argsort eq ne lt le gt ge __eq__ __ne__ __lt__ __le__ __gt__ __ge__ greater greater_equal less "
    "less_equal not_equal isclose allclose equal any all logical_and logical_or logical_not logical_xor __bool__ "
    "nonzero count_nonzero searchsorted bucketize is_nonzero"
)
READ = "shape dtype device layout ndim requires_grad is_leaf grad grad_fn names is_cpu is_cuda is_sparse is_quantized"
READ += " is_meta is_mps is_nested is_mkldnn itemsize nbytes _base output_nr"
LEAVING = "item tolist numpy __float__ __int__ __index__ __array__ long int short char byte bool"
FACTORIES = "zeros_like ones_like full_like empty_like new_zeros new_ones new_full new_empty new_tensor"


def existing(*names: str) -> list[Function]:
    """Functions of these names, where this version of torch has them."""
    return [
        one
        for name in " ".join(names).split()
        if any(hasattr(space, name) for space in (torch, Tensor))
        for one in named(name)
    ]


@rule_for([*existing(READING), *properties(*(name for name in READ.split() if hasattr(Tensor, name)))])
def read(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What is asked of the total."""
    return func(*totals(args), **totals(kwargs))


@rule_for(existing(CHOOSING))
def choose(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the model chooses by the total is held, which is said once."""
    hold_choices(parts_among((args, kwargs))[0].course, name_of(func))
    return func(*totals(args), **totals(kwargs))


@rule_for(properties("_version"))
def version(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> int:
    """How often it was written into, which the total, being a new one each time, does not know."""
    writes: int = args[0].memory.writes
    return writes


@rule_for(existing("is_inference"))
def is_inference(_func: Function, _args: tuple[Any, ...], _kwargs: dict[str, Any]) -> bool:
    """False, for writes are counted."""
    return False


@rule_for(existing("requires_grad_ retain_grad"))
def itself(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    """What is asked of torch's graph is left out: parts have their own."""
    return args[0]


@rule_for(existing(FACTORIES))
def factory(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A new tensor like another one, which the model may write into."""
    return factory_made(func(*totals(args), **totals(kwargs)), parts_among((args, kwargs))[0].course)


@rule_for(existing(LEAVING))
def leave(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Numbers and whole numbers can't be split: what is made of them is a constant, which is said."""
    if func in (Tensor.bool, Tensor.__index__):
        return func(*totals(args), **totals(kwargs))
    note(parts_among((args, kwargs))[0].course, name_of(func), "what comes of it counts as a constant")
    return func(*totals(args), **totals(kwargs))


@rule_for([Tensor.to, Tensor.type, Tensor.type_as])
def convert(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Another dtype or device; whole numbers leave the decomposition, truth values are read from the total."""
    if not isinstance(args[0], Parts):
        return func(*totals(args), **totals(kwargs))
    found = func(*totals(args), **totals(kwargs))
    if not isinstance(found, Tensor) or found.dtype == torch.bool:
        return found
    if not (found.is_floating_point() or found.is_complex()):
        return leave(func, args, kwargs)
    return linear(func, (args[0], *totals(args[1:])), totals(kwargs))


@rule_for(named("expand_as", "view_as", "reshape_as"))
def in_the_shape_of(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The shape of another tensor."""
    if not isinstance(args[0], Parts):
        return func(*totals(args), **totals(kwargs))
    return linear(func, (args[0], *totals(args[1:])), totals(kwargs))
