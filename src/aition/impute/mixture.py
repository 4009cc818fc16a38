"""The mixture imputer: several Gaussian laws of all cells, each with its own covariance."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import normal, uniform
from aition.core.errors import InputError
from aition.core.extras import optional
from aition.impute.background import Background, standardised
from aition.impute.conditioning import Law, log_density, told
from aition.impute.covariance import estimated, law_of, shrunk
from aition.impute.gaussian import correlation_of
from aition.impute.laid import check_length, kept_steps, laid, noise, put_back

LEADING = 10
"""Principal components in which clusters are looked for."""


@dataclass(frozen=True, eq=False)
class MixtureImputer:
    """Draws from a mixture of Gaussian laws of all cells, given those that are kept.

    What is kept says which component a series is likely of; a draw is of one of them, and within it of the conditional
    law with all its covariances.

    Args:
        weight: Of the components, ``[component]``, in sum 1.
        centre: ``[component, step, feature]``, in units of ``x``.
        covariance: ``[component, cell, cell]``, cells ordered by steps, then features.
        seed: Of the draws.

    References:
        Ghahramani and Jordan, "Supervised learning from incomplete data via an EM approach", NIPS 1993, section 4.

    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.imputer import first_draws, imputed
    >>> centre = torch.tensor([[[-5.0], [-5.0]], [[5.0], [5.0]]])
    >>> imputer = MixtureImputer(torch.tensor([0.5, 0.5]), centre, torch.eye(2).expand(2, 2, 2))
    >>> batch = from_tensors(torch.tensor([[[5.0], [0.0]]]))
    >>> drawn = imputed(imputer, batch, torch.tensor([[[True], [False]]]), first_draws(batch, 20))
    >>> bool((drawn[0, :, 1] > 0).all())
    True
    """

    weight: Tensor
    centre: Tensor
    covariance: Tensor
    seed: int = 0

    def __post_init__(self) -> None:
        if self.centre.ndim != 3 or self.weight.shape != (len(self.centre),):
            raise InputError(
                "centre must be [component step feature] and weight [component], but are "
                f"{list(self.centre.shape)} and {list(self.weight.shape)}"
            )
        n_cell = self.centre[0].numel()
        if self.covariance.shape != (len(self.centre), n_cell, n_cell):
            raise InputError(
                f"covariance must be [component={len(self.centre)} cell={n_cell} cell={n_cell}], but is "
                f"{list(self.covariance.shape)}"
            )
        if bool((self.weight < 0).any()) or abs(float(self.weight.sum()) - 1) > 1e-4:
            raise InputError(f"weight must be 0 or more with the sum 1, but is {self.weight.tolist()}")

    @classmethod
    def fit(cls, background: Batch, *, n_component: int = 4, seed: int = 0) -> "MixtureImputer":
        """Clusters of a background by scikit-learn, and the moments of all cells in each, shrunk.

        Gaps are filled by one draw of a Gaussian law. Clusters are looked for among the leading principal components;
        a component's covariance is shrunk as Ledoit and Wolf say, by as many series as it is worth.

        Raises:
            InputError: The background has fewer than two series, or never observed a feature; or ``n_component`` is not
                1 or more, or more than half of the series.
            MissingExtraError: scikit-learn is not installed.
        """
        rows = Background.of(background)
        if not 1 <= n_component <= len(rows.value) // 2:
            raise InputError(
                f"n_component must be 1 to {len(rows.value) // 2}, half of the series, but is {n_component}"
            )
        mean, deviation = rows.moments()
        value = filled(rows, mean, deviation, seed)
        share = responsibilities(value, n_component, seed)
        weight = share.mean(dim=0)
        centre = (share.T @ value) / share.sum(dim=0)[:, None]
        scale = deviation.flatten()
        covariance = torch.stack([shrunk(value - one, weight=part) for one, part in zip(centre, share.T, strict=True)])
        return cls(
            weight, centre.unflatten(1, mean.shape) * deviation + mean, covariance * scale * scale[:, None], seed
        )

    @property
    def causal(self) -> bool:
        """Later cells tell of earlier ones."""
        return False

    @cached_property
    def deviation(self) -> Tensor:
        """Of each cell in each component, ``[component, cell]``; 0 where it never varies."""
        return self.covariance.diagonal(dim1=1, dim2=2).double().sqrt()

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """Of the standardised cells of each component."""
        return tuple(Law.of(correlation_of(one.double())) for one in self.covariance)

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        n_component, n_step, n_feature = self.centre.shape
        check_length(batch, n_step, n_feature)
        centres = self.centre.double().to(batch.x.device).flatten(1)
        deviations = self.deviation.to(batch.x.device)
        known = kept_steps(kept, batch, n_step).flatten(1) & (deviations > 0).all(dim=0)
        value = laid(batch.x, batch, n_step).double().flatten(1)
        white = noise(batch, self.seed, numbers, n_step).flatten(2)
        laws = [law.to(batch.x.device) for law in self.laws]
        score = [standardised(value, *moments) for moments in zip(centres, deviations, strict=True)]
        width = torch.where(known[:, None], deviations.clamp(min=torch.finfo(deviations.dtype).tiny).log(), 0.0)
        likely = torch.stack([log_density(law, one, known) for law, one in zip(laws, score, strict=True)], dim=1)
        weight = self.weight.double().to(batch.x.device).log()
        posterior = (likely - width.sum(dim=2) + weight).softmax(dim=1)
        chance = uniform(batch.keys[:, None], self.seed, numbers, torch.full_like(numbers, -1))
        chosen = (chance[:, :, None] > posterior.cumsum(dim=1)[:, None]).sum(dim=2).clamp(max=n_component - 1)
        drawn = torch.empty_like(white)
        for place, law in enumerate(laws):
            mine = chosen == place
            rows = mine.any(dim=1).nonzero()[:, 0]
            joint = white[rows].to(law.root) @ law.root.T
            here = joint + told(law, score[place][rows, None] - joint, known[rows])
            drawn[mine] = (here * deviations[place] + centres[place])[mine[rows]]
        return put_back(drawn.unflatten(2, (n_step, n_feature)), batch).to(batch.x)


def filled(rows: Background, mean: Tensor, deviation: Tensor, seed: int) -> Tensor:
    """Standardised series with gaps filled by a draw of one Gaussian law, ``[series, cell]``."""
    value = standardised(rows.value, mean, deviation).flatten(1)
    seen = rows.seen.flatten(1) & (deviation > 0).flatten()
    shift, covariance = estimated(value, seen)
    law, scale = law_of(covariance), covariance.diagonal().sqrt()
    place = torch.arange(value.shape[1], device=value.device)
    joint = normal(rows.keys[:, None], seed, place).to(value) @ law.root.T
    gap = (value - shift) / scale - joint
    drawn = (joint + told(law, gap[:, None], seen)[:, 0]) * scale + shift
    return torch.where(seen, value, drawn) * (deviation > 0).flatten()


def responsibilities(value: Tensor, n_component: int, seed: int) -> Tensor:
    """How likely each series is of each cluster, ``[series, component]``."""
    _, _, directions = torch.linalg.svd(value - value.mean(dim=0), full_matrices=False)
    leading = (value @ directions[:LEADING].T).cpu().numpy()
    sklearn = optional("sklearn.mixture", user="MixtureImputer.fit", package="scikit-learn", extra="impute")
    mixture = sklearn.GaussianMixture(n_component, random_state=seed % 2**32, reg_covar=1e-3, n_init=2, max_iter=500)
    return torch.from_numpy(mixture.fit(leading).predict_proba(leading)).to(value)
