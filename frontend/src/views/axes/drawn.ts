/** The tree of a hierarchy, and the measurements under it. */

import { type Palette, placeOf } from "../../colour";
import { text } from "../../parts/Canvas";
import type { CubeSpec } from "../../types";
import { cellOf, clip, drawSteps, LABEL } from "../sequence/heat";
import type { Extent } from "./ask";
import { scoreOf, type Tree } from "./tree";

export const FEATURE_ROW = 17;
const AXIS = 16;
const AROUND = 10;

export interface Drawn {
  readonly tree: Tree;
  /** Group, step and feature of each cell. */
  readonly cells: Int32Array;
  readonly extents: readonly Extent[];
  readonly places: Float64Array;
  readonly step: number;
  /** The group of each leaf at the step. */
  readonly owners: Int32Array;
  readonly nStep: number;
  readonly reach: number;
  /** Features that have a cell. */
  readonly rows: readonly number[];
  readonly names: readonly string[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function rowsOf(extents: readonly Extent[]): readonly number[] {
  return [...new Set(extents.flatMap((one) => one.features))].sort((x, y) => x - y);
}

export function colourOf(palette: Palette, share: number): string {
  const at = placeOf(Number.isFinite(share) ? share : 0);
  return `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
}

/** Where a node stands: leaves at the bottom, what each join made one level higher. */
function layout(of: Drawn, width: number, height: number) {
  const n = of.tree.leaf.length;
  const across = (width - 2 * AROUND) / Math.max(n - 1, 1);
  const up = (height - 2 * AROUND) / Math.max(of.tree.merge.length, 1);
  return {
    x: (node: number) => (n > 1 ? AROUND + of.places[node] * across : width / 2),
    y: (node: number) => height - AROUND - (node < n ? 0 : node - n + 1) * up,
    level: (step: number) => height - AROUND - (step + 0.5) * up,
  };
}

export function drawTree(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Palette,
  of: Drawn,
  cursor: number | null,
): void {
  const { tree, step, reach } = of;
  const n = tree.leaf.length;
  const at = layout(of, width, height);
  const above = (node: number) => (node < n ? tree.leaf[node] : tree.merge[node - n]);
  context.fillStyle = palette.well;
  context.fillRect(0, 0, width, at.level(step));
  context.lineWidth = 1.25;
  context.lineJoin = "round";
  const all = n + tree.merge.length;
  for (let node = 0; node < all; node++) {
    const to = above(node);
    if (to < 0 || !Number.isFinite(of.places[node])) continue;
    context.globalAlpha = to < step ? 1 : 0.3;
    context.strokeStyle = palette.soft;
    context.beginPath();
    context.moveTo(at.x(node), at.y(node));
    context.lineTo(at.x(node), at.y(n + to));
    context.lineTo(at.x(n + to), at.y(n + to));
    context.stroke();
  }
  const now = new Set(of.owners);
  const size = Math.max(2.5, Math.min(5, (width - 2 * AROUND) / Math.max(n, 1) / 2.4));
  for (let node = 0; node < all; node++) {
    if (!Number.isFinite(of.places[node])) continue;
    const isNow = now.has(node);
    context.globalAlpha = node - n < step ? 1 : 0.35;
    context.fillStyle = colourOf(palette, scoreOf(tree, node) / reach);
    context.strokeStyle = isNow ? palette.ink : palette.faint;
    context.lineWidth = isNow ? 1.5 : 0.75;
    context.beginPath();
    context.arc(at.x(node), at.y(node), isNow ? size + 1 : size, 0, 7);
    context.fill();
    context.stroke();
  }
  context.globalAlpha = 1;
  if (cursor !== null && Number.isFinite(of.places[cursor])) {
    context.strokeStyle = palette.mark;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(at.x(cursor), at.y(cursor), size + 4, 0, 7);
    context.stroke();
  }
  context.fillStyle = palette.mark;
  context.fillRect(0, Math.round(at.level(step)), width, 1);
}

/** The node nearest to a place; null where none is near. */
export function nodeAt(of: Drawn, { x, y, width, height }: Place): number | null {
  const at = layout(of, width, height);
  let best: number | null = null;
  let near = 14 * 14;
  for (let node = 0; node < of.places.length; node++) {
    const apart = (at.x(node) - x) ** 2 + (at.y(node) - y) ** 2;
    if (apart < near) [best, near] = [node, apart];
  }
  return best;
}

/** By row and step, the group there; -1 where there is none, the strongest where there are several. */
export function ownerMap(of: Drawn): Int32Array {
  const row = new Map(of.rows.map((feature, k) => [feature, k]));
  const map = new Int32Array(of.rows.length * of.nStep).fill(-1);
  for (let i = 0; i < of.cells.length; i += 3) {
    const [step, k] = [of.cells[i + 1], row.get(of.cells[i + 2]) as number];
    if (step < 0 || step >= of.nStep) continue;
    const [here, next] = [map[k * of.nStep + step], of.owners[of.cells[i]]];
    if (here < 0 || Math.abs(scoreOf(of.tree, next)) > Math.abs(scoreOf(of.tree, here)))
      map[k * of.nStep + step] = next;
  }
  return map;
}

export function drawCells(
  context: CanvasRenderingContext2D,
  width: number,
  _height: number,
  palette: Palette,
  of: Drawn,
  spec: CubeSpec,
): void {
  const described = { ...spec, n_step: of.nStep, align: "start" as const };
  const cell = cellOf(described, of.nStep, width);
  const map = ownerMap(of);
  const at = (k: number, t: number) =>
    k >= 0 && k < of.rows.length && t >= 0 && t < of.nStep ? map[k * of.nStep + t] : -1;
  of.rows.forEach((feature, k) => {
    const y = AXIS + k * FEATURE_ROW;
    text(context, 11, palette.soft);
    context.fillText(
      clip(context, (of.names[feature] ?? `${feature}`).replaceAll("_", " "), LABEL - 8),
      0,
      y + FEATURE_ROW / 2,
    );
    context.fillStyle = palette.well;
    context.fillRect(LABEL, y, of.nStep * cell, FEATURE_ROW - 2);
    for (let t = 0; t < of.nStep; t++) {
      if (at(k, t) < 0) continue;
      context.fillStyle = colourOf(palette, scoreOf(of.tree, at(k, t)) / of.reach);
      context.fillRect(LABEL + t * cell, y, cell + 0.5, FEATURE_ROW - 2);
    }
  });
  context.fillStyle = palette.ink;
  for (let k = 0; k < of.rows.length; k++)
    for (let t = 0; t < of.nStep; t++) {
      const here = at(k, t);
      if (here < 0) continue;
      const [x, y] = [LABEL + t * cell, AXIS + k * FEATURE_ROW];
      const tall = at(k + 1, t) === here ? FEATURE_ROW : FEATURE_ROW - 2;
      if (at(k, t - 1) !== here) context.fillRect(x, y, 1, tall);
      if (at(k, t + 1) !== here) context.fillRect(x + cell - 1, y, 1, tall);
      if (at(k - 1, t) !== here) context.fillRect(x, y, cell, 1);
      if (at(k + 1, t) !== here) context.fillRect(x, y + FEATURE_ROW - 3, cell, 1);
    }
  context.save();
  drawSteps(context, width, AXIS - 2, palette, described, of.nStep);
  context.restore();
}

/** The group of the cell at a place. */
export function cellAt(of: Drawn, { x, y, width }: Place): number | null {
  const step = Math.floor((x - LABEL) / ((width - LABEL) / Math.max(of.nStep, 1)));
  const row = Math.floor((y - AXIS) / FEATURE_ROW);
  if (step < 0 || step >= of.nStep || row < 0 || row >= of.rows.length) return null;
  const found = ownerMap(of)[row * of.nStep + step];
  return found < 0 ? null : found;
}
