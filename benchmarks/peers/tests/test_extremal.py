"""TintExtremalMask gives tint's masks, and leaves nothing behind."""

import logging
from tempfile import TemporaryDirectory

import pytest
import torch
from aition_peers import TintExtremalMask
from aition_peers.training import published_trainer, silent_trainer
from pytorch_lightning import Trainer
from tint.attr import ExtremalMask
from tint.attr.models import ExtremalMaskNet
from tint.models import MLP, RNN
from torch import Tensor, nn

from aition import Target, TorchModel, explain, from_tensors
from aition.core.errors import RefusalError
from aition.models import create
from aition.testing import check_explainer

N_SAMPLE, N_TIME, N_FEATURE = 5, 8, 3


class PerStep(nn.Module):
    """A GRU with two logits at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.read = nn.GRU(N_FEATURE, 6, batch_first=True), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.read(self.layer(x)[0])
        return outputs


def direct(module: nn.Module, x: Tensor, *, generated: bool, game: str, loss: str) -> Tensor:
    """The masks of tint, used as its documentation does."""
    torch.manual_seed(3)
    recurrent = RNN(N_FEATURE, rnn="gru", hidden_size=N_FEATURE, bidirectional=True) if generated else None
    net = ExtremalMaskNet(
        forward_func=module,
        preservation_mode=game == "preservation",
        model=nn.Sequential(recurrent, MLP([2 * N_FEATURE, N_FEATURE])) if generated else None,
        loss=loss,
        lr=0.1,
        lambda_1=0.5,
        lambda_2=0.25,
    )
    with TemporaryDirectory() as folder:
        trainer = Trainer(
            max_epochs=6, accelerator="cpu", devices=1, default_root_dir=folder, logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        mask: Tensor = ExtremalMask(module).attribute(x, trainer=trainer, mask_net=net, batch_size=2)
    return mask


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("game", ["preservation", "deletion"])
@pytest.mark.parametrize("generated", [True, False])
def test_masks_are_those_of_a_direct_use(*, generated: bool, game: str, loss: str) -> None:
    module, x = PerStep().eval(), torch.randn(N_SAMPLE, N_TIME, N_FEATURE)
    explainer = TintExtremalMask(
        game=game, generated=generated, loss=loss, rate=0.1, size_weight=0.5, replacement_weight=0.25, epochs=6,
        batch_size=2, seed=3,
    )  # fmt: skip
    answer = explain(explainer, TorchModel(module), from_tensors(x), Target.whole("time", "class"), progress="off")
    mask = direct(module, x, generated=generated, game=game, loss=loss)
    assert float(mask.std()) > 0.005
    torch.testing.assert_close(torch.from_numpy(answer["attribution"].values), mask, rtol=0, atol=1e-5)


def test_what_is_shown_and_stored_as_published_changes_no_mask() -> None:
    module, x = PerStep().eval(), torch.randn(N_SAMPLE, N_TIME, N_FEATURE)
    explainer = TintExtremalMask(epochs=3, batch_size=2)
    loud, quiet = (
        explainer.learned(module, x, trainer=trainer) for trainer in (published_trainer(3), silent_trainer(3))
    )
    assert torch.equal(loud, quiet)


def test_padding_is_refused() -> None:
    model = create("gru-classifier", seed=0, n_feature=2, n_class=2)
    batch = from_tensors(torch.randn(2, 5, 2), lengths=[5, 3])
    with pytest.raises(RefusalError, match="knows no padding"):
        explain(TintExtremalMask(epochs=1), model, batch, Target.predicted(), progress="off")


def test_cross_entropy_needs_the_classes_whole() -> None:
    model = create("gru-classifier", seed=0, n_feature=2, n_class=2)
    batch = from_tensors(torch.randn(2, 5, 2))
    with pytest.raises(RefusalError, match=r"Target\.whole\('class'\)"):
        explain(TintExtremalMask(loss="cross_entropy", epochs=1), model, batch, Target.predicted(), progress="off")


def test_levels_of_loggers_stay() -> None:
    logger = logging.getLogger("pytorch_lightning")
    before = logger.level
    TintExtremalMask(epochs=1).learned(PerStep(), torch.randn(2, 4, 3), trainer=published_trainer(1))
    assert logger.level == before


@pytest.mark.parametrize("generated", [True, False])
def test_it_passes_every_check_that_it_does_not_refuse(*, generated: bool) -> None:
    report = check_explainer(TintExtremalMask(generated=generated, epochs=4))
    assert not report.of("failed"), str(report)
    assert len(report.of("passed")) >= 65, str(report)
