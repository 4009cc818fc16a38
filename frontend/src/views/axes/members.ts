/** Where groups lie, which act together, and what of a group can be selected in other views. */

import type { Palette } from "../../colour";
import { text, turned } from "../../parts/Canvas";
import type { CubeSpec, Selection } from "../../types";
import { stepsOf } from "../../words";
import { cellOf, clip, clipApart, drawSteps, LABEL } from "../sequence/heat";
import type { Extent, GroupsMeta } from "./ask";
import { colourOf, FEATURE_ROW } from "./drawn";

const AXIS = 16;

export interface Grouped {
  readonly meta: GroupsMeta;
  /** Place among the groups, step and feature of each cell. */
  readonly cells: Int32Array;
  readonly names: readonly string[];
  /** What is shown: of the chosen sequence, else the mean. */
  readonly score: Float32Array;
  readonly mean: Float32Array | null;
  readonly half: Float32Array | null;
  readonly own: Float32Array | null;
  /** Of the first groups, `[group, group]`. */
  readonly between: Float32Array | null;
  readonly reach: number;
  readonly reachBetween: number;
  /** The place of the chosen group; -1 where it is not among these. */
  readonly chosen: number | null;
}

/** The features and times of a group as a selection, or why it is none. */
export function narrowed(meta: GroupsMeta, extent: Extent, spec: CubeSpec): Selection | string {
  if (!spec.features.length) return "This run has no other views to narrow.";
  if (!meta.comparable) return "Groups differ from sequence to sequence: none can be selected for all.";
  if (!extent.n_cell) return "The run does not say where this group lies.";
  if (!extent.is_box) return "This group is no block of features and times, so it cannot be selected in other views.";
  if (spec.align === "end") return "Count time from the start to select a group.";
  const nTime = spec.time_edges.length + 1;
  const bins = Array.from({ length: nTime }, (_, bin) => bin).filter((bin) => {
    const [from, to] = stepsOf(spec, bin);
    return from <= extent.last && to >= extent.first;
  });
  const whole = bins.length === nTime;
  const [first, last] = [bins[0], bins[bins.length - 1]];
  if (stepsOf(spec, first)[0] !== extent.first || (!whole && stepsOf(spec, last)[1] !== extent.last))
    return "This group begins or ends within a span of time that is counted together, so it cannot be selected.";
  const values = extent.features.flatMap((f) => [...spec.features[f].labels, ""].map((_, bin) => [f, bin] as const));
  return { values, ...(whole ? {} : { time: [first, last] as const }) };
}

function place(of: Grouped, spec: CubeSpec | null, width: number) {
  const n = of.meta.n_step;
  return { n, cell: spec ? cellOf({ ...spec, n_step: n }, n, width) : (width - LABEL) / Math.max(n, 1) };
}

/** The group whose cell is at a place: the chosen one where it has it, else the strongest. */
export function groupAt(of: Grouped, width: number, x: number, y: number): number | null {
  const { cell } = place(of, null, width);
  const [step, feature] = [Math.floor((x - LABEL) / cell), Math.floor((y - AXIS) / FEATURE_ROW)];
  let found: number | null = null;
  for (let i = 0; i < of.cells.length; i += 3) {
    if (of.cells[i + 1] !== step || of.cells[i + 2] !== feature) continue;
    if (of.cells[i] === of.chosen) return of.chosen;
    found ??= of.cells[i];
  }
  return found;
}

export function drawMembers(
  context: CanvasRenderingContext2D,
  width: number,
  _height: number,
  palette: Palette,
  of: Grouped,
  spec: CubeSpec,
): void {
  const { n, cell } = place(of, spec, width);
  of.meta.feature_names.forEach((name, f) => {
    const y = AXIS + f * FEATURE_ROW;
    text(context, 11, palette.soft);
    context.fillText(clip(context, name.replaceAll("_", " "), LABEL - 8), 0, y + FEATURE_ROW / 2);
    context.fillStyle = palette.well;
    context.fillRect(LABEL, y, n * cell, FEATURE_ROW - 2);
  });
  const isChosen = of.chosen !== null && of.chosen >= 0;
  const painted = new Set<number>();
  const key = (step: number, feature: number) => feature * n + step;
  for (let i = 0; i < of.cells.length; i += 3) {
    const [group, step, feature] = of.cells.subarray(i, i + 3);
    if (step < 0 || step >= n || painted.has(key(step, feature))) continue;
    if (isChosen && group !== of.chosen) continue;
    painted.add(key(step, feature));
    context.fillStyle = colourOf(palette, of.score[group] / of.reach);
    fillCell(context, step, feature, cell);
  }
  if (isChosen) {
    context.globalAlpha = 0.25;
    for (let i = 0; i < of.cells.length; i += 3) {
      const [group, step, feature] = of.cells.subarray(i, i + 3);
      if (group === of.chosen || painted.has(key(step, feature))) continue;
      context.fillStyle = colourOf(palette, of.score[group] / of.reach);
      fillCell(context, step, feature, cell);
    }
    context.globalAlpha = 1;
    outline(context, palette, of, cell);
  }
  drawSteps(context, width, AXIS - 2, palette, { ...spec, n_step: n }, n);
}

/** A cell between whole pixels, so that neighbours leave no seam. */
function fillCell(context: CanvasRenderingContext2D, step: number, feature: number, cell: number): void {
  const [from, to] = [Math.round(LABEL + step * cell), Math.round(LABEL + (step + 1) * cell)];
  context.fillRect(from, AXIS + feature * FEATURE_ROW, Math.max(to - from, 1), FEATURE_ROW - 2);
}

function outline(context: CanvasRenderingContext2D, palette: Palette, of: Grouped, cell: number): void {
  const own = new Set<string>();
  for (let i = 0; i < of.cells.length; i += 3)
    if (of.cells[i] === of.chosen) own.add(`${of.cells[i + 1]} ${of.cells[i + 2]}`);
  context.fillStyle = palette.mark;
  for (const one of own) {
    const [step, feature] = one.split(" ").map(Number);
    const [x, y] = [LABEL + step * cell, AXIS + feature * FEATURE_ROW];
    const has = (t: number, f: number) => own.has(`${t} ${f}`);
    const tall = has(step, feature + 1) ? FEATURE_ROW : FEATURE_ROW - 2;
    if (!has(step - 1, feature)) context.fillRect(x, y, 1.5, tall);
    if (!has(step + 1, feature)) context.fillRect(x + cell - 1.5, y, 1.5, tall);
    if (!has(step, feature - 1)) context.fillRect(x, y, cell, 1.5);
    if (!has(step, feature + 1)) context.fillRect(x, y + FEATURE_ROW - 3.5, cell, 1.5);
  }
}

const NAMES = 120;

function square(n: number, width: number, height: number) {
  const size = Math.max(0, Math.min(width - NAMES, height - NAMES));
  return { size, cell: size / Math.max(n, 1) };
}

export function pairAt(
  n: number,
  width: number,
  height: number,
  x: number,
  y: number,
): readonly [number, number] | null {
  const { cell } = square(n, width, height);
  const [row, column] = [Math.floor((y - NAMES) / cell), Math.floor((x - NAMES) / cell)];
  return row >= 0 && row < n && column >= 0 && column < n ? [row, column] : null;
}

export function drawMatrix(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Palette,
  of: Grouped,
  cursor: readonly [number, number] | null,
): void {
  const n = Math.round(Math.sqrt(of.between?.length ?? 0));
  const { cell } = square(n, width, height);
  const gap = cell >= 7 ? 1 : 0;
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) {
      const [x, y] = [NAMES + column * cell, NAMES + row * cell];
      const share =
        row === column ? of.score[row] / of.reach : (of.between?.[row * n + column] ?? NaN) / of.reachBetween;
      context.fillStyle = Number.isFinite(share) ? colourOf(palette, share) : palette.well;
      context.fillRect(x, y, cell - gap, cell - gap);
      if (row !== column) continue;
      context.strokeStyle = palette.faint;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, cell - gap - 1, cell - gap - 1);
    }
  text(context, 11, palette.soft, "right", 400);
  const labels = clipApart(context, of.names.slice(0, n), NAMES - 10);
  for (let k = 0; k < n; k++) {
    if (cell < 9 && k % Math.ceil(11 / cell)) continue;
    const middle = NAMES + (k + 0.5) * cell;
    const here = of.chosen === k;
    text(context, 11, here ? palette.ink : palette.soft, "right", here ? 600 : 400);
    context.fillText(labels[k], NAMES - 6, middle);
    turned(context, middle, NAMES - 6, -Math.PI / 2, () => {
      text(context, 11, here ? palette.ink : palette.soft, "left", here ? 600 : 400);
      context.fillText(labels[k], 0, 0);
    });
  }
  if (!cursor) return;
  context.strokeStyle = palette.ink;
  context.lineWidth = 1.5;
  context.strokeRect(NAMES + cursor[1] * cell - 0.5, NAMES + cursor[0] * cell - 0.5, cell, cell);
}
