"""FastSHAP: a network that says Shapley values in one pass, learned from random coalitions by least squares."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from aition.core.background import check_enough, check_steps
from aition.core.batch import Batch
from aition.core.draws import uniform, words
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.freeze import frozen
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.numbers import check_above_zero, check_share, check_whole
from aition.core.progress import Progress, progress_bar
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.core.unlearned import Unlearned
from aition.impute.coalitions import kernel_coalitions
from aition.impute.constant import ConstantImputer
from aition.impute.groups import EachCell, Groups
from aition.impute.imputer import Imputer
from aition.impute.rows import MarginalRows
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.fitted_shap import FittedFastShap
from aition.methods.lex.imputing import Ready
from aition.methods.lex.shapley_game import Game, efficient
from aition.methods.lex.shapley_surrogate import taught
from aition.models.descent import Pace, descended
from aition.models.selector import Body, ConvolutionalSelector, selector_of

WHOLE_NUMBERS = ("coalitions", "imputations", "epochs", "predictor_epochs", "batch_size", "draws")


@dataclass(frozen=True)
class FastShap(Unlearned):
    """Attribute by Shapley values of groups of cells, said by a network that :meth:`fit` learns once for all series.

    The game is what is said where only the groups of a coalition are known: by the model, the mean over draws of the
    other cells, or by a surrogate, which learned from random coalitions what the model says of whole series. The
    network lowers the squared error ``(v(S) - v(nobody) - sum of the values in S)²`` over coalitions of the Shapley
    kernel, after its values were moved by one number so that they add up; the minimum over all functions is the
    Shapley values.

    Args:
        groups: Which cells play together.
        selector: The network, reading series in deviations from the training data.
        imputer: From the background to what draws the cells of absent groups, such as ``MarginalRows.fit``, or
            ``Ready(ConstantImputer())``, which is what a surrogate goes with.
        predictor: "fixed" asks the model itself of coalitions; "surrogate" first trains a copy of it on series with
            coalitions of every size left, so that a constant in the other cells stands for not knowing them.
        coalitions: Of each series at each step, with complements: an even number.
        imputations: Draws of each coalition.
        epochs: Passes over the background.
        predictor_epochs: Passes in which a surrogate learns, before the network begins.
        batch_size: Series a step.
        rate: Step of Adam; it falls to 0.
        predictor_rate: The same for a surrogate.
        held_out: Share of the background that is not learned from, by which the best weights are chosen.
        draws: Imputations by which an explanation finds what is said of nobody.
        seed: Of weights, coalitions and order.

    Returns:
        Explainers answer through what :meth:`fit` returns; see :class:`FittedFastShap`.

    References:
        Jethani, Sudarshan, Covert, Lee and Ranganath, "FastSHAP: real-time Shapley value estimation", ICLR 2022.
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("paper",)
    needs_fit: ClassVar[bool] = True

    groups: Groups = field(default_factory=EachCell)
    selector: Body = field(default_factory=ConvolutionalSelector)
    imputer: Callable[[Batch], Imputer] = MarginalRows.fit
    predictor: Literal["fixed", "surrogate"] = "fixed"
    coalitions: int = 16
    imputations: int = 1
    epochs: int = 40
    predictor_epochs: int = 20
    batch_size: int = 100
    rate: float = 2e-3
    predictor_rate: float = 1e-3
    held_out: float = 0.1
    draws: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole(self, WHOLE_NUMBERS)
        check_above_zero(self, ("rate", "predictor_rate"))
        check_share(self, ("held_out",))
        if self.coalitions % 2:
            raise InputError(f"coalitions must be even, each with its complement, but are {self.coalitions}")
        if self.predictor not in ("fixed", "surrogate"):
            raise InputError(f"predictor must be 'fixed' or 'surrogate', but is {self.predictor!r}")

    @classmethod
    def paper(cls) -> "FastShap":
        """The published game: a surrogate that sees 0 in place of absent groups, 32 coalitions with complements.

        Networks, epochs and rates are those of this package; values add up to what the model itself says of the whole,
        where the published ones add up to what the surrogate says of it.

        References:
            Jethani, Sudarshan, Covert, Lee and Ranganath, "FastSHAP: real-time Shapley value estimation", ICLR 2022.
        """
        return cls(predictor="surrogate", imputer=Ready(ConstantImputer()), coalitions=32, draws=1)

    def fit(
        self,
        model: Model,
        background: Batch,
        target: Target = Target.predicted(),  # noqa: B008 - frozen
        *,
        progress: Progress = "auto",
    ) -> FittedFastShap:
        """Learn the network; the model is left as it was found, and without a surrogate no gradients of it are needed.

        The same seed and background give the same weights, bit by bit on one device.

        Args:
            model: What is explained; where there is a surrogate, where that starts.
            background: Series to learn from; labels are not read.
            target: The question: one number a series.
            progress: "auto" shows a bar on a terminal.

        Raises:
            InputError: The background is a list of events, or of fewer than 4 series.
            TargetError: The target is a whole output, or asks for a step that a series has not.
            RefusalError: A surrogate is asked for of a black box.
            ModelError: Values are not finite.
        """
        if is_events(background):
            raise InputError(f"FastShap learns from series, but {background!r} is a list of events; put it on a grid")
        check_enough(background)
        if self.predictor == "surrogate" and not isinstance(model, TorchModel):
            raise RefusalError(
                f"predictor='surrogate' trains a copy of the model, but {type(model).__name__} is a black box; give a "
                "TorchModel, or take predictor='fixed'"
            )
        start = model
        if self.predictor == "surrogate" and isinstance(model, TorchModel):
            start = replace(model, module=copy.deepcopy(model.module))
        with frozen(model):
            torch.manual_seed(self.seed)
            game = self.game(model, background, target)
            order = words(game.batch.keys, self.seed).argsort().cpu()
            n_held = max(1, round(self.held_out * len(order)))
            learn, held = order[n_held:].sort().values, order[:n_held].sort().values
            own: tuple[TorchModel, ...] = ()
            total = self.epochs + self.predictor_epochs * (self.predictor == "surrogate")
            with progress_bar("fast-shap", total, progress=progress) as tick:
                if self.predictor == "surrogate" and isinstance(start, TorchModel):
                    pace = Pace(self.predictor_epochs, self.batch_size, self.predictor_rate, self.seed)
                    own = (taught(start, game, target, learn=learn, held=held, pace=pace, tick=tick),)
                    game = replace(game, model=own[0])
                longest = int(game.batch.lengths.max())
                network = selector_of(self.selector, game.batch.take(learn), seed=self.seed, longest=longest)
                descended(
                    (network,),
                    lambda some, step: self.error(network, some, step=step),
                    learn=game.take(learn),
                    held=game.take(held),
                    pace=Pace(self.epochs, self.batch_size, self.rate, self.seed),
                    tick=tick,
                )
        network.eval().requires_grad_(False)
        return FittedFastShap(self, game.imputer, network, game.scale, target, own)

    def game(self, model: Model, background: Batch, target: Target) -> Game:
        """The game on the background, as the model plays it."""
        batch = background.to(device=model.device, dtype=model.dtype)
        batch = model.embedded(batch) if isinstance(model, TorchModel) else batch
        inner = with_head_settled(model, batch.take([0]))
        outputs = outputs_of(inner, batch)
        question = target.resolve(outputs, batch, axes=model.axes)
        check_steps(question)
        whole = question.score(outputs).to(batch.x).detach()
        deviation = float(whole.double().std(correction=0))
        scale = deviation if deviation > 0 else 1.0
        return Game(inner, batch, Candidates.of(batch, self.groups), question, whole, self.imputer(batch), scale)

    def error(self, network: nn.Module, game: Game, *, step: int) -> Tensor:
        """The mean squared error over coalitions, in deviations of the target."""
        batch, candidates = game.batch, game.candidates
        device = batch.x.device
        draw = torch.arange(self.coalitions // 2, device=device)[None, :, None] + step * self.coalitions
        group = torch.arange(1 + candidates.n_group, device=device)[None, None]
        coalition = kernel_coalitions(candidates.there, uniform(batch.keys[:, None, None], self.seed, draw, group))
        asked = torch.cat([coalition, torch.zeros_like(coalition[:, :1])], dim=1)
        value = game.value(asked, self.imputations, first=step * (1 + self.coalitions))
        change = (game.whole - value[:, -1]) / game.scale
        said = efficient(candidates.pooled(network(batch)), change, candidates.there)
        wanted = (value[:, :-1] - value[:, -1:]) / game.scale
        return ((coalition * said[:, None]).sum(dim=2) - wanted).square().mean()
