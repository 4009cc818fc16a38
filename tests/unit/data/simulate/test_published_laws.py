"""What every published law keeps."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.data.simulate import FreqShapes, LowVar, Rare, SeqComb, Simulated, Simulator, State, SwitchFeature

LAWS = {
    "rare-feature": Rare(n_sample=6),
    "rare-feature-own": Rare(n_sample=6, shared=False),
    "rare-feature-groups": Rare(n_sample=6, groups=True),
    "rare-time": Rare(n_sample=6, axis="time"),
    "rare-time-own-groups": Rare(n_sample=6, axis="time", shared=False, groups=True),
    "state": State(n_sample=6, n_time=30),
    "switch-feature": SwitchFeature(n_sample=6, n_time=30),
    "switch-feature-smooth": SwitchFeature(n_sample=6, n_time=30, time_step=0.05),
    "freq-shapes": FreqShapes(n_sample=8),
    "seq-comb-uv": SeqComb(n_sample=8),
    "seq-comb-mv": SeqComb(n_sample=8, n_feature=4),
    "low-var": LowVar(n_sample=8),
}
PREFIXED = [name for name in LAWS if not name.endswith("groups")]
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)


def answers(drawn: Simulated, outputs: Tensor) -> Tensor:
    """What the sign of a cell speaks of, for a cell at each step, ``[sample, time]``."""
    asked = dict(drawn.target.at)
    if asked == {"time": "whole"}:
        return outputs
    if asked == {"time": "whole", "class": "whole"}:
        return outputs[:, :, 1] - outputs[:, :, 0]
    of_label = outputs.gather(1, drawn.batch.label[:, None])
    return of_label.expand(-1, drawn.batch.n_time)


@every_law
def test_a_white_box_reads_no_cell_outside_the_truth(law: Simulator):
    drawn = law(seed=1000)
    other = torch.where(drawn.truth, drawn.batch.x, torch.randn(drawn.batch.x.shape) * 10)
    assert torch.equal(drawn.white_box(drawn.batch.with_x(other)), drawn.white_box(drawn.batch))


@every_law
def test_a_sign_says_how_the_answer_falls_when_a_true_cell_is_put_to_zero(law: Simulator):
    drawn = law(seed=1001)
    batch = drawn.batch.to(device="cpu", dtype=torch.float64)
    full = answers(drawn, drawn.white_box(batch))
    for time, feature in drawn.truth.any(dim=0).nonzero().tolist():
        x = batch.x.clone()
        x[:, time, feature] = 0
        fall = full - answers(drawn, drawn.white_box(batch.with_x(x)))
        fall[fall.abs() < 1e-12] = 0
        assert torch.equal(fall[:, time].sign(), drawn.sign[:, time, feature].double())


@every_law
def test_every_true_cell_matters_to_the_answer(law: Simulator):
    drawn = law(seed=1002)
    assert torch.equal(drawn.sign != 0, drawn.truth)


@every_law
def test_the_question_fits_the_white_box(law: Simulator):
    drawn = law(seed=1003)
    question = drawn.target.resolve(drawn.white_box(drawn.batch), drawn.batch, axes=drawn.white_box.axes)
    assert bool(question.exists.all())


@every_law
def test_a_seed_draws_the_same_series_twice(law: Simulator):
    one, other = law(seed=1004), law(seed=1004)
    assert one.batch.digest() == other.batch.digest()
    assert torch.equal(one.truth, other.truth)


@every_law
def test_seeds_draw_different_series_under_different_ids(law: Simulator):
    one, other = law(seed=1005).batch, law(seed=1006).batch
    assert not set(one.ids) & set(other.ids)
    assert bool((one.x != other.x).any(dim=2).any(dim=1).all())


@pytest.mark.parametrize("name", PREFIXED)
def test_more_series_begin_with_the_same_ones(name: str):
    law = LAWS[name]
    few, many = law(seed=1007), replace(law, n_sample=11)(seed=1007)
    n_few = len(few)
    assert torch.equal(many.batch.x[:n_few], few.batch.x)
    assert torch.equal(many.batch.label[:n_few], few.batch.label)
    assert torch.equal(many.truth[:n_few], few.truth)


@every_law
def test_what_is_hidden_stands_in_the_context(law: Simulator):
    assert {part.role for part in law(seed=1008).batch.fields.values()} == {"context"}


@every_law
def test_reordered_series_keep_their_answers(law: Simulator):
    drawn = law(seed=1009)
    turned = drawn.take(list(range(len(drawn)))[::-1])
    outputs = drawn.white_box(drawn.batch).flip(0)
    assert torch.allclose(turned.white_box(turned.batch), outputs, rtol=1e-6, atol=1e-6)


@every_law
def test_a_negative_seed_is_refused(law: Simulator):
    with pytest.raises(InputError, match="seed must be 0 or more, but is -1"):
        law(seed=-1)


@pytest.mark.parametrize(
    ("law", "settings", "message"),
    [
        (Rare, {"n_sample": 0}, "n_sample must be 1 or more, but is 0"),
        (Rare, {"n_time": 1}, "n_time must be 2 or more, but is 1"),
        (Rare, {"axis": "cell"}, "axis must be 'feature' or 'time', but is 'cell'"),
        (Rare, {"n_rare": 51}, "n_rare must be at most n_feature=50, but is 51"),
        (Rare, {"axis": "time", "n_time": 4}, "n_rare must be at most n_time=4, but is 5"),
        (Rare, {"ar": (0.0, 1.0)}, r"ar\[0\] not 0"),
        (Rare, {"ma": ()}, "must not be empty"),
        (State, {"n_time": 0}, "n_time must be 1 or more, but is 0"),
        (SwitchFeature, {"variance": 0.0}, "variance must be above 0 and finite, but is 0.0"),
        (SwitchFeature, {"time_step": float("nan")}, "time_step must be above 0 and finite, but is nan"),
        (FreqShapes, {"n_time": 30}, "n_time must be 31 or more, but is 30"),
        (FreqShapes, {"noise": -1.0}, "noise must be above 0"),
        (SeqComb, {"longest": 14}, "longest must be 15 or more, but is 14"),
        (SeqComb, {"n_time": 59}, "n_time must be 60 or more, but is 59"),
        (SeqComb, {"wave": 0.2}, "wave must be at most slope=0.1, so that ramps rise, but is 0.2"),
        (LowVar, {"n_time": 19}, "n_time must be 20 or more, but is 19"),
        (LowVar, {"level": float("inf")}, "level must be above 0 and finite, but is inf"),
    ],
)
def test_a_setting_out_of_range_is_refused(law, settings, message):
    with pytest.raises(InputError, match=message):
        law(**settings)
