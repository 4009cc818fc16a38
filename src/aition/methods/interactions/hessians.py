"""Integrated Hessians: pairs by second derivatives along the way from the baseline to the sample."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.members import arranged, membership_of
from aition.core.model import Model, TorchModel, white_box
from aition.core.pairs import pairs_of, told
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.impute.groups import Blocks, Groups
from aition.impute.players import check_groups, players_of
from aition.methods.interactions.hit_rates import hit_rate
from aition.methods.interactions.smoothed import Smoothed

SMOOTH = 10.0
"""Sharpness of softplus in place of ReLU that was measured."""


@dataclass(frozen=True)
class IntegratedHessians(ForSeveral):
    """Attribute to each two groups of cells the second derivative along the way from the baseline, integrated.

    Of a product of two groups, half goes to the pair and a quarter to each alone.

    ReLU has no second derivative but at its kink, where all interactions of such a network sit. So ReLU is replaced by
    softplus(``smooth`` · x) / ``smooth`` while the network is explained. What is explained is this smoothed network;
    ``smoothing`` tells how far its answer is from the network's own. So is every function that is made of ReLUs (ReLU6,
    leaky ReLU, clamp, hardtanh, …). Other kinks, such as those of max pooling, stay: a warning names them.

    Args:
        groups: Which cells go together: ``Blocks(…)``, ``EachStep()``, ``GivenGroups(…)``, or a function from a Batch.
        steps: Nodes of the quadrature: each costs a forward and two backward passes for each group.
        smooth: Sharpness of softplus in place of ReLU; 0 leaves ReLU as it is, without its interactions.
        baseline: Where the way begins.

    Returns:
        ``attribution_alone``, ``interaction``, ``attribution_group``, ``attribution``, ``membership`` and ``hit_rate``
        as :class:`~aition.methods.interactions.ShapleyInteractions` has them, each entry of ``interaction`` counting
        both orders; ``completeness``, ``[sample]``, the sum less the change of the smoothed network's score from the
        baseline, the error of the quadrature; ``smoothing``, ``[sample]``, the smoothed network's score less its own.

    Raises:
        InputError: Too many groups.
        RefusalError: The model is a black box, or has layers without second derivatives.

    References:
        Janizek, Sturmfels and Lee, "Explaining explanations: axiomatic feature interactions for deep networks", JMLR
        2021, equations 4 and 6 and section 4; the double integral over αβ as one over t with weight −ln t.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Identity(), lambda module, batch: 3 * batch.x[:, 0, 0] * module(batch.x)[:, 2, 0])
    >>> answer = explain(IntegratedHessians(), model, from_tensors(torch.ones(1, 3, 1)), Target.scalar())
    >>> answer.interaction.values[0, 0].round(4).tolist()
    [nan, 0.0, 1.5]
    """

    groups: Groups = field(default_factory=Blocks)
    steps: int = 32
    smooth: float = SMOOTH
    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        check_groups(self.groups)
        check_baseline(self.baseline)
        if self.steps < 1 or self.smooth < 0 or not math.isfinite(self.smooth):
            raise InputError(f"steps must be 1 or more and smooth 0 or more, but are {self.steps} and {self.smooth}")

    @property
    def method(self) -> str:
        """What it is called among what was measured."""
        return f"IntegratedHessians {self.steps}" if self.smooth == SMOOTH else "IntegratedHessians otherwise smoothed"

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        box = white_box(model, "IntegratedHessians", instead="ShapleyInteractions or RemovalPairs")
        cells, n_player = players_of(self.groups, batch, explainer="IntegratedHessians")
        absent = torch.where(cells < 0, batch.x, absence(batch, self.baseline)["x"])
        own = scored(box, batch, questions, batch.x)
        with Smoothed(self.smooth):
            smoothed, nothing = (scored(box, batch, questions, x) for x in (batch.x, absent))
            slopes, curves = self.integrated(box, batch, questions, cells=cells, n_player=n_player, absent=absent)
        first, second = pairs_of(n_player)
        found = told(
            batch,
            cells=cells,
            alone=slopes + curves.diagonal(dim1=-2, dim2=-1),
            pairs=curves[..., first, second] + curves[..., second, first],
            change=smoothed - nothing,
            hit_rate=hit_rate(self.method, model, batch, groups=self.groups, baseline=self.baseline),
            several=several,
        )
        return found | arranged(batch, {"smoothing": ((), smoothed - own)}, several=several)

    def integrated(
        self,
        model: TorchModel,
        batch: Batch,
        questions: Sequence[Question],
        *,
        cells: Tensor,
        n_player: int,
        absent: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Integrals of first and second derivatives, ``[sample, question, player]`` and ``[…, player, player]``."""
        nodes, weights, curved = quadrature(self.steps)
        way = batch.x - absent
        parts = membership_of(cells, n_player) * way[:, None]
        slopes = torch.zeros(len(batch), len(questions), n_player, dtype=torch.float64)
        curves = torch.zeros(len(batch), len(questions), n_player, n_player, dtype=torch.float64)
        per_node = len(batch) * n_player
        for trials in torch.arange(self.steps * per_node, device=batch.x.device).split(model.rows):
            node, rest = trials.div(per_node, rounding_mode="floor"), trials % per_node
            row, player = rest.div(n_player, rounding_mode="floor"), rest % n_player
            at = nodes.to(batch.x)[node.cpu()].to(batch.x.device)[:, None, None]
            point = absent[row] + at * way[row]
            towards = parts[row, player]
            weight, bent = weights[node.cpu()], curved[node.cpu()]
            for column, question in enumerate(questions):
                slope, turn = derivatives(model, batch.take(row), question.take(row), point, towards)
                every = torch.einsum("ntf,ngtf->ng", turn, parts[row]).cpu().double()
                mine = (slope * towards).sum(dim=(1, 2)).cpu().double()
                where = (row.cpu(), torch.full_like(row, column).cpu(), player.cpu())
                slopes.index_put_(where, mine * weight, accumulate=True)
                curves.index_put_(where, every * bent[:, None], accumulate=True)
        return slopes, curves


def quadrature(steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Nodes in [0, 1], and weights for ∫ g(t) (−ln t) dt and ∫ g(t) (−t ln t) dt, ``[step]`` each, float64.

    αβ of two uniform numbers has the density −ln t; with t = u⁴ the integrands are smooth enough for Gauss and
    Legendre's rule.

    >>> nodes, weights, curved = quadrature(16)
    >>> round(float(weights.sum()), 4), round(float(curved.sum()), 4)
    (1.0, 0.25)
    """
    place, weight = np.polynomial.legendre.leggauss(steps)
    root = (torch.from_numpy(place) + 1) / 2
    nodes = root**4
    # dt = 4 u³ du
    density = torch.from_numpy(weight) / 2 * 4 * root**3 * -torch.log(nodes)
    return nodes, density, density * nodes


def scored(model: TorchModel, batch: Batch, questions: Sequence[Question], x: Tensor) -> Tensor:
    """Scores of other values, ``[sample, question]``, float64 on the CPU; gradients are followed, as for slopes."""
    found = []
    for rows in torch.arange(len(batch), device=x.device).split(model.rows):
        with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
            outputs = model(batch.take(rows).with_x(x[rows].detach().requires_grad_().clone()))
            scores = torch.stack([question.take(rows).score(outputs) for question in questions], dim=1)
        found.append(scores.detach().cpu().double())
    return torch.cat(found)


def derivatives(
    model: TorchModel, batch: Batch, question: Question, point: Tensor, towards: Tensor
) -> tuple[Tensor, Tensor]:
    """The gradient of the score at some points, and its change along a direction, both in the shape of ``x``.

    Raises:
        RefusalError: A layer has no second derivative.
    """
    values = point.detach().requires_grad_()
    try:
        with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
            score = question.score(model(batch.with_x(values.clone()))).sum()
            (slope,) = torch.autograd.grad(score, values, create_graph=True, materialize_grads=True)
            along = (slope * towards).sum()
            if not along.requires_grad:
                return slope.detach(), torch.zeros_like(slope)
            (turn,) = torch.autograd.grad(along, values, allow_unused=True, materialize_grads=True)
    except RuntimeError as error:
        if not any(words in str(error) for words in ("not implemented", "double", "does not require grad")):
            raise
        raise RefusalError(
            f"IntegratedHessians needs second derivatives, which a layer lacks or the forward function cuts: "
            f"{str(error).splitlines()[0]}; take ShapleyInteractions"
        ) from error
    return slope.detach(), turn
