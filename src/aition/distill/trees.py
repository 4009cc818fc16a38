"""Sums of small trees as tensors, so that they are kept and read without the package that grew them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from aition.core.errors import MissingExtraError, ModelError

LEAF = -1


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
        inner = (self.feature != LEAF).nonzero()[:, 0]
        ways = torch.stack([self.left, self.right])[:, inner]
        if not bool(((ways > inner) & (ways < n_node)).all() and ((self.root >= 0) & (self.root < n_node)).all()):
            raise ModelError("nodes of a tree must lead to later nodes, so that it ends, but one does not")

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
            lines += self.told(root, names, 1)
        return "\n".join(lines)

    def told(self, node: int, names: Sequence[str], depth: int) -> list[str]:
        """One node and what is below it, a line each."""
        room = "  " * depth
        if int(self.feature[node]) == LEAF:
            value = self.value[node].tolist()
            return [f"{room}{', '.join(f'{one:+.4g}' for one in value)}"]
        asked = f"{names[int(self.feature[node])]} <= {float(self.threshold[node]):.4g}"
        yes, no = (self.told(int(way[node]), names, depth + 1) for way in (self.left, self.right))
        return [f"{room}if {asked}", *yes, f"{room}else", *no]

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
    try:
        from imodels import FIGSClassifier, FIGSRegressor
    except ImportError as error:
        raise MissingExtraError(
            f"rules need imodels, which can't be imported ({error}); install it by: pip install 'aition[distill]'"
        ) from error
    kind = FIGSRegressor if answer.is_floating_point() else FIGSClassifier
    forest = kind(max_rules=n_rule, random_state=0).fit(read.double().numpy(), answer.numpy())
    nodes: list[tuple[int, float, int, int, list[float]]] = []
    roots = [laid(tree, nodes) for tree in forest.trees_]
    if not roots:
        classes = torch.nn.functional.one_hot(answer) if answer.dtype == torch.int64 else answer[:, None]
        roots, nodes = [0], [(LEAF, 0.0, 0, 0, classes.double().mean(dim=0).tolist())]
    feature, threshold, left, right, value = zip(*nodes, strict=True)
    return TreeSum(
        root=torch.tensor(roots),
        feature=torch.tensor(feature),
        threshold=torch.tensor(threshold, dtype=torch.float64),
        left=torch.tensor(left),
        right=torch.tensor(right),
        value=torch.tensor(value, dtype=torch.float64),
    )


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
