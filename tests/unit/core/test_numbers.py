"""Settings that are no numbers, or not in their bounds, are refused by name."""

from collections.abc import Callable, Iterable
from types import SimpleNamespace

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.core.numbers import (
    check_above_zero,
    check_fraction,
    check_price,
    check_seed,
    check_share,
    check_sizes,
    check_whole,
)

NAN, INF = float("nan"), float("inf")
Check = Callable[[object, Iterable[str]], None]
BOUNDS: list[tuple[Check, list[object], list[object]]] = [
    (check_whole, [1, 7], [0, -1, 1.0, True, "1", None]),
    (check_above_zero, [1e-9, 2, np.float32(0.5)], [0, -1.0, NAN, INF, True, "1", None]),
    (check_price, [0, 0.5], [-1e-9, NAN, INF, False, "0", None]),
    (check_share, [0.5], [0, 1, NAN, True, "0.5", None]),
    (check_fraction, [0, 1, 0.5], [-1e-9, 1.1, NAN, True, "0.5", None]),
]


@pytest.mark.parametrize(("check", "good", "bad"), BOUNDS, ids=lambda one: getattr(one, "__name__", ""))
def test_numbers_within_their_bounds_pass_and_others_are_named(
    check: Check, good: list[object], bad: list[object]
) -> None:
    for value in good:
        check(SimpleNamespace(size=value), ["size"])
    for value in bad:
        with pytest.raises(InputError, match=r"^size must be"):
            check(SimpleNamespace(size=value), ["size"])


def test_a_seed_is_a_whole_number_of_64_bits() -> None:
    for seed in (0, -1, 2**63 - 1, -(2**63)):
        check_seed(SimpleNamespace(seed=seed))
    for wrong in (2**63, -(2**63) - 1, 1.0, True, "1", None):
        with pytest.raises(InputError, match=r"^seed must be a whole number"):
            check_seed(SimpleNamespace(seed=wrong))


def test_sizes_are_one_whole_number_a_layer() -> None:
    check_sizes("hidden", (3, 1))
    for wrong in (3, (0,), (1.5,), (True,)):
        with pytest.raises(InputError, match=r"^hidden must be whole numbers"):
            check_sizes("hidden", wrong)  # type: ignore[arg-type]
