"""Variables: what explainers build, tensors by name with their axes."""

from torch import Tensor

Variables = dict[str, tuple[tuple[str, ...], Tensor]]
