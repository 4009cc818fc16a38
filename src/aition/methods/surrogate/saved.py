"""Fitted surrogates as files: tensors and JSON; nothing in such a file is executed."""

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from aition.core.target import Target
from aition.impute.packed import packed, unpacked
from aition.methods.surrogate.behaviour import Behaviour
from aition.methods.surrogate.fitted import FittedTimeX
from aition.methods.surrogate.reader import reader_of
from aition.methods.surrogate.time_x import TimeX
from aition.models.files import check_ending
from aition.models.fitted_files import blank_of, made_of, part, read, selector_in, sizes_of, still, write
from aition.models.selector import AttentionSelector, ConvolutionalSelector, DenseSelector, RecurrentSelector

FORMAT = "aition-time-x"
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (TimeX, Behaviour, AttentionSelector, ConvolutionalSelector, DenseSelector, RecurrentSelector)
}
"""What a file may name."""


def save_time_x(fitted: FittedTimeX, path: str | Path) -> None:
    """Write a fitted surrogate and its extractor, wholly or not at all.

    Args:
        fitted: What :meth:`TimeX.fit` returned.
        path: A file that ends in ``.safetensors``.

    Raises:
        InputError: The path has another ending, or a setting is a function or of a class of your own.
    """
    there = check_ending(path)
    tensors: dict[str, Tensor] = {}
    about = {
        "settings": packed(fitted.settings, "settings", tensors, KINDS),
        "behaviour": packed(fitted.behaviour, "behaviour", tensors, KINDS),
        "target": fitted.target.to_json(),
        "sizes": list(sizes_of(fitted.extractor)),
        "longest": fitted.longest,
    }
    write(there, FORMAT, about, [("extractor", fitted.extractor), ("reader", fitted.reader)], tensors)


def load_time_x(path: str | Path) -> FittedTimeX:
    """Load a fitted surrogate without executing anything that its file holds.

    Args:
        path: The file.

    Raises:
        InputError: The file is no fitted surrogate, or of another version.
        ModelError: It is damaged.
    """
    metadata, tensors = read(Path(path), FORMAT)
    with made_of(path, "a fitted surrogate"):
        about = json.loads(metadata["about"])
        settings: TimeX = unpacked(about["settings"], tensors, KINDS)
        behaviour: Behaviour = unpacked(about["behaviour"], tensors, KINDS)
        extractor = selector_in(settings.extractor, about["sizes"], part(tensors, "extractor"))
        reader = reader_of(
            settings.reader,
            blank_of(about["sizes"], behaviour.centre.dtype),
            width=settings.width,
            n_latent=settings.n_latent,
            n_output=len(behaviour.centre),
            longest=int(about["longest"]),
            seed=0,
        )
        reader.load_state_dict(part(tensors, "reader"))
        target, longest = Target.from_json(about["target"]), int(about["longest"])
    still((extractor, reader))
    return FittedTimeX(settings, extractor, reader, behaviour, target, longest)
