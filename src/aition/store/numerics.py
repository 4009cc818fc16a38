"""Settings of torch that change numbers, taken from one process to another."""

from typing import Any

import torch


def numerics() -> dict[str, Any]:
    """The settings of this process."""
    cudnn = torch.backends.cudnn
    return {
        "dtype": torch.get_default_dtype(),
        "precision": torch.get_float32_matmul_precision(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "warn_only": torch.is_deterministic_algorithms_warn_only_enabled(),
        "cudnn": {name: getattr(cudnn, name) for name in ("enabled", "benchmark", "deterministic", "allow_tf32")},
    }


def take_on(settings: dict[str, Any]) -> None:
    """Give this process the settings of another."""
    torch.set_default_dtype(settings["dtype"])
    torch.set_float32_matmul_precision(settings["precision"])
    now = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    if now != (settings["deterministic"], settings["warn_only"]):  # torch imports its compiler for this: seconds
        torch.use_deterministic_algorithms(settings["deterministic"], warn_only=settings["warn_only"])
    for name, value in settings["cudnn"].items():
        setattr(torch.backends.cudnn, name, value)
