"""Sums of small trees as tensors, so that they are kept and read without the package that grew them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from aition.core.errors import MissingExtraError, ModelError
from aition.distill.tensors import check_tensor

LEAF = -1
DEEPEST = 500
"""Questions that may follow one another; a tree that is told has an indented line for each."""


@dataclass(frozen=True, eq=False)
class TreeSum:
    """What several trees answer, added up.

    Args:
        root: Node at which each tree begins, ``[tree]``.
        feature: What each node asks for, ``[node]``; -1 at a leaf.
        threshold: Not above it goes to the left, ``[node]``.
        left: Next node, ``[node]``.
        right: Next node, ``[node]``.
        value: What a leaf adds, ``[node, output]``: a value, or the share of each class.

    Raises:
        ModelError: They are no trees.
    """

    kind: ClassVar[str] = "trees"
    root: Tensor
    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    value: Tensor

    def __post_init__(self) -> None:
        n_node = len(self.feature)
        for name in ("feature", "left", "right"):
            check_tensor(name, getattr(self, name), (n_node,), whole=True)
        check_tensor("root", self.root, (-1,), whole=True)
        check_tensor("threshold", self.threshold, (n_node,), whole=False)
        check_tensor("value", self.value, (n_node, -1), whole=False)
        if not (len(self.root) and self.value.shape[1] and bool((self.feature >= LEAF).all())):
            raise ModelError("trees must have a root and an answer, and ask for what is read, from 0")
        inner = (self.feature != LEAF).nonzero()[:, 0]
        ways = torch.stack([self.left, self.right])[:, inner]
        if not bool(((ways > inner) & (ways < n_node)).all() and ((self.root >= 0) & (self.root < n_node)).all()):
            raise ModelError("nodes of a tree must lead to later nodes, so that it ends, but one does not")
        if not bool((torch.bincount(torch.cat([self.root, ways.flatten()]), minlength=n_node) == 1).all()):
            raise ModelError("nodes of a tree must be led to once, or be a root, but one is not")
        at = self.root
        for _ in range(DEEPEST):
            at = at[self.feature[at] != LEAF]
            at = torch.cat([self.left[at], self.right[at]])
        if len(at):
            raise ModelError(f"a tree must ask {DEEPEST} questions at most one after another, but one asks more")

    def __call__(self, read: Tensor) -> Tensor:
        """Values ``[sample]``, or scores of classes ``[sample, class]``."""
        table = read.double()
        at = self.root.expand(len(table), -1)
        while bool((inner := self.feature[at] != LEAF).any()):
            asked = table.gather(1, self.feature[at].clamp(min=0))
            at = torch.where(inner, torch.where(asked <= self.threshold[at], self.left[at], self.right[at]), at)
        sums = self.value[at].sum(dim=1)
        return sums[:, 0] if sums.shape[1] == 1 else sums

    def describe(self, names: Sequence[str]) -> str:
        """Every tree as questions, indented."""
        lines: list[str] = []
        for place, root in enumerate(self.root.tolist()):
            lines.append(f"{'+ ' if place else ''}tree {place + 1}")
            lines += self.told(root, names)
        return "\n".join(lines)

    def told(self, root: int, names: Sequence[str]) -> list[str]:
        """A tree, a line for each node and each other way."""
        lines: list[str] = []
        left: list[tuple[int, str, int]] = [(1, "", root)]
        while left:
            depth, words, node = left.pop()
            room = "  " * depth
            if words:
                lines.append(f"{room}{words}")
                continue
            feature = int(self.feature[node])
            if feature == LEAF:
                lines.append(f"{room}{', '.join(f'{one:+.4g}' for one in self.value[node].tolist())}")
                continue
            lines.append(f"{room}if {names[feature]} <= {float(self.threshold[node]):.4g}")
            yes, no = int(self.left[node]), int(self.right[node])
            left += [(depth + 1, "", no), (depth, "else", no), (depth + 1, "", yes)]
        return lines

    def tensors(self) -> dict[str, Tensor]:
        names = ("root", "feature", "threshold", "left", "right", "value")
        return {name: getattr(self, name) for name in names}


def grown(read: Tensor, answer: Tensor, *, n_rule: int) -> TreeSum:
    """Grow a sum of trees by imodels.

    Args:
        read: ``[sample, read]``.
        answer: ``[sample]``, values (floating) or classes (whole).
        n_rule: Splits in all, at most.

    Raises:
        MissingExtraError: imodels is not installed.
    """
    regressor, classifier = growers()
    table = read.double().numpy()
    if answer.is_floating_point():
        forest = regressor(max_rules=n_rule, random_state=0).fit(table, answer.numpy())
        columns, mean = [0], [float(answer.double().mean())]
    else:
        # A leaf of imodels has a share for each class that there is, and says nowhere which these are.
        present, coded = answer.unique(return_inverse=True)
        forest = classifier(max_rules=n_rule, random_state=0).fit(table, coded.numpy())
        columns, mean = present.tolist(), (coded.bincount().double() / len(coded)).tolist()
    nodes: list[tuple[int, float, int, int, list[float]]] = []
    roots = [laid(tree, nodes) for tree in forest.trees_]
    if not roots:
        roots, nodes = [0], [(LEAF, 0.0, 0, 0, mean)]
    feature, threshold, left, right, value = zip(*nodes, strict=True)
    whole = torch.zeros(len(nodes), max(columns) + 1, dtype=torch.float64)
    whole[:, columns] = torch.tensor(value, dtype=torch.float64)
    return TreeSum(
        root=torch.tensor(roots),
        feature=torch.tensor(feature),
        threshold=torch.tensor(threshold, dtype=torch.float64),
        left=torch.tensor(left),
        right=torch.tensor(right),
        value=whole,
    )


def growers() -> tuple[Any, Any]:
    """What grows sums of trees for values, and for classes.

    Raises:
        MissingExtraError: imodels is not installed.
    """
    try:
        from imodels import FIGSClassifier, FIGSRegressor
    except ImportError as error:
        raise MissingExtraError(
            f"rules need imodels, which can't be imported ({error}); install it by: pip install 'aition[distill]'"
        ) from error
    return FIGSRegressor, FIGSClassifier


def laid(node: Any, nodes: list[tuple[int, float, int, int, list[float]]]) -> int:
    """Append a node and what is below it; its place."""
    place = len(nodes)
    if node.left is None or node.right is None:
        nodes.append((LEAF, 0.0, place, place, [float(one) for one in node.value.reshape(-1)]))
        return place
    nodes.append((LEAF, 0.0, place, place, []))
    left, right = laid(node.left, nodes), laid(node.right, nodes)
    nodes[place] = (int(node.feature), float(node.threshold), left, right, [0.0] * len(nodes[left][4]))
    return place
