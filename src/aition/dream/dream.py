"""dream(): the driver that makes the series which a model would answer most."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.explanation import Explanation
from aition.core.freeze import frozen
from aition.core.model import Model, TorchModel, white_box
from aition.core.progress import Progress, progress_bar
from aition.core.provenance import provenance, stamped
from aition.core.run import Blame, described_parts, ready
from aition.core.scrutiny import check_outputs, with_head_settled
from aition.core.target import output_axes
from aition.core.variables import Variables
from aition.dream.beginnings import among_which, changes, made_of, weights_of
from aition.dream.climb import Climber
from aition.dream.frame import Frame
from aition.dream.judges import JUDGES, Judge
from aition.dream.objectives import Objective
from aition.dream.outcome import agreed, as_explanation, gaps, looks, real_ones, told, within_memory
from aition.dream.parameterisations import Unchanged
from aition.dream.real import beside, from_each, reached
from aition.dream.recipe import Recipe
from aition.dream.seen import Seen
from aition.dream.verdict import verdicts_as_text
from aition.dream.vocabulary import Vocabulary
from aition.dream.wishes import check_classes, levels, tops, wishes_of


@dataclass(frozen=True)
class Dreaming:
    """The settings of dreams as one, which their provenance states."""

    objectives: tuple[Objective, ...]
    recipe: Recipe
    draws: int
    judges: tuple[Judge, ...]

    @property
    def seed(self) -> int:
        return self.recipe.seed


def dream(
    model: Model,
    background: Batch,
    objective: Objective | Sequence[Objective],
    *,
    recipe: Recipe = Recipe(),  # noqa: B008 - frozen
    draws: int = 8,
    places: Batch | None = None,
    judges: tuple[Judge, ...] = JUDGES,
    unseen: Batch | None = None,
    others: Sequence[Model] = (),
    memory: int = 0,
    progress: Progress = "auto",
) -> Explanation:
    """Make series that drive a model to what is asked, and say how real they look.

    Dreams of all objectives are made in one batch; none knows of another, so that a dream is the same, but for
    rounding, whatever others are asked for beside it and whatever fits memory. The same call with the same seed gives
    the same bits on one device. The model is left exactly as it was found.

    Args:
        model: What dreams; a softmax at its end is taken off.
        background: Real series: their units, their lengths, what they reach, and what looks real are taken from them.
            Labels, where they are known, say which of them are of a class.
        objective: What is to become large: one or several, such as ``Margin(1)``, ``Border((0, 1))``.
        recipe: How.
        draws: Dreams of each objective.
        places: Real series to dream from, one dream of each objective each, in place of ``draws`` from the background.
        judges: Who says how real dreams look; they see one half of the background, and the other half says how far a
            real series may be from that.
        unseen: Real series that the model was not trained on, which judges see in place of the background.
        others: Models of the same classes that were trained by themselves: do they say the same of the dreams?
        memory: Bytes that a forward and backward pass may fill; 0 takes a quarter of what is free.
        progress: "auto" shows a bar on a terminal.

    Returns:
        An Explanation along ``draw``:

        - ``value`` ``[draw, time, feature]``: the dreams, in units of ``x``, with ``exists`` and ``times``.
        - ``prediction`` ``[draw, …]``: what the model says of them.
        - ``target_class``, ``target_class_other`` ``[draw]``: the class, and that on the other side of a border
          (of one of three classes or more: the first two); ``wish_classes`` ``[wish, side]``: all classes that an
          objective drives, -1 where there are fewer.
        - ``margin``, ``wanted`` ``[draw]``: what the objective reached, and what was aimed at (NaN: as much as can be).
        - ``gap`` ``[draw]``: how far the classes of a border are apart; NaN for other objectives.
        - ``objective`` ``[draw, iteration]``: what it reached on the way.
        - ``percentile_…`` ``[draw]``: how strange it is among held-out real series, to each judge, from 0 to 100; below
          .5 it is more usual than any of them. ``looks_real`` ``[draw]``: between .5 and 99 to all; of changes of real
          series, which are meant to be near to them, at most 99 to :class:`Timing`.
        - Of a model of token ids: ``word``, ``word_before``, ``word_distance`` ``[draw, time]``: the id of the nearest
          real word, that of the real series from which the dream has its length, and how far the dream is from the
          former, in distances of a word to the next; ``word_margin`` ``[draw]``: what these real words reach.
          The attribute ``words`` says what these ids are called, as JSON.
        - ``value_before`` ``[draw, time, feature]`` of changes: the real series that was changed.
        - ``agreed``, ``agreed_margin`` ``[draw, other]``: whether another model says the class, and its margin
          (NaN but of a ``Margin``).
        - ``nearest``, ``top`` ``[draw]``: the real series that is nearest, and the one of the class that reaches most
          (of a border, that is nearest to it);
          ``nearest_distance`` to the former, in root mean squared deviations of the features. Of changes of real series
          (``Change``, ``Words``) that which was changed does not count; ``began`` ``[draw]`` says which that is, -1
          where it is none of the background.
        - ``real_value`` ``[real, time, feature]`` (the mean where nothing was measured), ``real_label``,
          ``real_margin`` (of its own class where dreams of it were asked for), ``real_distance`` to the nearest other
          one, ``real_reached`` and ``real_gap`` ``[real, wish]``, and ``real_prediction`` ``[real, class]`` of a model
          of classes. ``real_percentile_…``: how strange a real series is to judges that saw the half of the others in
          which it is not. ``real_looks_real`` ``[real]``: whether it looks real to these, placed among the others of
          its half as a dream is.
        - ``projection``, ``real_projection``: the first two principal components of the features that judges read, and
          ``projection_share``, how much of the variance of real features lies along each.

    Raises:
        InputError: Data or settings that do not fit one another.
        TargetError: An objective does not fit the outputs.
        RefusalError: The model is a black box, or data are lists of events.
        ModelError: A model that raises, or answers NaN or Inf.

    References:
        Schlegel, Keim and Sutter, "Finding the DeepDream for time series: activation maximization for univariate time
        series", TempXAI at ECML-PKDD 2024: class and border dreams of series, and their regularisers.
    """
    wanted = check_arguments(background, objective, draws)
    check_judges(judges)
    for name, some in {"places": places, "unseen": unseen}.items():
        if some is not None:
            check_same(some, background, name=name)
    began = time.perf_counter()
    inner = white_box(model, "dream()", instead="real series with a large output")
    with frozen(inner):
        with Blame("real series", described_parts(background)):
            there = ready(background, inner)
            inner = settled(inner, there, memory)
            real, said = reached(inner, there, wanted)
        axes = output_axes(said, there, inner.axes)
        check_outputs(said, there, axes=axes)
        check_classes(wanted, there)
        fresh = there if unseen is None else ready(unseen, inner)
        level = levels(wanted, real, there, recipe)
        seen = Seen(said, inner.axes, there)
        like = made_of(wanted, seen, recipe)
        if places is None:
            among = among_which(wanted, there, recipe, like=like)
            series = Frame.of(there, there.take([0])).real
            weights = weights_of(wanted, level, real, seen, series=series, among=among, how=recipe.parameterisation)
            ranked = isinstance(recipe.parameterisation, Unchanged)
            rows, which = beside(wanted, there, weights, among=among, draws=draws, seed=recipe.seed, ranked=ranked)
        else:
            rows, which = from_each(wanted, ready(places, inner))
        vocabulary = Vocabulary.of(inner, there)
        whole = Frame.of(there, rows).knowing(vocabulary.vectors)
        wishes = wishes_of(wanted, which, real, level, made_of=like, frame=whole, recipe=recipe)
        with progress_bar("dream", recipe.steps * -(-len(rows) // inner.rows), progress=progress) as tick:
            parts = []
            for some in torch.arange(len(rows), device=which.device).split(inner.rows):
                mine = [one.within(int(some[0]), int(some[-1]) + 1) for one in wishes]
                climber = Climber(inner, whole.take(some), recipe, [one for one in mine if len(one.rows)])
                with Blame(f"dreams of {described(wanted)}", described_parts(rows)):
                    parts.append(climber.run(tick))
        x, course = torch.cat([one.x for one in parts]), torch.cat([one.course for one in parts])
        dreams = whole.places.with_x(x)
        variables = told(inner, dreams, wanted, which)
        variables |= {"wanted": (("draw",), level[which])}
        nobody = torch.zeros(len(there), dtype=torch.long, device=which.device)
        apart = torch.stack([gaps(inner, there, [one], nobody) for one in wanted], dim=1)
        variables |= {
            "real_gap": (("real", "wish"), apart),
            "top": (("draw",), tops(wanted, real, there, apart=apart)[which]),
            "objective": (("draw", "iteration"), course),
        }
        variables |= vocabulary.read(whole, inner, dreams, wanted, which)
        variables |= agreed(others, dreams, wanted, which, memory=memory)
        variables |= looks(whole, dreams, fresh, judges, own=unseen is None, changed=changes(recipe), seed=recipe.seed)
        kept: Variables = {"real_prediction": (("real", "class"), said)} if axes == ("class",) else {}
        variables |= real_ones(whole, there, real, wanted, said=kept)
    words = {"time_unit": there.time_unit, "head": head_words(inner)}
    words |= {"places_sha256": digest_of(places), "unseen_sha256": digest_of(unseen)}
    if called := vocabulary.called(variables, there):
        words["words"] = called
    attrs = stamped(
        known_before(model, wanted, recipe=recipe, draws=draws, judges=judges) | words,
        data_sha256=background.digest(),
        seconds=time.perf_counter() - began,
    )
    names = {"wish": [one.name for one in wanted], "class": background.class_names}
    found = as_explanation(variables, dreams, there, names=names, attrs=attrs)
    return Explanation(found.assign_attrs(verdicts=verdicts_as_text(found)))


def known_before(
    model: Model,
    objectives: Sequence[Objective],
    *,
    recipe: Recipe,
    draws: int,
    judges: tuple[Judge, ...] = JUDGES,
) -> dict[str, Any]:
    """Attributes of dreams that are known before they are made, and that dreams of one store share.

    Args:
        model: As in :func:`dream`, and so are the others.
        objectives: All of them.
        recipe: How.
        draws: Dreams of each objective.
        judges: Who says how real dreams look.
    """
    found = provenance(Dreaming(tuple(objectives), recipe, draws, judges), model, ()) | {"explainer": "dream"}
    # What is taken off a head is settled by a pass.
    return {key: value for key, value in found.items() if key != "head"}


def digest_of(some: Batch | None) -> str:
    """The digest of series; empty where there are none."""
    return "" if some is None else some.digest()


def check_arguments(background: Batch, objective: Objective | Sequence[Objective], draws: int) -> tuple[Objective, ...]:
    """The objectives as a tuple; raises where an argument is of another kind."""
    if not isinstance(background, Batch):
        raise InputError(f"background must be a Batch of real series, but is {type(background).__name__}")
    if len(background) < 2:
        raise InputError(f"background must be two real series or more, but is {background!r}")
    several = tuple(objective) if isinstance(objective, Sequence) else (objective,)
    if not several or not all(isinstance(one, Objective) for one in several):
        raise InputError(f"objective must be one or several, such as Margin(0), but is {objective!r}")
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise InputError(f"draws must be a whole number, 1 or more, but is {draws!r}")
    return several


def check_judges(judges: Sequence[Judge]) -> None:
    """Raise unless judges have different names, by which their percentiles are told."""
    names = [one.name for one in judges]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"judges must have different names, but {len(twice)} are called {twice[0]!r}")


def check_same(some: Batch, background: Batch, *, name: str) -> None:
    """Raise unless other series, called by the name of their argument, are as those of the background are."""
    if not isinstance(some, Batch) or not len(some):
        came = repr(some) if isinstance(some, Batch) else type(some).__name__
        raise InputError(f"{name} must be a Batch of real series, but is {came}")
    for part in ("feature_names", "static_names"):
        come, known = getattr(some, part), getattr(background, part)
        if come != known:
            raise InputError(f"{name} must have the {part} of background, {list(known)}, but have {list(come)}")
    if missing := [field for field in background.fields if field not in some.fields]:
        raise InputError(f"{name} must have the fields of background, but have no {missing[0]!r}")


def settled(model: TorchModel, background: Batch, memory: int) -> TorchModel:
    """The model with the head that it has taken off, and with as many rows as fit."""
    found = with_head_settled(model, background.take([0]))
    if not isinstance(found, TorchModel):
        raise RefusalError(f"dream() needs gradients, but {type(found).__name__} is a black box")
    return replace(found, rows=max(1, within_memory(found, background, memory=memory).rows // 2))


def described(objectives: Sequence[Objective]) -> str:
    """What is dreamed of, in words."""
    more = f" and {len(objectives) - 3} more" if len(objectives) > 3 else ""
    return ", ".join(one.name for one in objectives[:3]) + more


def head_words(model: TorchModel) -> str:
    """Whether a head was taken off, as other explanations say it."""
    return model.head if model.head == "none" else f"{model.head} taken off"
