"""Arguments of torch's functions: those given by name, put where rules look for them."""

from typing import Any

LEADING: dict[str, str] = {
    **dict.fromkeys(("addmm",), "input mat1 mat2"),
    **dict.fromkeys(("addbmm", "baddbmm"), "input batch1 batch2"),
    **dict.fromkeys(("addcmul", "addcdiv"), "input tensor1 tensor2"),
    **dict.fromkeys(("mm", "bmm"), "input mat2"),
    **dict.fromkeys(("outer", "ger"), "input vec2"),
    **dict.fromkeys(("pow", "float_power"), "input exponent"),
    **dict.fromkeys(("dot", "vdot", "inner", "kron", "cross"), "input other"),
    **dict.fromkeys(("tensordot",), "a b"),
    **dict.fromkeys(("where", "searchsorted", "einsum"), ""),
    "fill_": "input value",
    "copy_": "input src",
    "addmv": "input mat vec",
    "mv": "input vec",
    "dot": "input tensor",
    "lerp": "input end weight",
    "prelu": "input weight",
}
"""Names of the first arguments where they are not ``input`` and ``other``."""
OF_NUMPY = {"axis": "dim", "keepdims": "keepdim"}
"""What torch also takes, as numpy says it."""


def by_place(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same arguments with the first ones by place, and the others by torch's own names.

    >>> by_place("lerp", (), {"input": 1, "end": 2, "weight": 0.5})
    ((1, 2, 0.5), {})
    >>> by_place("sum", (), {"dim": 1, "input": 2})
    ((2,), {'dim': 1})
    >>> by_place("amax", (2,), {"axis": 1, "keepdims": True})
    ((2,), {'dim': 1, 'keepdim': True})
    """
    placed, rest = list(args), {OF_NUMPY.get(given, given): value for given, value in kwargs.items()}
    for leading in LEADING.get(name, "input other").split()[len(args) :]:
        if leading not in rest:
            break
        placed.append(rest.pop(leading))
    return tuple(placed), rest
