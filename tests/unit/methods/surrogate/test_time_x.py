"""TimeX finds planted cells, of black boxes too; what it learned is kept, and nothing else is touched."""

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Target, explain, from_series, from_tensors
from aition.core.errors import InputError, ModelError, RefusalError, TargetError
from aition.core.model import FunctionModel, TorchModel
from aition.methods.surrogate import FittedTimeX, TimeX
from aition.methods.surrogate.behaviour import Behaviour
from aition.methods.surrogate.drawing import drawn_mask
from aition.methods.surrogate.saved import FORMAT, load_time_x, save_time_x
from aition.metrics import auprc
from aition.models.fitted_files import read, write
from aition.models.selector import ConvolutionalSelector, DenseSelector

SMALL = ConvolutionalSelector((12, 12), 3)
QUICK = TimeX(SMALL, SMALL, width=12, n_latent=4, epochs=15, batch_size=20, rate=1e-2, share=0.05)
WHOLE = Target.whole("class")


def classes(batch: Batch) -> Tensor:
    """Two classes by whether a bump of the first feature goes up or down; the second feature is noise."""
    there = batch.x[:, :, 0].abs() > 1.5
    up = (batch.x[:, :, 0] * there).sum(dim=1)
    return torch.stack([-up, up], dim=1)


def drawn(n_sample: int = 200, n_time: int = 16) -> tuple[Batch, np.ndarray]:
    random = torch.Generator().manual_seed(n_sample)
    x = 0.3 * torch.randn(n_sample, n_time, 2, generator=random)
    truth = torch.zeros(x.shape, dtype=torch.bool)
    first = torch.randint(n_time - 3, (n_sample,), generator=random)
    for i in range(n_sample):
        truth[i, first[i] : first[i] + 3, 0] = True
    sign = 2 * torch.randint(2, (n_sample, 1, 1), generator=random) - 1
    return from_tensors(torch.where(truth, 2.0 * sign, x), layout="sample time feature"), truth.numpy()


BOX = FunctionModel(classes, axes=("class",))


@cache
def fitted() -> FittedTimeX:
    return QUICK.fit(BOX, drawn()[0], progress="off")


def test_planted_cells_of_a_black_box_are_found() -> None:
    batch, truth = drawn(30)
    answer = explain(fitted(), BOX, batch, Target.predicted())
    found = auprc(answer["attribution"].values, truth, np.ones((30, 16), dtype=bool))
    assert np.mean(found) > 0.8  # .09 by chance
    assert float(answer["fidelity"].mean()) < 0.3


def test_series_that_are_answered_alike_lie_near_each_other() -> None:
    batch, _ = drawn(30)
    answer = explain(fitted(), BOX, batch, WHOLE)
    up = classes(batch)[:, 1].numpy() > 0
    latent = answer["embedding"].values
    gaps = np.linalg.norm(latent[:, None] - latent[None], axis=2)
    assert gaps[np.ix_(up, ~up)].mean() > 2 * gaps[np.ix_(up, up)].mean()


def test_consistency_is_learned_from_and_can_be_left_out() -> None:
    some = drawn(40)[0]
    one = replace(QUICK, epochs=2)
    states = [
        torch.cat([part.flatten() for part in made.fit(BOX, some, progress="off").reader.parameters()])
        for made in (one, one, replace(one, consistency_weight=0.0))
    ]
    assert torch.equal(states[0], states[1])
    assert float((states[0] - states[2]).abs().max()) > 1e-3


def test_one_number_is_explained_too() -> None:
    batch, _ = drawn(60)
    box = FunctionModel(lambda one: 7 + classes(one)[:, 1], axes=())
    found = replace(QUICK, epochs=12).fit(box, batch, Target.scalar(), progress="off")
    assert not found.behaviour.classes
    untrained = replace(QUICK, epochs=1, rate=1e-9).fit(box, batch, Target.scalar(), progress="off")
    left = [float(explain(one, box, drawn(30)[0], Target.scalar())["fidelity"].mean()) for one in (found, untrained)]
    assert left[0] < 0.8 * left[1]


def test_any_class_is_a_part_of_what_was_learned_but_no_other_question_is() -> None:
    batch, _ = drawn(4)
    one, other = (explain(fitted(), BOX, batch, target)["attribution"].values for target in (WHOLE, Target.of_class(0)))
    assert np.array_equal(one, other)
    three = FunctionModel(lambda one: classes(one)[:, [0, 1, 1]], axes=("class",))
    with pytest.raises(RefusalError, match="was learned from 2 outputs, but the model has 3"):
        explain(fitted(), three, batch, WHOLE)


def ragged(side: str = "right", length: int = 0) -> Batch:
    random = torch.Generator().manual_seed(1)
    values = [torch.randn(n, 2, generator=random) for n in (9, 16, 4, 12)]
    values[1][3, 0] = torch.nan
    return from_series(values, side=side, length=length)  # type: ignore[arg-type]


def test_chunks_order_and_padding_change_nothing_and_missing_values_have_no_chance() -> None:
    def answered(batch: Batch) -> dict[str, Tensor]:
        found = fitted()(BOX, batch, WHOLE.resolve(BOX(batch), batch, axes=("class",)))
        return {name: value for name, (_, value) in found.items()}

    plain, left, order = answered(ragged()), answered(ragged("left", 20)), torch.tensor([2, 0])
    some = answered(ragged().take(order))
    right, wide = ragged(), ragged("left", 20)
    assert torch.allclose(left["attribution"][wide.cells], plain["attribution"][right.cells], atol=1e-5)
    assert torch.allclose(some["attribution"], plain["attribution"][order], atol=1e-5)
    for name in ("fidelity", "embedding"):
        assert torch.allclose(left[name], plain[name], atol=1e-4)
        assert torch.allclose(some[name], plain[name][order], atol=1e-4)
    assert not plain["attribution"][~right.observed].any()


@pytest.mark.parametrize("body", [SMALL, DenseSelector((6,))])
def test_what_was_learned_comes_back_from_a_file(body: object, tmp_path: Path) -> None:
    batch, _ = drawn(12)
    found = replace(QUICK, epochs=1, extractor=body, reader=body).fit(BOX, batch, progress="off")
    save_time_x(found, tmp_path / "surrogate.safetensors")
    loaded = load_time_x(tmp_path / "surrogate.safetensors")
    assert loaded.settings == found.settings
    one, other = (explain(some, BOX, batch, Target.predicted()) for some in (found, loaded))
    assert all(np.array_equal(one[name], other[name]) for name in ("attribution", "fidelity", "embedding"))


def test_a_damaged_file_and_one_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "surrogate.safetensors"
    save_time_x(fitted(), path)
    whole = bytearray(path.read_bytes())
    whole[-3] ^= 1
    path.write_bytes(whole)
    with pytest.raises(ModelError, match="is damaged"):
        load_time_x(path)
    with pytest.raises(InputError, match=r"must be a \.safetensors file"):
        load_time_x(Path(__file__))
    with pytest.raises(InputError, match=r"path must end in \.safetensors"):
        save_time_x(fitted(), tmp_path / "surrogate.pt")


@pytest.mark.parametrize("place", ["longest", "sizes"])
def test_a_file_with_numbers_that_nothing_can_have_is_refused(place: str, tmp_path: Path) -> None:
    path = tmp_path / "surrogate.safetensors"
    save_time_x(fitted(), path)
    metadata, tensors = read(path, FORMAT)
    about = json.loads(metadata["about"]) | {place: [math.inf] * 4 if place == "sizes" else math.inf}
    write(path, FORMAT, about, [], tensors)
    with pytest.raises(ModelError, match="does not hold what a fitted surrogate is made of"):
        load_time_x(path)


def test_a_fit_leaves_the_model_and_the_random_state() -> None:
    model = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(32, 2), nn.Dropout()).train(), head="none")
    before, state = [one.clone() for one in model.module.parameters()], torch.get_rng_state()
    found = replace(QUICK, epochs=1).fit(model, drawn(8)[0], progress="off")
    assert model.module.training
    assert all(torch.equal(one, other) for one, other in zip(before, model.module.parameters(), strict=True))
    assert all(one.requires_grad and one.grad is None for one in model.module.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(one.requires_grad for one in (*found.extractor.parameters(), *found.reader.parameters()))


def test_a_surrogate_explains_the_same_model_in_another_dtype() -> None:
    batch, _ = drawn(8)
    module = nn.Linear(2, 1)
    narrow = TorchModel(module, lambda layer, some: layer(some.x.mean(dim=1))[:, 0])
    wide = replace(narrow, module=nn.Linear(2, 1).double())
    wide.module.load_state_dict(module.state_dict())
    for learned in (narrow, wide):
        found = replace(QUICK, epochs=1).fit(learned, batch, Target.scalar(), progress="off")
        one, other = (explain(found, model, batch, Target.scalar()) for model in (narrow, wide))
        for name in ("attribution", "fidelity"):
            assert np.allclose(one[name], other[name], atol=1e-4)


def test_however_much_is_held_out_something_is_learned_from() -> None:
    found = replace(QUICK, epochs=1, held_out=0.9).fit(BOX, drawn(4)[0], progress="off")
    assert explain(found, BOX, drawn(4)[0], WHOLE)["attribution"].notnull().all()


def test_a_model_that_always_says_the_same_spreads_nothing() -> None:
    assert float(Behaviour.of(torch.full((101, 1), 0.1), classes=False).spread) == 1
    assert float(Behaviour.of(torch.tensor([[0.1], [0.1001]]), classes=False).spread) < 1e-3


def test_what_is_shown_is_shown_as_it_is() -> None:
    batch, _ = drawn(50)
    logits = torch.randn(batch.x.shape, generator=torch.Generator().manual_seed(0)).requires_grad_()
    mask = drawn_mask(logits, batch, warmth=1.0, seed=0, draw=0)
    assert mask.unique().tolist() == [0.0, 1.0]
    (slope,) = torch.autograd.grad(mask.sum(), logits)
    assert bool((slope > 0).all())


def test_what_cannot_be_learned_or_explained_is_refused() -> None:
    batch, _ = drawn(6)
    with pytest.raises(RefusalError, match=r"TimeX is still to be learned; call fit\(model, background, target\)"):
        explain(QUICK, BOX, batch, WHOLE)
    with pytest.raises(InputError, match="background must be 4 series or more to learn from, but is 3"):
        QUICK.fit(BOX, batch.take(torch.arange(3)))
    steps = FunctionModel(lambda one: one.x, axes=("time", "class"))
    with pytest.raises(TargetError, match="takes all steps; ask for one step"):
        QUICK.fit(steps, batch, Target.whole("time", "class"))
    other = from_tensors(torch.zeros(2, 5, 3))
    with pytest.raises(RefusalError, match="learned from 2 features and 0 static columns, but the batch has 3"):
        explain(fitted(), FunctionModel(classes, axes=("class",)), other, WHOLE)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"share": 1.0}, "share must be a share above 0 and below 1, but is 1.0"),
        ({"batch_size": 1}, "batch_size must be a whole number, 2 or more"),
        ({"warmth": 0.0}, "warmth must be above 0 and finite"),
        ({"size_weight": -1.0}, "size_weight must be 0 or more"),
        ({"epochs": 0}, "epochs must be a whole number, 1 or more"),
        ({"growing": 1.5}, r"growing must be in \[0, 1\], but is 1.5"),
        ({"seed": 1.5}, "seed must be a whole number of at most 64 bits, but is 1.5"),
        ({"seed": 2**70}, "seed must be a whole number of at most 64 bits"),
        ({"rate": "fast"}, "rate must be above 0 and finite, but is 'fast'"),
        ({"share": "half"}, "share must be a share above 0 and below 1, but is 'half'"),
        ({"change_weight": None}, "change_weight must be 0 or more and finite, but is None"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TimeX(**settings)  # type: ignore[arg-type]
