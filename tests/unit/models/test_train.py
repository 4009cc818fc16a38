"""The training loop."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import data, from_series, from_tensors
from aition.core.errors import InputError, ModelError
from aition.core.model import TorchModel
from aition.models import Epoch, TransformerClassifier, accuracy_of, as_model, create, evaluate, fit, label_loss


def example(n_sample=24):
    """Series whose class is the sign of their first value's mean."""
    torch.manual_seed(3)
    x = torch.randn(n_sample, 6, 2)
    return from_tensors(x, label=(x[:, :, 0].mean(dim=1) > 0).long())


def weights_of(model):
    return torch.cat([weight.detach().flatten() for weight in model.module.parameters()])


def network(seed=0, **settings):
    return create("gru-classifier", seed=seed, n_feature=2, n_class=2, **settings)


@pytest.mark.parametrize("make", [network, lambda: as_model(TransformerClassifier(2, 2, n_hidden=8, dropout=0.3))])
def test_the_same_seed_gives_the_same_weights(make):
    model, batch = make(), example()
    one, two = (fit(model, batch, epochs=2, seed=5) for _ in range(2))
    assert torch.equal(weights_of(one.model), weights_of(two.model))
    assert one.history == two.history


def test_another_seed_gives_other_weights():
    model, batch = network(), example()
    assert not torch.equal(*(weights_of(fit(model, batch, epochs=1, seed=seed).model) for seed in (0, 1)))


def test_training_leaves_the_model_and_the_global_generator_as_they_were():
    model, batch = network(), example()
    before, state = weights_of(model), torch.get_rng_state()
    trained = fit(model, batch, epochs=1).model
    assert torch.equal(weights_of(model), before)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(weights_of(trained), before)


def test_the_trained_copy_is_in_evaluation_mode_without_gradients():
    trained = fit(network(), example(), epochs=1).model
    assert not trained.module.training


def test_the_loss_falls():
    history = fit(network(), example(), epochs=15, lr=1e-2).history
    assert len(history) == 15
    assert history[-1].loss < 0.7 * history[0].loss


def test_validation_is_what_evaluating_says():
    batch = example()
    trained = fit(network(), batch, epochs=2, validation=batch)
    last = trained.history[-1]
    assert (last.validation_loss, last.validation_accuracy) == evaluate(trained.model, batch)


def test_validation_changes_no_weight():
    model, batch = network(), example()
    plain, watched = fit(model, batch, epochs=2), fit(model, batch, epochs=2, validation=batch)
    assert torch.equal(weights_of(plain.model), weights_of(watched.model))


def test_a_softmax_in_the_model_is_trained_by_its_logits():
    batch = example()
    plain = TorchModel(nn.Linear(2, 2), lambda module, given: module(given.x.mean(dim=1)))
    headed = replace(plain, forward=lambda module, given: module(given.x.mean(dim=1)).softmax(dim=1))
    one, two = fit(plain, batch, epochs=2), fit(headed, batch, epochs=2)
    assert torch.equal(weights_of(one.model), weights_of(two.model))


def test_only_weights_that_ask_for_gradients_are_trained():
    model = network()
    model.module.recurrent.requires_grad_(False)
    trained = fit(model, example(), epochs=1).model
    assert torch.equal(trained.module.recurrent.weight_ih_l0, model.module.recurrent.weight_ih_l0)
    assert not torch.equal(trained.module.head.weight, model.module.head.weight)


def test_values_are_trained_by_squared_error():
    x = torch.randn(16, 4, 1)
    batch = from_tensors(x, label=3 * x.mean(dim=(1, 2)) + 1)
    model = TorchModel(nn.Linear(1, 1), lambda module, given: module(given.x.mean(dim=1)))
    trained = fit(model, batch, epochs=300, lr=0.05, batch_size=16).model.module
    assert [trained.weight.item(), trained.bias.item()] == pytest.approx([3, 1], abs=0.05)


def test_steps_are_trained_by_their_labels():
    x = torch.randn(16, 5, 2)
    batch = from_tensors(x, label=(x[:, :, 0] > 0).long(), lengths=[3] * 8 + [5] * 8)
    assert fit(network(per_step=True), batch, epochs=40, lr=2e-2).history[-1].accuracy > 0.9


def test_loss_of_steps_counts_existing_labelled_steps_only():
    batch = from_series([torch.zeros(2, 1), torch.zeros(3, 1)], label=torch.tensor([[0, -1, 1], [1, 1, 0]]))
    outputs = torch.randn(2, 3, 2)
    counted = outputs[[0, 1, 1, 1], [0, 0, 1, 2]]
    assert torch.equal(label_loss(outputs, batch), nn.functional.cross_entropy(counted, torch.tensor([0, 1, 1, 0])))


def test_accuracy_of_steps_counts_existing_labelled_steps_only():
    batch = from_tensors(torch.zeros(1, 3, 1), lengths=[1], label=torch.tensor([[0, 1, 1]]))
    assert accuracy_of(torch.zeros(1, 3, 2), batch) == 1.0


def test_a_training_step_without_any_labelled_step_changes_nothing_that_is_said():
    x = torch.randn(2, 3, 2, generator=torch.Generator().manual_seed(0))
    half = from_tensors(x, label=torch.tensor([[-1, -1, -1], [0, 1, 0]]))
    model = create("gru-classifier", n_feature=2, n_class=2, per_step=True)
    history = fit(model, half, epochs=1, batch_size=1, progress="off").history
    assert math.isfinite(history[0].loss)
    assert math.isfinite(history[0].accuracy)


def test_steps_without_any_label_are_refused():
    model = create("gru-classifier", n_feature=2, n_class=2, per_step=True)
    with pytest.raises(InputError, match="some existing step must have a label"):
        fit(model, from_tensors(torch.zeros(1, 3, 2), label=torch.full((1, 3), -1)), epochs=1, progress="off")


def test_one_output_is_the_log_odds_of_class_one():
    batch = from_tensors(torch.zeros(2, 1, 1), label=[0, 1])
    outputs = torch.tensor([0.3, -0.2])
    two = torch.stack([torch.zeros(2), outputs], dim=1)
    torch.testing.assert_close(label_loss(outputs, batch), label_loss(two, batch))
    assert accuracy_of(outputs, batch) == accuracy_of(two, batch) == 0


def test_values_have_no_accuracy():
    assert math.isnan(accuracy_of(torch.zeros(2, 1), from_tensors(torch.zeros(2, 1, 1), label=[0.5, 1.5])))


def test_an_embedding_is_trained_through_its_ids():
    torch.manual_seed(0)
    from aition.core.batch import Field

    ids = torch.randint(0, 5, (20, 4))
    batch = from_tensors(
        ids.float(), layout="sample time", label=(ids == 0).any(dim=1).long(),
        fields={"ids": Field(ids, "ids", ("sample", "time"))},
    )  # fmt: skip
    module = nn.ModuleDict({"words": nn.Embedding(5, 4), "head": nn.Linear(4, 2)})
    model = TorchModel(module, lambda m, b: m["head"](m["words"](b["ids"]).mean(dim=1)), embedding="words")
    trained = fit(model, batch, epochs=1).model
    assert not torch.equal(trained.module["words"].weight, module["words"].weight)
    assert trained.embedding == "words"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs and batch_size"),
        ({"epochs": 1, "batch_size": 0}, "batch_size"),
        ({"epochs": 1, "lr": 0.0}, "lr"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        fit(network(), example(), **settings)


def test_samples_without_labels_are_refused():
    with pytest.raises(InputError, match="3 of 3 have none"):
        fit(network(), from_tensors(torch.zeros(3, 4, 2)), epochs=1)


def test_a_module_without_weights_is_refused():
    with pytest.raises(InputError, match="no weights"):
        fit(TorchModel(nn.Identity()), example(), epochs=1)


def test_outputs_that_do_not_fit_the_labels_are_refused():
    with pytest.raises(InputError, match="as the labels, but are"):
        fit(TorchModel(nn.Linear(2, 2)), example(), epochs=1)


def test_a_loss_that_is_no_number_is_an_error():
    with pytest.raises(ModelError, match="smaller lr"):
        fit(network(), example(), epochs=1, loss=lambda outputs, batch: outputs.sum() * math.nan)


def test_an_epoch_without_validation_says_nothing_of_it():
    assert math.isnan(Epoch(1.0, 0.5).validation_loss)


@pytest.mark.parametrize(
    ("name", "builder", "epochs", "lr"),
    [("japanese-vowels", "gru-classifier", 15, 1e-2), ("basic-motions", "conv-classifier", 25, 3e-3)],
)
def test_real_data_is_learned(name, builder, epochs, lr):
    loaded = data.load(name).standardised()
    model = create(builder, n_feature=loaded.train.n_feature, n_class=len(loaded.class_names))
    trained = fit(model, loaded.train, epochs=epochs, lr=lr, batch_size=16).model
    assert evaluate(trained, loaded.test)[1] >= 0.9


def named(batch):
    return replace(batch, feature_names=("pulse", "pressure"))


def test_a_trained_model_refuses_other_features():
    model = fit(network(), named(example()), epochs=1, progress="off").model
    assert model.inputs.feature_names == ("pulse", "pressure")
    with pytest.raises(InputError, match="lacks 'pulse', 'pressure' and has 'f0', 'f1'"):
        model(example())


def test_training_goes_on_with_the_features_of_before():
    model = fit(network(), named(example()), epochs=1, progress="off").model
    again = fit(model, named(example()), epochs=1, progress="off").model
    assert again.inputs == model.inputs
    with pytest.raises(InputError, match="trained on 2 features"):
        fit(model, replace(example(), feature_names=("pressure", "pulse")), epochs=1, progress="off")


@pytest.mark.parametrize(("name", "kept"), [("gru-classifier", ()), ("measured-gru", ("age",))])
def test_static_names_are_kept_where_the_model_reads_them(name, kept):
    batch = replace(example(), static=torch.ones(24, 1), static_names=("age",))
    settings = {"n_static": 1} if kept else {}
    model = create(name, n_feature=2, n_class=2, **settings)
    assert fit(model, batch, epochs=1, progress="off").model.inputs.static_names == kept
