"""Aition explains what models of time series and other sequences do, and checks every explanation."""

from typing import TYPE_CHECKING

from aition._lazy import lazy
from aition._version import __version__

if TYPE_CHECKING:
    from aition.core.assemble import from_tensors
    from aition.core.batch import Batch, Field
    from aition.core.errors import AitionError
    from aition.core.events import event_scales, from_events, is_events, scale_events
    from aition.core.explain import explain
    from aition.core.explanation import Explanation
    from aition.core.inputs import Inputs
    from aition.core.model import FunctionModel, TorchModel
    from aition.core.protocol import Explainer
    from aition.core.question import Question
    from aition.core.sequences import from_ids, from_series
    from aition.core.sparse import event_cells
    from aition.core.target import Target
    from aition.view.notebook import show

PUBLIC = {
    "AitionError": "core.errors",
    "Batch": "core.batch",
    "Explainer": "core.protocol",
    "Explanation": "core.explanation",
    "Field": "core.batch",
    "FunctionModel": "core.model",
    "Inputs": "core.inputs",
    "Question": "core.question",
    "Target": "core.target",
    "TorchModel": "core.model",
    "event_cells": "core.sparse",
    "event_scales": "core.events",
    "explain": "core.explain",
    "from_events": "core.events",
    "from_ids": "core.sequences",
    "from_series": "core.sequences",
    "from_tensors": "core.assemble",
    "is_events": "core.events",
    "scale_events": "core.events",
    "show": "view.notebook",
}
"""Public names and the modules that hold them; nothing of them is imported until it is used."""

__all__ = [
    "AitionError",
    "Batch",
    "Explainer",
    "Explanation",
    "Field",
    "FunctionModel",
    "Inputs",
    "Question",
    "Target",
    "TorchModel",
    "__version__",
    "event_cells",
    "event_scales",
    "explain",
    "from_events",
    "from_ids",
    "from_series",
    "from_tensors",
    "is_events",
    "scale_events",
    "show",
]

__getattr__, __dir__ = lazy(__name__, PUBLIC, there=("__version__",))
