"""Batch: samples of time series with everything that a model may be given, always complete."""

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from aition.core.axes import NAME, check_axes
from aition.core.errors import InputError
from aition.core.precision import has_double

Role = Literal["signal", "ids", "observed", "context", "known-future", "code", "step"]
LATER = ("units", "steps", "class_names")
"""Parts that say nothing where they are empty, and so leave the digest as it is."""
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, eq=False)
class Field:
    """One further input of a model, with its role.

    Args:
        value: The tensor, ``[sample, …]``.
        role: What it is: a signal to be explained, token ids, a mask of what was observed, context, what is known of
            the future, or, of a list of events, which code each has and in which step it lies.
        axes: The names of its axes; the first is ``sample``.
        names: Labels of the whole numbers that ``value`` holds, from 0, such as the vocabulary of codes; may be empty.
        scales: Of values of events: the mean and the deviation that were taken off, a pair for each code of the
            vocabulary; empty: they are as they came.
    """

    value: Tensor
    role: Role
    axes: tuple[str, ...]
    names: tuple[str, ...] = ()
    scales: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise InputError(f"role must be one of {', '.join(ROLES)}, but is {self.role!r}")
        if not self.axes or self.axes[0] != "sample" or len(self.axes) != self.value.ndim:
            raise InputError(
                f"axes of a field must begin with 'sample' and name all {self.value.ndim} axes of shape "
                f"{list(self.value.shape)}, but are {list(self.axes)}"
            )
        if not isinstance(self.names, tuple):
            raise InputError(f"names of a field must be a tuple of strings, but are {type(self.names).__name__}")
        if not isinstance(self.scales, tuple):
            raise InputError(f"scales of a field must be a tuple of pairs, but are {type(self.scales).__name__}")


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples of series, padded to one length; all parts are always present.

    Made by :func:`from_tensors` and :func:`from_series`, which check what comes; the class itself checks shapes.

    Args:
        x: Values, ``[sample, time, feature]``; finite everywhere (what is not observed holds the fill value).
        exists: Which steps are no padding, ``[sample, time]``; one unbroken run a sample.
        observed: Which values were measured, ``[sample, time, feature]``; False outside ``exists``.
        times: When, ``[sample, time]``, in ``time_unit`` (the index where nothing was said).
        static: What does not change, ``[sample, static]``; width 0 where there is none.
        label: Classes (-1: unknown) or values, ``[sample]`` or ``[sample, time]``.
        ids: Names of the samples, ``[sample]``, strings.
        keys: blake2b of the ids, ``[sample]``, int64: what random draws hang on.
        fields: Further inputs of the model by name.
        feature_names: One a feature.
        static_names: One a static column.
        time_unit: Unit of ``times``; "step" is the index.
        units: Of the values, one a feature, or, of a list of events, one a code; empty, all or one: not known.
        steps: What a step of each feature holds, such as "mean of 1 hour", one a feature; empty: not known.
        class_names: What the classes of ``label`` are called, from 0; empty: not known.
    """

    x: Tensor
    exists: Tensor
    observed: Tensor
    times: Tensor
    static: Tensor
    label: Tensor
    ids: np.ndarray[Any, np.dtype[np.str_]]
    keys: Tensor
    fields: Mapping[str, Field] = field(default_factory=dict)
    feature_names: tuple[str, ...] = ()
    static_names: tuple[str, ...] = ()
    time_unit: str = "step"
    units: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.x.ndim != 3:
            raise InputError(f"x must be [sample time feature], but is {list(self.x.shape)}")
        sizes = {"sample": self.n_sample, "time": self.n_time, "feature": self.n_feature}
        check_axes("exists", self.exists, ("sample", "time"), sizes)
        check_axes("observed", self.observed, ("sample", "time", "feature"), sizes)
        check_axes("times", self.times, ("sample", "time"), sizes)
        check_axes("static", self.static, ("sample", "static"), sizes)
        sizes["static"] = self.static.shape[1]
        check_axes("label", self.label, ("sample", "time")[: max(1, self.label.ndim)], sizes)
        check_axes("ids", self.ids, ("sample",), sizes)
        check_axes("keys", self.keys, ("sample",), sizes)
        for name, part in self.fields.items():
            if not isinstance(part, Field):
                raise InputError(
                    f"fields[{name!r}] must be a Field with a role and axes, but is {type(part).__name__}; "
                    "such as Field(value, 'context', ('sample', 'time'))"
                )
            if not NAME.match(name):
                raise InputError(f"a field's name must be lower case, digits and underscores, but is {name!r}")
            check_axes(f"fields[{name!r}]", part.value, part.axes, sizes)
        for names, size, what in (
            (self.feature_names, self.n_feature, "feature_names"),
            (self.static_names, self.static.shape[1], "static_names"),
        ):
            if len(names) != size or len(set(names)) != size:
                raise InputError(f"{what} must be {size} different names, but are {list(names)}")
        n_unit = next((len(part.names) for part in self.fields.values() if part.role == "code"), self.n_feature)
        for words, size, what in ((self.units, n_unit, "units"), (self.steps, self.n_feature, "steps")):
            if words and len(words) != size:
                raise InputError(f"{what} must be {size} words or none, but are {list(words)}")
        if len(set(self.class_names)) != len(self.class_names):
            raise InputError(f"class_names must be different names, but are {list(self.class_names)}")

    @property
    def n_sample(self) -> int:
        return self.x.shape[0]

    @property
    def n_time(self) -> int:
        return self.x.shape[1]

    @property
    def n_feature(self) -> int:
        return self.x.shape[2]

    @property
    def lengths(self) -> Tensor:
        """Existing steps of each sample, ``[sample]``, int64."""
        return self.exists.sum(dim=1)

    @property
    def start(self) -> Tensor:
        """First existing step of each sample, ``[sample]``, int64: 0 unless padded on the left."""
        return self.exists.int().argmax(dim=1)

    @property
    def step(self) -> Tensor:
        """Steps counted from the first that exists, ``[sample, time]``, int64; negative in left padding."""
        return torch.arange(self.n_time, device=self.x.device)[None] - self.start[:, None]

    @property
    def cells(self) -> Tensor:
        """Which cells of ``x`` are no padding, ``[sample, time, feature]``."""
        return self.exists[:, :, None].expand(self.x.shape)

    def __getitem__(self, name: str) -> Tensor:
        """The value of a further input."""
        if name not in self.fields:
            raise InputError(f"the batch has no field {name!r}; it has {sorted(self.fields) or 'none'}")
        return self.fields[name].value

    def __len__(self) -> int:
        return self.n_sample

    def __repr__(self) -> str:
        further = "".join(f", {name} ({part.role})" for name, part in self.fields.items())
        return f"Batch[sample={self.n_sample} time={self.n_time} feature={self.n_feature}{further}]"

    def with_x(self, x: Tensor) -> "Batch":
        """The same samples with other values, ``[sample, time, feature]``."""
        if x.shape != self.x.shape:
            return replace(self, x=x)
        # What was checked still holds, and explainers come here at every step.
        other = copy.copy(self)
        object.__setattr__(other, "x", x)
        return other

    def with_static(self, static: Tensor) -> "Batch":
        """The same samples with other static values, ``[sample, static]``."""
        return replace(self, static=static)

    def with_field(self, name: str, value: Tensor) -> "Batch":
        """The same samples with another value of a further input."""
        part = self.fields[name]
        return replace(self, fields={**self.fields, name: replace(part, value=value)})

    def take(self, rows: Sequence[int] | Tensor) -> "Batch":
        """Pick, repeat or reorder samples.

        >>> from aition import from_tensors
        >>> batch = from_tensors(torch.arange(6.0).reshape(3, 2, 1))
        >>> batch.take([2, 0, 2]).x[:, 0, 0].tolist()
        [4.0, 0.0, 4.0]
        """
        index = torch.as_tensor(rows, dtype=torch.int64)
        there = index.to(self.x.device)
        return replace(
            self,
            x=self.x[there],
            exists=self.exists[there],
            observed=self.observed[there],
            times=self.times[there],
            static=self.static[there],
            label=self.label[there],
            ids=self.ids[index.cpu().numpy()],
            keys=self.keys[there],
            fields={name: replace(part, value=part.value[there]) for name, part in self.fields.items()},
        )

    def repeat(self, times: int) -> "Batch":
        """Each sample ``times`` times in succession: rows ``[sample * times]``."""
        return self.take(torch.arange(self.n_sample).repeat_interleave(times))

    def split(self, size: int) -> Iterator["Batch"]:
        """Runs of at most ``size`` samples, in order."""
        for first in range(0, self.n_sample, size):
            yield self.take(range(first, min(first + size, self.n_sample)))

    def crop(self, first: int, last: int) -> "Batch":
        """Steps ``first`` to ``last`` (not included) of every part that has an axis ``time``."""
        steps = slice(first, last)

        def cut(value: Tensor, axes: tuple[str, ...]) -> Tensor:
            return value.narrow(axes.index("time"), first, last - first) if "time" in axes else value

        return replace(
            self,
            x=self.x[:, steps],
            exists=self.exists[:, steps],
            observed=self.observed[:, steps],
            times=self.times[:, steps],
            label=self.label[:, steps] if self.label.ndim == 2 else self.label,
            fields={name: replace(part, value=cut(part.value, part.axes)) for name, part in self.fields.items()},
        )

    def to(self, *, device: torch.device | str, dtype: torch.dtype) -> "Batch":
        """All tensors on a device, and values, statics and floating fields in a dtype."""

        def moved(value: Tensor) -> Tensor:
            return value.to(device, dtype if value.is_floating_point() else value.dtype)

        def kept(value: Tensor) -> Tensor:
            single = not has_double(torch.device(device)) and value.dtype == torch.float64
            return value.to(device, torch.float32 if single else value.dtype)

        return replace(
            self,
            x=moved(self.x),
            exists=self.exists.to(device),
            observed=self.observed.to(device),
            times=kept(self.times),
            static=moved(self.static),
            label=kept(self.label),
            keys=self.keys.to(device),
            fields={name: replace(part, value=moved(part.value)) for name, part in self.fields.items()},
        )

    def digest(self) -> str:
        """sha256 over names, shapes, dtypes and bytes of every part: what a stored result vouches for."""
        digest = hashlib.sha256()
        for part in fields(self):
            value = getattr(self, part.name)
            if part.name == "fields":
                for name in sorted(value):
                    labels = f" {value[name].names}" if value[name].names else ""
                    labels += f" scales {value[name].scales}" if value[name].scales else ""
                    digest.update(f"{name} {value[name].role} {value[name].axes}{labels}".encode())
                    update_digest(digest, value[name].value)
            elif isinstance(value, Tensor):
                digest.update(part.name.encode())
                update_digest(digest, value)
            elif part.name not in LATER or value:
                digest.update(f"{part.name} {list(value) if part.name == 'ids' else value}".encode())
        return digest.hexdigest()


def update_digest(digest: Any, value: Tensor) -> None:
    """Feed a tensor's dtype, shape and bytes to a hash."""
    plain = value.detach().cpu().contiguous()
    digest.update(f"{plain.dtype} {tuple(plain.shape)}".encode())
    digest.update(plain.flatten().view(torch.uint8).numpy().tobytes() if plain.numel() else b"")


def sample_keys(ids: Sequence[str] | np.ndarray[Any, Any]) -> Tensor:
    """blake2b of each id as int64, ``[sample]``: the same sample draws the same numbers wherever it stands."""
    words = b"".join(hashlib.blake2b(str(name).encode(), digest_size=8).digest() for name in ids)
    return torch.from_numpy(np.frombuffer(words, dtype="<i8").copy())
