"""What stands in for what is taken away; each name is imported when it is first asked for."""

from typing import TYPE_CHECKING

from aition._lazy import lazy

if TYPE_CHECKING:
    from aition.impute.autoencoder import AutoencoderImputer
    from aition.impute.baseline import ConstantBaseline, FeatureBaseline
    from aition.impute.constant import ConstantImputer
    from aition.impute.copula import CopulaImputer
    from aition.impute.diffusion import DiffusionImputer
    from aition.impute.flow import FlowImputer
    from aition.impute.gaussian import GaussianImputer
    from aition.impute.imputer import Imputer, first_draws, imputed
    from aition.impute.mixture import MixtureImputer
    from aition.impute.rows import HotDeck, MarginalRows
    from aition.impute.state_space import StateSpaceImputer
    from aition.impute.unfitted import Unfitted, fitted

PUBLIC = {
    "AutoencoderImputer": "autoencoder",
    "ConstantBaseline": "baseline",
    "ConstantImputer": "constant",
    "CopulaImputer": "copula",
    "DiffusionImputer": "diffusion",
    "FeatureBaseline": "baseline",
    "FlowImputer": "flow",
    "GaussianImputer": "gaussian",
    "HotDeck": "rows",
    "Imputer": "imputer",
    "MarginalRows": "rows",
    "MixtureImputer": "mixture",
    "StateSpaceImputer": "state_space",
    "Unfitted": "unfitted",
    "first_draws": "imputer",
    "fitted": "unfitted",
    "imputed": "imputer",
}
"""Public names and the modules that hold them."""

__all__ = [
    "AutoencoderImputer",
    "ConstantBaseline",
    "ConstantImputer",
    "CopulaImputer",
    "DiffusionImputer",
    "FeatureBaseline",
    "FlowImputer",
    "GaussianImputer",
    "HotDeck",
    "Imputer",
    "MarginalRows",
    "MixtureImputer",
    "StateSpaceImputer",
    "Unfitted",
    "first_draws",
    "fitted",
    "imputed",
]

__getattr__, __dir__ = lazy(__name__, PUBLIC)
