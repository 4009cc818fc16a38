"""Builders by name."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest
import torch
from torch import nn

from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.models import builders, create, register_builder
from aition.models.builders import NETWORKS, builder_named


@pytest.fixture(autouse=True)
def registry_kept(monkeypatch):
    monkeypatch.setattr(builders, "REGISTERED", dict(builders.REGISTERED))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_made_by_its_name(name):
    settings = {"n_time": 5} if name == "mlp-classifier" else {}
    assert isinstance(create(name, n_feature=2, n_class=3, **settings).module, NETWORKS[name])


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_generator():
    before = torch.get_rng_state()
    one, two, other = (create("gru-classifier", seed=seed, n_feature=2, n_class=3) for seed in (0, 0, 1))
    assert torch.equal(one.module.head.weight, two.module.head.weight)
    assert not torch.equal(one.module.head.weight, other.module.head.weight)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_registered_builder_is_found():
    @register_builder("mine")
    def mine() -> TorchModel:
        return TorchModel(nn.Linear(1, 1))

    assert builder_named("mine") is mine


def test_the_same_builder_may_be_registered_anew():
    def mine() -> TorchModel:
        return TorchModel(nn.Linear(1, 1))

    register_builder("mine")(mine)
    assert register_builder("mine")(mine) is mine


@pytest.mark.parametrize("name", ["gru-classifier", "taken"])
def test_a_name_that_is_taken_is_refused(name):
    register_builder("taken")(lambda: TorchModel(nn.Linear(1, 1)))

    def other() -> TorchModel:
        return TorchModel(nn.Linear(1, 1))

    with pytest.raises(InputError, match="already"):
        register_builder(name)(other)


@pytest.mark.parametrize("name", ["", "os:system"])
def test_a_name_with_a_colon_or_without_letters_is_refused(name):
    with pytest.raises(InputError, match="must have no colon"):
        register_builder(name)


def test_a_package_announces_a_builder_by_an_entry_point(monkeypatch):
    point = EntryPoint(name="theirs", value="aition.models.recurrent:GRUClassifier", group=builders.GROUP)
    monkeypatch.setattr(builders, "entry_points", lambda group: EntryPoints([point]).select(group=group))
    assert builder_named("theirs") is NETWORKS["gru-classifier"]


def test_an_unknown_name_is_answered_with_the_known_ones():
    known = (
        r"gru-classifier, .* \(for values at .*\), measured-gru, .* missing\), event-lstm, .* \(for lists of events\)"
    )
    with pytest.raises(InputError, match=f"no builder 'gru'; there are {known}"):
        builder_named("gru")


def test_settings_that_a_builder_refuses_are_named():
    with pytest.raises(InputError, match=r"'gru-classifier' can't build from the settings \{'layers': 2\}"):
        create("gru-classifier", layers=2)


def test_a_builder_must_answer_a_model():
    register_builder("bare")(lambda: nn.Linear(1, 1))
    with pytest.raises(InputError, match="must answer a TorchModel, but answered Linear"):
        create("bare")
