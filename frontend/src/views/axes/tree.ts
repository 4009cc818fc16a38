/** A hierarchy: which leaves are one group after so many joins, and where each stands in the drawing. Knows no page. */

export interface Tree {
  /** The merge that joined each leaf first; -1 where none did. */
  readonly leaf: Int32Array;
  /** The later merge that joined what each merge made; -1 where none did. */
  readonly merge: Int32Array;
  readonly leafScore: Float32Array;
  readonly mergeScore: Float32Array;
}

/** Leaves are numbered first, then merges. */
export type Node = number;

export function nodes(of: Tree): number {
  return of.leaf.length + of.merge.length;
}

export function scoreOf(of: Tree, node: Node): number {
  const n = of.leaf.length;
  return node < n ? of.leafScore[node] : of.mergeScore[node - n];
}

/** The group that each leaf is in after so many joins. */
export function ownersAt(of: Tree, step: number): Int32Array {
  const n = of.leaf.length;
  return Int32Array.from(of.leaf, (joined, leaf) => {
    let [owner, next] = [leaf, joined];
    while (next >= 0 && next < step) [owner, next] = [n + next, of.merge[next]];
    return owner;
  });
}

/** The first step from the middle on at which at most so many groups are left; before the last join, which has all. */
export function stepOf(of: Tree, most: number): number {
  let low = Math.ceil(of.merge.length / 2);
  let high = Math.max(low, of.merge.length - 1);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (new Set(ownersAt(of, middle)).size > most) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What stands directly under each merge. */
export function under(of: Tree): readonly (readonly Node[])[] {
  const found: Node[][] = Array.from(of.merge, () => []);
  of.leaf.forEach((joined, leaf) => {
    if (joined >= 0) found[joined].push(leaf);
  });
  of.merge.forEach((joined, merge) => {
    if (joined >= 0) found[joined].push(of.leaf.length + merge);
  });
  return found;
}

/**
 * Places of all nodes from left to right, so that no two branches cross: a leaf at each whole number, what a merge
 * made in the middle above.
 *
 * Args:
 *   by: Of each leaf, what orders it among its neighbours.
 */
export function placesOf(of: Tree, by: ArrayLike<number>): Float64Array {
  const n = of.leaf.length;
  const below = under(of);
  const [sum, size] = [new Float64Array(nodes(of)), new Float64Array(nodes(of))];
  for (let leaf = 0; leaf < n; leaf++) [sum[leaf], size[leaf]] = [by[leaf], 1];
  below.forEach((parts, merge) => {
    for (const one of parts) {
      sum[n + merge] += sum[one];
      size[n + merge] += size[one];
    }
  });
  const places = new Float64Array(nodes(of)).fill(NaN);
  let next = 0;
  const order = (x: Node, y: Node) => sum[x] / size[x] - sum[y] / size[y] || x - y;
  const roots: Node[] = [];
  of.leaf.forEach((joined, leaf) => joined < 0 && roots.push(leaf));
  of.merge.forEach((joined, merge) => joined < 0 && size[n + merge] > 0 && roots.push(n + merge));
  // A chain of merges is as deep as there are leaves: a stack of our own does not overflow.
  const stack = roots.sort(order).reverse();
  while (stack.length) {
    const node = stack.pop() as Node;
    if (node < n) places[node] = next++;
    else stack.push(...[...below[node - n]].sort(order).reverse());
  }
  below.forEach((parts, merge) => {
    const there = parts.map((one) => places[one]).filter(Number.isFinite);
    if (there.length) places[n + merge] = (Math.min(...there) + Math.max(...there)) / 2;
  });
  return places;
}

/** How many leaves a node has. */
export function leavesOf(of: Tree, node: Node): readonly number[] {
  const n = of.leaf.length;
  const below = under(of);
  const found: number[] = [];
  const stack = [node];
  while (stack.length) {
    const one = stack.pop() as Node;
    if (one < n) found.push(one);
    else stack.push(...below[one - n]);
  }
  return found.sort((x, y) => x - y);
}

/** The size that most scores do not exceed. */
export function reachOf(...scores: readonly ArrayLike<number>[]): number {
  let most = 0;
  for (const some of scores)
    for (let i = 0; i < some.length; i++) if (Number.isFinite(some[i])) most = Math.max(most, Math.abs(some[i]));
  return most || 1;
}
