"""Imputers that are still to be fitted, as words name them, anywhere among the settings of an explainer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.impute.imputer import Imputer


@dataclass(frozen=True)
class Unfitted:
    """An imputer that is still to be fitted: it stands where one is wanted, and draws nothing.

    Args:
        fit: From a background to the imputer.
    """

    causal: ClassVar[bool] = False
    fit: Callable[[Batch], Imputer]

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Nothing.

        Raises:
            RefusalError: Always.
        """
        raise RefusalError(
            "an imputer is still to be fitted; give it as Python makes it, such as GaussianImputer.fit(background), or "
            "fit all of an explainer by aition.impute.unfitted.fitted(explainer, background)"
        )


def needs_background(setting: Any) -> bool:
    """Whether an imputer is still to be fitted in a setting, or in an explainer.

    >>> from aition.impute.rows import MarginalRows
    >>> needs_background((1, {"imputer": Unfitted(MarginalRows.fit)})), needs_background((1, 2))
    (True, False)
    """
    if isinstance(setting, Unfitted):
        return True
    if isinstance(setting, Mapping):
        return any(map(needs_background, setting.values()))
    if isinstance(setting, tuple):
        return any(map(needs_background, setting))
    if is_dataclass(setting) and not isinstance(setting, type):
        return any(needs_background(getattr(setting, part.name)) for part in fields(setting) if part.init)
    return False


def fitted(setting: Any, background: Batch) -> Any:
    """The same with every imputer fitted that was not; what has none is the very same object.

    Args:
        setting: An explainer, or what stands among its settings.
        background: What imputers are fitted on.

    Raises:
        InputError: An imputer can't be fitted on this background.
    """
    if not needs_background(setting):
        return setting
    if isinstance(setting, Unfitted):
        return setting.fit(background)
    if isinstance(setting, Mapping):
        return {name: fitted(one, background) for name, one in setting.items()}
    if isinstance(setting, tuple):
        return tuple(fitted(one, background) for one in setting)
    parts = {part.name: getattr(setting, part.name) for part in fields(setting) if part.init}
    return replace(setting, **{name: fitted(one, background) for name, one in parts.items() if needs_background(one)})
