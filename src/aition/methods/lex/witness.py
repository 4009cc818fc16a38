"""Witness: what a fit keeps so that each of its answers shows whether its selection can be believed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.draws import FRESH, uniform
from aition.core.question import Question
from aition.methods.lex.bound import log_mean
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.evaluator import EvalX
from aition.methods.lex.fitted_evaluator import FittedEvalX, nobody
from aition.methods.lex.likelihood import Likelihood, labelled_rows
from aition.methods.lex.outcomes import outcomes_of
from aition.methods.lex.saying import Saying
from aition.methods.lex.selection import Selection
from aition.methods.lex.training import Data, Law
from aition.models.selector import logits_of

FEWEST, MOST, LARGEST = 20, 5_000, 2**14
"""Series that a judge learns from, at least and at most, and cells that a series of them may have."""
HEARD, MASKS = 16, 4
"""Imputations by which a judge hears what the predictor says, and masks that are drawn to be judged."""


@dataclass(frozen=True, eq=False)
class Rival:
    """A selector that was learned from the same series with another seed.

    Args:
        selector: The network that says the logits.
        shift: What is added to all logits.
    """

    selector: nn.Module
    shift: float


@dataclass(frozen=True, eq=False)
class Witness:
    """A judge of what selected values say, and rivals; all empty where a fit was told to keep none.

    Args:
        judge: The network that says how likely an answer is by the values of the selected cells; one or none.
        edges: Where the intervals of values meet, ``[answer, edge]``; without an edge of classes.
        learned: Fingerprints of the series that selector, predictor or judge learned from, int64, ``[series]``.
        rivals: Selectors of other seeds.
        drawn: As the judge, for masks that are drawn in place of those that are shown.
    """

    judge: tuple[FittedEvalX, ...] = ()
    edges: Tensor = field(default_factory=lambda: torch.zeros(1, 0))
    learned: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))
    rivals: tuple[Rival, ...] = ()
    drawn: tuple[FittedEvalX, ...] = ()


def cells_of(selection: Selection, selector: nn.Module, shift: float, batch: Batch, candidates: Candidates) -> Tensor:
    """The cells that a selector shows, ``[sample, time, feature]``, bool."""
    chosen = selection.mode(candidates.pooled(logits_of(selector, batch)) + shift, candidates)
    return shown(chosen, candidates)


def shown(chosen: Tensor, candidates: Candidates) -> Tensor:
    """The selectable cells of the chosen groups ``[sample, group]``, ``[sample, time, feature]``, bool."""
    return candidates.spread(chosen[:, None])[:, 0] & (candidates.group >= 0) & candidates.known


def unfit(batch: Batch) -> str:
    """Why a judge can't learn from series; empty where it can."""
    if len(batch) < FEWEST:
        return f"a judge learns from {FEWEST} series or more, but there are {len(batch)} without those held out"
    if (cells := batch.n_time * batch.n_feature) > LARGEST:
        return f"series have {cells} cells, more than the {LARGEST} that a dense judge takes"
    return ""


def judges_of(
    how: EvalX, law: Law, selector: nn.Module, shift: float, says: Callable[[Data], Saying], learn: Data, held: Data
) -> Witness:
    """Judges that learned from series and from the selector's own masks of them, of those shown and of those drawn.

    Args:
        how: Their settings.
        law: How is selected.
        selector: The network that says the logits.
        shift: What is added to all logits.
        says: From series to what the predictor says of some of their cells.
        learn: Series that the judges will never judge; the first 5,000 are taken.
        held: Series by which one of two is chosen, for each.
    """
    some = learn.take(torch.arange(min(MOST, len(learn))))
    told, asked = says(some), says(held)
    shown_cells = [cells_in(law.selection, selector, shift, part) for part in (some, held)]
    drawn_cells = [drawn_in(law, selector, shift, part, 1)[:, 0] for part in (some, held)]
    one, other = (judge_of(how, told, asked, *cells) for cells in (shown_cells, drawn_cells))
    return Witness((one,), told.edges, fingerprints(learn.batch).unique(), (), (other,))


def judge_of(how: EvalX, told: Saying, asked: Saying, cells: Tensor, apart: Tensor) -> FittedEvalX:
    """A judge that learned from series and masks.

    There are two, of which one begins with what the predictor says; the one goes on that is nearer to what was wanted
    of series that neither predictor nor judge has learned from, under masks that are not theirs. Where the predictor
    has learned the series by heart, or reads masks, the other one can be nearer.

    Args:
        how: Its settings.
        told: What the predictor says of the series that it learns from.
        asked: The same of series by which one of two is chosen.
        cells: Masks of the former, ``[sample, time, feature]``.
        apart: Masks of the latter.
    """
    some, held = told.data, asked.data
    wanted = outcomes_of(some.wanted, told.edges)
    with torch.enable_grad():
        tells = how.telling(some.batch, cells)
        judges = [how.fit_with(tells, some.batch, cells, wanted, says=says) for says in (nobody, told)]
    chance = torch.Generator().manual_seed(how.seed)
    order = torch.randperm(len(held), generator=chance)
    masks = apart[another(order).to(apart.device)] & held.batch.observed & held.batch.cells
    reached = [
        float(one.log_likelihood(held.batch, masks, outcomes_of(held.wanted, told.edges), says=asked.to(one)).mean())
        for one in judges
    ]
    return judges[int(reached[1] >= reached[0])]


def another(order: Tensor) -> Tensor:
    """The series that comes before each in an order, as in a ring: never itself, where there are two or more.

    >>> another(torch.tensor([2, 0, 1])).tolist()  # 2 comes before 0, 0 before 1, and 1 before 2
    [2, 0, 1]
    """
    return order.roll(1)[order.argsort()]


def drawn_in(law: Law, selector: nn.Module, shift: float, data: Data, n_draw: int) -> Tensor:
    """The cells of masks that are drawn and that no step of training has seen, ``[sample, draw, time, feature]``."""
    candidates = data.candidates
    logits = candidates.pooled(logits_of(selector, data.batch)) + shift
    turns = unseen(law.selection, logits, candidates, data.batch.keys, seed=law.seed, n_draw=n_draw)
    return candidates.spread(turns > 0) & ((candidates.group >= 0) & candidates.known)[:, None]


def unseen(
    selection: Selection, logits: Tensor, candidates: Candidates, keys: Tensor, *, seed: int, n_draw: int
) -> Tensor:
    """Subsets that are drawn and that no step of training has seen, as turns, ``[sample, draw, group]``."""
    draw = torch.arange(FRESH, FRESH + n_draw, device=logits.device)[None, :, None]
    group = torch.arange(candidates.n_group, device=logits.device)[None, None]
    noise = uniform(keys[:, None, None], seed, draw, group)
    return selection.turns(selection.perturbed(logits, candidates, noise), candidates)


def of_masks(judge: FittedEvalX, saying: Saying, cells: Tensor) -> tuple[Tensor, Tensor]:
    """The log-likelihood of what is wanted by the mean chance over masks, of the predictor and of the judge.

    Args:
        judge: One that learned from masks that were drawn.
        saying: What the predictor says of the series.
        cells: Masks, ``[sample, draw, time, feature]``.

    Returns:
        Two, ``[sample]`` each, in nats; by the same imputations of the same masks.
    """
    own, values = [], []
    for place in range(cells.shape[1]):
        said = replace(saying, first=place * saying.draws)(cells[:, place])
        heard = said if judge.listens else nobody(cells[:, place])
        own.append(said)
        values.append(judge.log_chances(saying.data.batch, cells[:, place], heard).double())
    one, other = (saying.likelihood(log_mean(torch.stack(each), dim=0)) for each in (own, values))
    return one, other


def cells_in(selection: Selection, selector: nn.Module, shift: float, data: Data) -> Tensor:
    """The cells that a selector shows of many series, ``[sample, time, feature]``, bool."""
    parts = [data.take(rows) for rows in torch.arange(len(data)).split(1024)]
    with torch.no_grad():
        return torch.cat([cells_of(selection, selector, shift, one.batch, one.candidates) for one in parts])


def judgeable(witness: Witness, batch: Batch, question: Question, likelihood: Likelihood, *, labelled: bool) -> Tensor:
    """Which series the judge has not learned from and have the answer that it learned, ``[sample]``, bool.

    Args:
        witness: With a judge.
        batch: Series.
        question: What is asked.
        likelihood: How answers are held to what is wanted.
        labelled: Whether the answers that it learned are labels.
    """
    good = ~torch.isin(fingerprints(batch), witness.learned.to(batch.x.device)) & question.exists.to(batch.x.device)
    if labelled:
        known = torch.zeros_like(good)
        known[labelled_rows(likelihood, question, batch)] = True
        good = good & known
    return good


def overlap_of(selected: Tensor, others: Sequence[Tensor]) -> Tensor:
    """Mean overlap (Jaccard) of each series' cells with those of others, ``[sample]``; of two empty ones 1.

    >>> one = torch.tensor([[[True, True, False]]])
    >>> overlap_of(one, [one, torch.tensor([[[False, True, True]]])])
    tensor([0.6667])
    """
    rows = selected.flatten(1)
    each = []
    for other in others:
        both, either = (rows & other.flatten(1)).sum(dim=1), (rows | other.flatten(1)).sum(dim=1)
        each.append(torch.where(either > 0, both / either.clamp(min=1), 1.0))
    return torch.stack(each).mean(dim=0)


def fingerprints(batch: Batch) -> Tensor:
    """A number for the observed values of each series, whatever its padding, ``[sample]``, int64."""
    seen = batch.observed & batch.cells
    values = batch.x.detach().masked_fill(~seen, 0).float().cpu().numpy()
    there, start, length = seen.cpu().numpy(), batch.start.tolist(), batch.lengths.tolist()
    found = []
    for row, (first, size) in enumerate(zip(start, length, strict=True)):
        digest = hashlib.sha256(np.ascontiguousarray(values[row, first : first + size]).tobytes())
        digest.update(np.ascontiguousarray(there[row, first : first + size]).tobytes())
        found.append(int.from_bytes(digest.digest()[:8], "little", signed=True))
    return torch.tensor(found, dtype=torch.int64, device=batch.x.device)
