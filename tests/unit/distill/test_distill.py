"""distill(): a model and data become a wavelet and a small model, which is kept as it was."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from aition import FunctionModel, Target, TorchModel, explain, from_tensors
from aition.core.errors import AitionWarning, InputError, ModelError, RefusalError
from aition.distill import (
    AdaptiveWavelet,
    Bands,
    Distilled,
    FixedWavelet,
    Logistic,
    Ridge,
    Rules,
    distill,
    load_distilled,
    save_distilled,
)
from aition.methods import FeatureAblation, InputXGradient
from aition.models.files import digest_of
from stand_ins.planted_wavelet import noise, teacher

SCALAR = Target.scalar()
DB2 = FixedWavelet("db2")


def made(**settings) -> Distilled:
    return distill(teacher(), noise(), SCALAR, **{"wavelet": DB2, **settings})


def test_what_is_answered_by_maxima_is_answered_by_the_small_model():
    x = torch.randn(200, 32, 1, generator=torch.Generator().manual_seed(1))
    blank = distill(teacher(), from_tensors(x, label=x[:, 0, 0]), SCALAR, wavelet=DB2, bands=Bands(levels=2))
    label = blank.read(from_tensors(x)) @ torch.tensor([1.0, -2.0, 0.5])
    batch = from_tensors(x, label=label)
    assert distill(teacher(), batch, SCALAR, wavelet=DB2, bands=Bands(levels=2)).score(batch) > 0.999


def test_the_small_model_can_be_fitted_to_the_teacher():
    found = made(answer="teacher", student=Ridge(penalty=1.0))
    said = explain(InputXGradient(), teacher(), noise(), SCALAR).score.values
    by_hand = Ridge(penalty=1.0)(found.read(noise()), torch.from_numpy(said))
    assert torch.allclose(found.predict(noise()), by_hand(found.read(noise())))


def test_classes_of_the_teacher_are_those_it_predicts():
    net = nn.Linear(32, 2)
    model = TorchModel(net, flat)
    found = distill(model, noise(), Target.of_class(1), wavelet=DB2, student=Logistic(), answer="teacher")
    by_hand = Logistic()(found.read(noise()), net(noise().x[:, :, 0]).argmax(dim=1))
    assert torch.allclose(found.predict(noise()), by_hand(found.read(noise())))


def test_attributions_add_up_to_input_times_gradient():
    found = made(bands=Bands(levels=3))
    parts = found.attributions(teacher(), noise(), SCALAR)
    cells = explain(InputXGradient(), teacher(), noise(), SCALAR).attribution.sum(("time", "feature")).values
    assert torch.allclose(sum(part.sum(dim=(1, 2)) for part in parts.values()), torch.from_numpy(cells), atol=1e-4)


def test_attributions_stand_where_the_teacher_reads():
    parts = made(bands=Bands(levels=3)).attributions(teacher(), noise(), SCALAR)
    flat_parts = torch.cat([part[:, 0] for name, part in parts.items() if name != "approximation"], dim=1)
    read = teacher().module.place
    others = torch.ones(flat_parts.shape[1], dtype=torch.bool).index_fill(0, read, False)
    assert float(flat_parts[:, others].abs().max()) < 1e-5
    assert float(parts["approximation"].abs().max()) < 1e-5


def test_pictures_are_distilled_as_fields():
    x = torch.randn(40, 16, 12, generator=torch.Generator().manual_seed(4))
    batch = from_tensors(x, layout="sample time feature", label=x.flatten(1).std(dim=1))
    net = nn.Sequential(nn.Flatten(), nn.Linear(16 * 12, 1))
    quick = AdaptiveWavelet(length=4, starts=4, steps=3, finalists=2, polish=3)
    found = distill(TorchModel(net), batch, SCALAR, wavelet=quick, bands=Bands(fields=True, levels=2))
    assert found.grid.sizes == (16, 12)
    assert found.read(batch).shape == (40, 7)


def test_the_teacher_is_left_as_it_was():
    model = teacher()
    model.module.train()
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    distill(model, noise(), SCALAR, wavelet=AdaptiveWavelet(length=4, starts=2, steps=2, finalists=1, polish=2))
    assert model.module.training
    assert all(torch.equal(value, before[name]) for name, value in model.module.state_dict().items())
    assert all(weight.requires_grad and weight.grad is None for weight in model.module.parameters())


def test_the_provenance_is_that_of_an_explanation():
    found, model = made(), teacher()
    answer = explain(InputXGradient(), model, noise(), SCALAR)
    for name in ("model", "target", "weights_sha256", "data_sha256", "torch_version", "call"):
        assert found.attrs[name] == answer.attrs[name]
    assert json.loads(found.attrs["settings"])["wavelet"][0]["name"] == "db2"


def test_the_small_model_can_be_explained_as_any_other():
    found = made(bands=Bands(levels=2))
    answer = explain(FeatureAblation(), found.as_model(), noise().take(range(3)), SCALAR)
    assert torch.allclose(
        torch.from_numpy(answer.score.values).double(), found.predict(noise().take(range(3))), atol=1e-5
    )


def test_names_are_told_without_what_a_terminal_would_obey():
    wide = from_tensors(noise().x.expand(-1, -1, 2), label=noise().label, feature_names=("\x1b[2J", "plain"))
    net = TorchModel(nn.Linear(32, 1), flat)
    told = distill(net, wide, SCALAR, wavelet=DB2).describe()
    assert "\x1b" not in told
    assert "|\\x1b[2J approximation|" in told


def test_it_says_what_it_is():
    told = made(bands=Bands(levels=2)).describe().splitlines()
    assert told[0] == "teacher: Planted; fitted to the labels"
    assert told[1].startswith("wavelet: db2, 4 taps (0.4830, ")
    assert told[2] == "read: 3 sizes of 2 levels of 32"


@pytest.mark.parametrize("student", [Ridge(), Logistic()])
def test_what_is_saved_is_loaded(tmp_path, student):
    batch = noise()
    label = (batch.label > batch.label.median()).long() if isinstance(student, Logistic) else batch.label
    batch = from_tensors(batch.x, label=label)
    found = distill(teacher(), batch, SCALAR, wavelet=DB2, student=student)
    save_distilled(found, tmp_path / "small.safetensors")
    again = load_distilled(tmp_path / "small.safetensors")
    assert torch.equal(again.predict(batch), found.predict(batch))
    assert again.describe() == found.describe()
    assert dict(again.attrs) == dict(found.attrs)


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "small.safetensors"
    save_distilled(made(), path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        load_distilled(path)


def forged(path, change):
    """The file with its content changed, and a digest that fits."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    about = json.loads(metadata["about"])
    change(tensors, about)
    metadata["about"] = json.dumps(about)
    save_file(tensors, path, metadata | {"sha256": digest_of(tensors, metadata["about"])})


FORGED_TREES = {
    "later nodes": lambda tensors, about: tensors["small.left"].zero_(),
    "led to once": lambda tensors, about: tensors["small.left"].copy_(tensors["small.right"]),
    "from 0": lambda tensors, about: tensors["small.feature"].fill_(-2),
    "Error": lambda tensors, about: tensors["small.feature"].mul_(100).clamp_(min=-1),
    "must be int64": lambda tensors, about: tensors.update({"small.root": tensors["small.root"].double()}),
    "must be finite": lambda tensors, about: tensors["small.threshold"].fill_(torch.nan),
}
FORGED_SUMS = {
    "does not hold": lambda tensors, about: tensors.pop("small.mean"),
    "mean must be floating": lambda tensors, about: tensors.update({"small.mean": torch.zeros(1)}),
    "above 0": lambda tensors, about: tensors["small.scale"].zero_(),
    "weight must be finite": lambda tensors, about: tensors["small.weight"].fill_(torch.inf),
    "losses must be": lambda tensors, about: tensors.update({"losses": torch.zeros(2, 2)}),
    "filter must be": lambda tensors, about: tensors["lowpass"].zero_(),
    "halved": lambda tensors, about: about["grid"].update(levels=10**9),
    "shifts must be": lambda tensors, about: about["grid"].update(shifts=10**9),
    "KeyError": lambda tensors, about: about["attrs"].pop("model"),
    "RuntimeError": lambda tensors, about: about["grid"].update(quantiles=[0.5, 1.0]),
}


@pytest.mark.parametrize("words", FORGED_TREES)
def test_a_forged_tree_is_refused(tmp_path, words):
    path = tmp_path / "small.safetensors"
    save_distilled(made(student=Rules(n_rule=2)), path)
    forged(path, FORGED_TREES[words])
    with pytest.raises(ModelError, match=words):
        load_distilled(path)


@pytest.mark.parametrize("words", FORGED_SUMS)
def test_a_forged_sum_is_refused(tmp_path, words):
    path = tmp_path / "small.safetensors"
    save_distilled(made(), path)
    forged(path, FORGED_SUMS[words])
    with pytest.raises(ModelError, match=words):
        load_distilled(path)


def test_json_nested_without_end_is_refused(tmp_path):
    path, words = tmp_path / "small.safetensors", "[" * 100_000
    save_file({}, path, {"format": "aition-distilled", "version": "1", "about": words, "sha256": digest_of({}, words)})
    with pytest.raises(ModelError, match="RecursionError"):
        load_distilled(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "small.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="can't be read"):
        load_distilled(path)


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match="must end in"):
        save_distilled(made(), tmp_path / "small.pt")


def test_values_that_were_not_measured_are_refused():
    x = noise().x.clone()
    x[3, 5] = torch.nan
    with pytest.raises(RefusalError, match="1 of 2048 were not measured"):
        distill(teacher(), from_tensors(x, label=noise().label), SCALAR, wavelet=DB2)


def test_static_columns_are_said_to_be_lost():
    batch = from_tensors(noise().x, label=noise().label, static=torch.zeros(64, 2))
    with pytest.warns(AitionWarning, match="none of the 2 static columns"):
        distill(teacher(), batch, SCALAR, wavelet=DB2)


@pytest.mark.parametrize("wavelet", [(), ("db5",), "db5"])
def test_what_is_no_wavelet_is_refused(wavelet):
    with pytest.raises(InputError, match="wavelet must be"):
        made(wavelet=wavelet, choice="held-out")


@pytest.mark.parametrize("student", [Ridge(), Logistic()])
def test_labels_that_a_student_can_not_fit_are_refused_before_the_teacher_is_asked(student):
    label = torch.ones(64, dtype=torch.int64) if isinstance(student, Ridge) else noise().label
    with pytest.raises(InputError, match="needs"):
        distill(FunctionModel(lambda batch: 1 / 0), from_tensors(noise().x, label=label), SCALAR, student=student)


def test_labels_of_every_step_are_refused():
    batch = from_tensors(noise().x, label=noise().x[:, :, 0])
    with pytest.raises(InputError, match="take answer='teacher'"):
        distill(teacher(), batch, SCALAR, wavelet=DB2)


@pytest.mark.parametrize("unknown", [float("nan"), float("inf")])
@pytest.mark.parametrize("student", [Ridge(), Rules()])
def test_labels_that_are_not_finite_are_refused(unknown, student):
    label = noise().label.index_fill(0, torch.tensor([3, 60]), unknown)
    with pytest.raises(InputError, match="2 of 64 labels are not finite"):
        distill(teacher(), from_tensors(noise().x, label=label), SCALAR, wavelet=DB2, student=student)


def test_a_student_of_classes_needs_a_teacher_of_classes():
    with pytest.raises(InputError, match="sample class"):
        made(student=Logistic(), answer="teacher")


def test_a_score_needs_labels_of_the_kind_of_the_answers():
    with pytest.raises(InputError, match="labels are classes"):
        made().score(from_tensors(noise().x, label=torch.ones(64, dtype=torch.int64)))


def flat(module, batch):
    return module(batch.x[:, :, 0])


@pytest.mark.parametrize("name", ["haar", "db2", "db5"])
def test_a_coefficient_is_largest_where_its_centre_is_at_a_pulse(name):
    found = made(wavelet=FixedWavelet(name), bands=Bands(levels=2))
    pulse = torch.zeros(1, 32, 1)
    pulse[0, 13] = 1
    for band, part in found.coefficients(from_tensors(pulse)).items():
        apart = (found.centres()[band][int(part[0, 0].abs().argmax())] - 13 + 16) % 32 - 16
        assert abs(float(apart)) <= 4, band


def test_fields_have_no_centres_in_time():
    x = torch.randn(40, 16, 16, generator=torch.Generator().manual_seed(4))
    batch = from_tensors(x, layout="sample time feature", label=x.flatten(1).std(dim=1))
    net = nn.Sequential(nn.Flatten(), nn.Linear(16 * 16, 1))
    found = distill(TorchModel(net), batch, SCALAR, wavelet=DB2, bands=Bands(fields=True, levels=2))
    with pytest.raises(InputError, match="rows and columns"):
        found.centres()


def test_attributions_take_double_precision():
    found, twice = made(), noise().to(device="cpu", dtype=torch.float64)
    double = TorchModel(teacher().module.double())
    parts, plain_parts = (found.attributions(*pair, SCALAR) for pair in ((double, twice), (teacher(), noise())))
    assert all(torch.allclose(parts[name], part, atol=1e-5) for name, part in plain_parts.items())
