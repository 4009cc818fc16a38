"""Which subsets, budgets, selectors and warmth go together."""

from aition.core.errors import InputError
from aition.methods.lex.budget import Budget, Coherence, Free
from aition.methods.lex.selection import Bernoulli, ExactK, Selection
from aition.models.selector import Body


def check_agreement(selection: Selection, budget: Budget, selector: Body, warmth: float) -> None:
    """Raise unless a distribution over subsets, its budget, the network that says the logits and warmth agree.

    Raises:
        InputError: Two of them contradict each other.
    """
    if isinstance(budget, Free) and not selection.bounded:
        raise InputError(
            f"{type(selection).__name__} selects everything where that costs nothing; take "
            "budget=Rate(0.1), or selection=ExactK(5)"
        )
    if isinstance(selection, ExactK) and not isinstance(budget, Free):
        raise InputError(f"ExactK selects {selection.k} groups whatever they cost; take budget=Free(), or Bernoulli()")
    if isinstance(budget, Coherence) and not isinstance(selection, Bernoulli):
        raise InputError(
            "Coherence counts the breaks of groups that are selected independently, but those of "
            f"{type(selection).__name__} are not; take Bernoulli(), or another budget"
        )
    if selector.causal and not selection.causal:
        raise InputError(
            f"the selector is causal, but {type(selection).__name__} looks at the logits of all steps before "
            "it selects one; take AtMostK(5, among=100), or Bernoulli() with budget=Rate(0.05)"
        )
    if warmth and isinstance(selection, ExactK):
        raise InputError(
            "warmth goes up the gradient of the chances that groups are selected, and those of ExactK have none; take "
            "warmth=0, or Bernoulli() with budget=Rate(0.1)"
        )
