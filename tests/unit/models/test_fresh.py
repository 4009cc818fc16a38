"""Fresh weights: of all of a network, or of some of its layers."""

import pytest
import torch
from torch import nn

from aition import TorchModel, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.models import create, forgetful, layers_from_output, untrained


class Learned(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Linear(24, 8), nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.layer(x[:, :, 0])))


def test_fresh_weights_are_those_of_the_seed_and_the_network_stays_as_it_is():
    torch.manual_seed(0)
    model = TorchModel(Learned())
    before = [one.clone() for one in model.module.parameters()]
    first, again, other = (untrained(model, seed=seed) for seed in (1, 1, 2))
    for trained, one, two, three in zip(
        before, *(some.module.parameters() for some in (first, again, other)), strict=True
    ):
        assert torch.equal(one, two)
        assert not torch.equal(one, three)
        assert not torch.equal(one, trained)
    assert all(torch.equal(one, two) for one, two in zip(before, model.module.parameters(), strict=True))


def test_no_weight_of_a_transformer_stays_as_it_was_trained():
    class Attending(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.place = nn.Parameter(torch.arange(40.0).reshape(5, 8))
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    module = Attending()
    with torch.no_grad():
        for number, one in enumerate(module.parameters()):
            one.add_(torch.linspace(10 + number, 20, one.numel()).reshape(one.shape))
    fresh = untrained(TorchModel(module), seed=0).module
    for (name, trained), one in zip(module.named_parameters(), fresh.parameters(), strict=True):
        assert float((one != trained).double().mean()) > 0.9, name


class Halved(nn.Module):
    """Gives one of its weights anew, and leaves the other as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.given, self.left = nn.Parameter(torch.zeros(6)), nn.Parameter(torch.zeros(6))

    def reset_parameters(self) -> None:
        self.given.data.uniform_(-1, 1)


class Asking(nn.Linear):
    """Wants to be told how to begin."""

    def reset_parameters(self, gain: float = 1.0) -> None:
        super().reset_parameters()
        self.reset_parameters = self.scaled

    def scaled(self, gain: float) -> None:
        self.weight.data.normal_(0, gain)


PARTS = {
    "normed weight": lambda: nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 3)),
    "spectral norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3)),
    "normed weight of old": lambda: nn.utils.weight_norm(nn.Conv1d(2, 3, 3)),
    "recurrent normed weight of old": lambda: nn.utils.weight_norm(nn.LSTM(2, 3), "weight_hh_l0"),
    "spectral norm of old": lambda: nn.utils.spectral_norm(nn.Linear(4, 3)),
    "recurrent": lambda: nn.GRU(2, 3, 2, bidirectional=True),
    "embedding": lambda: nn.EmbeddingBag(4, 3),
    "batch norm": lambda: nn.BatchNorm1d(5),
    "half of its weights": Halved,
    "asks for a gain": lambda: Asking(3, 4),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated:FutureWarning")
@pytest.mark.parametrize("kind", PARTS)
def test_no_weight_stays_whatever_a_part_says_of_its_beginning(kind):
    torch.manual_seed(0)
    module = nn.Sequential(PARTS[kind](), nn.Linear(2, 2))
    with torch.no_grad():
        for one in module.parameters():
            one.copy_(torch.linspace(3, 4, one.numel()).reshape(one.shape))
    state = torch.get_rng_state()
    fresh = untrained(TorchModel(module), seed=0).module
    assert torch.equal(torch.get_rng_state(), state)
    for (name, trained), one in zip(module.named_parameters(), fresh.parameters(), strict=True):
        assert float((one != trained).double().mean()) > 0.5, name
        assert float(trained.detach().min()) >= 3, name


def test_weights_that_are_tied_stay_tied_and_running_means_are_forgotten():
    words, back, norm = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False), nn.BatchNorm1d(3)
    back.weight = words.weight
    norm.running_mean.fill_(7.0)
    fresh = untrained(TorchModel(nn.Sequential(words, norm, back)), seed=0).module
    assert fresh[2].weight is fresh[0].weight
    assert fresh[1].running_mean.tolist() == [0.0] * 3
    assert norm.running_mean.tolist() == [7.0] * 3


def test_a_network_that_can_not_begin_anew_is_refused():
    class Fixed(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :2, 0]

    with pytest.raises(RefusalError, match="reset_parameters"):
        untrained(TorchModel(Fixed()), seed=0)


def weights(model):
    return {name: value.clone() for name, value in model.module.state_dict().items()}


def test_a_layer_forgets_and_the_others_and_the_network_stay_as_they_are():
    model = TorchModel(Learned())
    before = weights(model)
    after = weights(forgetful(model, ["head"], seed=3))
    assert all(torch.equal(before[name], now) for name, now in weights(model).items())
    assert all(torch.equal(before[name], after[name]) == name.startswith("layer") for name in before)


def test_what_a_layer_begins_with_does_not_hang_on_what_else_is_fresh():
    model = TorchModel(Learned())
    one, both = weights(forgetful(model, ["head"], seed=3)), weights(forgetful(model, ["layer", "head"], seed=3))
    assert torch.equal(one["head.weight"], both["head.weight"])
    assert not torch.equal(one["layer.weight"], both["layer.weight"])
    assert not torch.equal(weights(forgetful(model, ["head"], seed=4))["head.weight"], one["head.weight"])


def test_an_unknown_layer_is_refused():
    with pytest.raises(InputError, match="'layer', 'head', but hold 'tail'"):
        forgetful(TorchModel(Learned()), ["tail"], seed=0)


class Backwards(nn.Module):
    """Registers its layers in another order than it calls them, and one that it never calls by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.head, self.attend, self.layer = (
            nn.Linear(4, 2),
            nn.MultiheadAttention(4, 1, batch_first=True),
            nn.Linear(1, 4),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.layer(x)
        return self.head(self.attend(inner, inner, inner, need_weights=False)[0].mean(dim=1))


def test_layers_are_ordered_as_they_are_called_from_the_output():
    found = layers_from_output(TorchModel(Backwards()), from_tensors(torch.zeros(2, 3, 1)))
    assert found == ("head", "attend.out_proj", "attend", "layer")


@pytest.mark.parametrize("name", ["gru-classifier", "conv-classifier", "transformer-classifier", "resnet-classifier"])
def test_every_weight_of_a_reference_network_lies_in_a_layer(name):
    model = create(name, n_feature=2, n_class=3)
    layers = layers_from_output(model, from_tensors(torch.zeros(2, 12, 2)))
    with torch.no_grad():
        for weight in model.module.parameters():
            weight.add_(7 + torch.arange(weight.numel()).reshape(weight.shape))
    fresh = forgetful(model, layers, seed=0).module
    for (label, trained), one in zip(model.module.named_parameters(), fresh.parameters(), strict=True):
        assert trained.numel() == 1 or float((one != trained).double().mean()) > 0.5, label
