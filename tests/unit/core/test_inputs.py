"""A model that says what it was trained on refuses other features, codes, statics and scales, by name."""

import json
import pickle
from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import TorchModel, event_scales, explain, from_events, from_tensors, scale_events
from aition.core.errors import InputError
from aition.core.inputs import Inputs
from aition.methods import Saliency

CODES = ("fever", "pulse", "surgery")


def grid(names=("pulse", "pressure"), **rest):
    return from_tensors(torch.ones(2, 3, len(names)), layout="sample time feature", feature_names=names, **rest)


def events(vocabulary=CODES, **rest):
    value = [39.0, 90.0, 110.0, float("nan")]
    return from_events([0, 0, 1, 1], [0, 1, 0, 2], ["fever", "pulse", "pulse", "fever"], value=value,
                       vocabulary=vocabulary, **rest)  # fmt: skip


def model(batch, forward=lambda module, batch: module(batch.x.mean(dim=1))):
    return TorchModel(nn.Linear(batch.n_feature, 2), forward, inputs=Inputs.of(batch))


@pytest.mark.parametrize("batch", [grid(), grid(static=torch.ones(2, 1), static_names=["age"]), events()])
def test_a_batch_of_training_is_taken(batch):
    assert model(batch)(batch.take([1, 0])).shape == (2, 2)


def test_what_nobody_named_is_not_compared():
    unnamed = from_tensors(torch.ones(2, 3, 2), layout="sample time feature", static=torch.ones(2, 1))
    assert not Inputs.of(unnamed)
    assert model(unnamed)(grid()).shape == (2, 2)


REFUSED = {
    "another order": (grid(), grid(("pressure", "pulse")), "in another order: 'pressure' is the first and not 'pulse'"),
    "another feature": (grid(), grid(("pulse", "rate")), "lacks 'pressure' and has 'rate', which the model does not"),
    "fewer features": (grid(), grid(("pulse",)), "trained on 2 features, but the batch lacks 'pressure'"),
    "features without names": (grid(), grid(("f0", "f1")), "lacks 'pulse', 'pressure' and has 'f0', 'f1'"),
    "other static columns": (
        grid(static=torch.ones(2, 1), static_names=["age"]), grid(static=torch.ones(2, 1), static_names=["sex"]),
        "trained on 1 static columns, but the batch lacks 'age' and has 'sex'",
    ),
    "codes in another order": (events(), events(("pulse", "fever", "surgery")), "3 codes.*another order: 'pulse'"),
    "a code more": (events(), events((*CODES, "death")), "has 'death', which the model does not know"),
    "a code fewer": (events(), events(CODES[:2]), "trained on 3 codes, but the batch lacks 'surgery'"),
    "other units": (
        grid(units=["bpm", "mmHg"]), grid(units=["bpm", "kPa"]),
        "'pressure' is in mmHg in training, but in kPa here; .*--like",
    ),
    "other units of events": (
        replace(events(), units=("°C", "", "")), replace(events(), units=("°F", "", "")),
        "'fever' is in °C in training, but in °F here",
    ),
    "other steps": (
        replace(grid(), steps=("mean of 1 hour",) * 2), replace(grid(), steps=("mean of 2 hours",) * 2),
        "'pulse' is the mean of 1 hour in training, but the mean of 2 hours here",
    ),
    "other classes": (
        grid(class_names=["survived", "died"]), grid(class_names=["died", "survived"]),
        r"of the model are \['survived', 'died'\], but those of the batch are \['died', 'survived'\]; .*--like",
    ),
    "events in place of features": (grid(), events(), "at every step, but Batch.* is a list of events"),
    "features in place of events": (events(), grid(), "trained on events, but Batch.* has none"),
    "values as they came": (
        events(scales=event_scales(events())), events(), "in deviations from the means of .* batch are as they came",
    ),
    "values in deviations": (events(), events(scales=event_scales(events())), "as they came, but those of the batch"),
    "other scales": (
        events(scales={"fever": (39.0, 1.0), "pulse": (100.0, 10.0)}),
        events(scales={"fever": (39.0, 1.0), "pulse": (100.0, 20.0)}),
        "of 'pulse' with mean 100 and deviation 10 taken off, but those of the batch have 100 and 20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_other_data_are_refused(case):
    own, other, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        model(own)(other)


@pytest.mark.parametrize("case", REFUSED)
def test_other_data_are_refused_after_those_of_training(case):
    own, other, message = REFUSED[case]
    one = model(own)
    for _ in range(2):
        one(own)
        with pytest.raises(InputError, match=message):
            one(other)


@pytest.mark.parametrize("parts", [{}, {"units": ("", "mmHg")}, {"units": ("bpm", "")}])
def test_units_that_are_not_known_are_not_compared(parts):
    own = grid(units=["bpm", "mmHg"], class_names=["no", "yes"])
    assert model(own)(replace(grid(), **parts)).shape == (2, 2)
    assert model(replace(grid(), **parts))(own).shape == (2, 2)


def test_the_error_says_how_data_are_made_like_those_of_training():
    with pytest.raises(InputError, match=r"aition ingest … --like DATA"):
        model(events())(events((*CODES, "death")))


def test_the_driver_says_it_as_it_is():
    with pytest.raises(InputError, match=r"^the model was trained on 2 features, but the batch"):
        explain(Saliency(), model(grid()), grid(("pressure", "pulse")), progress="off")


def test_names_are_compared_once_for_as_long_as_they_are_the_same_object():
    class Counted(tuple):
        """A tuple that counts how often it is compared."""

        count = 0
        __hash__ = tuple.__hash__

        def __ne__(self, other):
            Counted.count += 1
            return tuple.__ne__(self, other)

    batch = events()
    inputs = replace(Inputs.of(batch), code_names=Counted(CODES))
    other = events(tuple(name for name in CODES))
    for _ in range(5):
        inputs.check(other.take([0]).with_x(other.take([0]).x * 2))
    assert Counted.count == 1


def test_an_embedding_has_names_of_its_own():
    batch = from_tensors(torch.ones(1, 3, 1), layout="sample time feature", feature_names=["word"])
    one = TorchModel(
        nn.Sequential(nn.Linear(1, 4), nn.Linear(4, 2)), lambda module, batch: module(batch.x[:, :, :1]).mean(dim=1),
        embedding="0", inputs=Inputs.of(batch),
    )  # fmt: skip
    answer = explain(Saliency(), one, batch, progress="off")
    assert answer.sizes["feature"] == 4


@pytest.mark.parametrize(
    "batch",
    [grid(), grid(units=["bpm", ""], class_names=["no", "yes"]), events(), events(scales=event_scales(events()))],
)
def test_inputs_return_from_json_and_from_other_processes(batch):
    inputs = Inputs.of(batch)
    assert Inputs.from_json(json.loads(json.dumps(inputs.to_json()))) == inputs
    assert pickle.loads(pickle.dumps(inputs)) == inputs


def test_rounding_in_sums_is_no_other_scale():
    scales = {"fever": (39.0, 1.0), "pulse": (100.0, 10.0)}
    near = {name: (mean * (1 + 1e-12), by * (1 - 1e-12)) for name, (mean, by) in scales.items()}
    assert model(events(scales=scales))(events(scales=near)).shape == (2, 2)


def test_there_is_a_scale_for_each_code():
    with pytest.raises(InputError, match="scales must be one a code, 2, but are 1"):
        Inputs(code_names=("a", "b"), scales=((0.0, 1.0),))


def test_values_scaled_twice_keep_what_was_taken_off_altogether():
    first, second = {"fever": (39.0, 0.5), "pulse": (100.0, 10.0)}, {"fever": (1.0, 2.0), "pulse": (-0.5, 4.0)}
    twice = scale_events(events(scales=first), second)
    table = dict(zip(CODES, twice.fields["event_value"].scales, strict=True))
    torch.testing.assert_close(scale_events(events(), table)["event_value"], twice["event_value"])
