/** A sequence as rows of features: colour is what a measurement added, the line its value. */

import type { Palette } from "../../colour";
import { text } from "../../parts/Canvas";
import { dots } from "../../parts/heat";
import { looked } from "../../state";
import type { CubeSpec, Range } from "../../types";
import { capital, featureName, number } from "../../words";
import { ticks } from "../ticks";

/** Kept free for names, on the left. */
export const LABEL = 104;
export const HEAT_ROW = 17;

export interface Heat {
  readonly n: number;
  readonly times: ArrayLike<number>;
  /** Both `[step, feature]`. */
  readonly value: Float32Array;
  readonly colour: Float32Array;
  /** Features, from the top. */
  readonly order: readonly number[];
  readonly reach: number;
  /** Steps whose value is not what was measured. */
  readonly edited?: (feature: number, step: number) => boolean;
  readonly chosen?: { readonly feature: number; readonly steps: Range } | null;
}

export function cellOf(spec: CubeSpec, n: number, width: number): number {
  return (width - LABEL) / Math.max(spec.n_step, n, 1);
}

/** The feature and the step at a place; null beside the cells. */
export function heatAt(
  spec: CubeSpec,
  of: Heat,
  width: number,
  x: number,
  y: number,
): { feature: number; step: number } | null {
  const step = Math.floor((x - LABEL) / cellOf(spec, of.n, width));
  const feature = of.order[Math.floor(y / HEAT_ROW)];
  return feature !== undefined && step >= 0 && step < of.n ? { feature, step } : null;
}

/** The step whose column is nearest to a place. */
export function nearestStep(spec: CubeSpec, of: Pick<Heat, "n">, width: number, x: number): number {
  return Math.max(0, Math.min(of.n - 1, Math.floor((x - LABEL) / cellOf(spec, of.n, width))));
}

export function drawHeat(
  context: CanvasRenderingContext2D,
  width: number,
  colours: Palette,
  spec: CubeSpec,
  of: Heat,
): void {
  const nFeature = spec.features.length;
  const { n, order, reach } = of;
  const cell = cellOf(spec, n, width);
  const image = dots(n, order.length, colours, (row, step, out) => {
    const at = of.colour[step * nFeature + order[row]];
    if (!Number.isFinite(at)) return;
    out[0] = at / reach;
    out[1] = Number.isFinite(of.value[step * nFeature + order[row]]) ? 1 : 0.55;
  });
  context.imageSmoothingEnabled = false;
  const wide = n * cell;
  context.drawImage(image, 0, 0, n, order.length, LABEL, 0, wide, order.length * HEAT_ROW);
  order.forEach((feature, row) => {
    const y = row * HEAT_ROW;
    context.fillStyle = colours.panel;
    context.fillRect(LABEL, y + HEAT_ROW - 2, width - LABEL, 2);
    context.fillStyle = colours.well;
    context.fillRect(LABEL + wide, y, width - LABEL - wide, HEAT_ROW - 2);
    if (cell >= ROOMY) numbers(context, colours, of, nFeature, feature, y, cell);
    else course(context, colours, of, nFeature, feature, y, cell);
    if (of.edited) markEdits(context, colours, of, feature, y, cell);
    const at = looked.value.feature === feature;
    text(context, 11, at ? colours.ink : colours.soft, "left", at ? 600 : 400);
    context.fillText(clip(context, featureName(spec, feature), LABEL - 8), 0, y + HEAT_ROW / 2 - 0.5);
  });
  const time = looked.value.time;
  if (time !== null && time < n) {
    context.strokeStyle = colours.ink;
    context.lineWidth = 1;
    context.globalAlpha = 0.5;
    context.strokeRect(Math.round(LABEL + time * cell) - 0.5, 0, Math.max(cell, 1), order.length * HEAT_ROW - 2);
    context.globalAlpha = 1;
  }
  if (of.chosen) frame(context, colours, of, of.chosen.feature, of.chosen.steps, cell);
}

/** Cells from this width on hold their number. */
const ROOMY = 26;
/** Measurements that lie farther apart are not joined. */
const JOINED = 6;

/** A number in as many digits, three at most, as there is room for. */
function fitting(context: CanvasRenderingContext2D, value: number, width: number): string {
  const said = [3, 2, 1].map((digits) => number(value, digits));
  return said.find((one) => context.measureText(one).width <= width) ?? said[2];
}

function numbers(
  context: CanvasRenderingContext2D,
  colours: Palette,
  of: Heat,
  nFeature: number,
  feature: number,
  y: number,
  cell: number,
): void {
  for (let t = 0; t < of.n; t++) {
    const i = t * nFeature + feature;
    const [value, strong] = [of.value[i], Math.abs(of.colour[i]) > 0.55 * of.reach];
    const there = Number.isFinite(value);
    text(context, 10, there ? (strong ? colours.panel : colours.ink) : colours.faint, "center");
    context.fillText(there ? fitting(context, value, cell - 3) : "·", LABEL + (t + 0.5) * cell, y + HEAT_ROW / 2 - 0.5);
  }
}

function course(
  context: CanvasRenderingContext2D,
  colours: Palette,
  of: Heat,
  nFeature: number,
  feature: number,
  y: number,
  cell: number,
): void {
  let [low, high] = [Infinity, -Infinity];
  for (let t = 0; t < of.n; t++) {
    const value = of.value[t * nFeature + feature];
    if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  const at = (value: number) =>
    high > low ? y + HEAT_ROW - 5 - ((value - low) / (high - low)) * (HEAT_ROW - 8) : y + HEAT_ROW / 2 - 1;
  context.fillStyle = context.strokeStyle = colours.ink;
  context.lineWidth = 1;
  for (let t = 0, before = -JOINED - 1; t < of.n; t++) {
    const value = of.value[t * nFeature + feature];
    if (!Number.isFinite(value)) continue;
    const [x, here] = [LABEL + (t + 0.5) * cell, at(value)];
    if (t - before <= JOINED) {
      context.globalAlpha = 0.55;
      context.beginPath();
      context.moveTo(LABEL + (before + 0.5) * cell, at(of.value[before * nFeature + feature]));
      context.lineTo(x, here);
      context.stroke();
      context.globalAlpha = 1;
    }
    context.fillRect(x - 1, here - 1, 2, 2);
    before = t;
  }
}

/** A line under what is edited. */
function markEdits(
  context: CanvasRenderingContext2D,
  colours: Palette,
  of: Heat,
  feature: number,
  y: number,
  cell: number,
): void {
  context.fillStyle = colours.mark;
  for (let t = 0; t < of.n; t++)
    if (of.edited?.(feature, t)) context.fillRect(LABEL + t * cell, y + HEAT_ROW - 3, cell + 0.5, 2);
}

function frame(
  context: CanvasRenderingContext2D,
  colours: Palette,
  of: Heat,
  feature: number,
  [from, to]: Range,
  cell: number,
): void {
  const row = of.order.indexOf(feature);
  if (row < 0) return;
  context.strokeStyle = colours.mark;
  context.lineWidth = 2;
  context.strokeRect(LABEL + from * cell, row * HEAT_ROW, (to - from + 1) * cell, HEAT_ROW - 1);
}

/** The steps above the rows. */
export function drawSteps(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  colours: Palette,
  spec: CubeSpec,
  n: number,
): void {
  const nTime = Math.max(spec.n_step, n, 1);
  const steps = {
    ...spec,
    align: "start" as const,
    time_edges: Array.from({ length: nTime - 1 }, (_, i) => i + 1),
  };
  const cell = (width - LABEL) / nTime;
  text(context, 10.5, colours.soft, "left");
  context.fillText(capital(`${spec.time_unit || "step"}s`), 0, height / 2);
  context.textAlign = "center";
  const place = {
    left: LABEL,
    cell,
    width: width - LABEL,
    nTime,
    margin: 0,
    marginWidth: 0,
  };
  for (const { at, label } of ticks(steps, place)) context.fillText(label, at + (label === "0" ? 3 : 0), height / 2);
}

/** A name cut to a width. */
export function clip(context: CanvasRenderingContext2D, name: string, width: number): string {
  if (context.measureText(name).width <= width) return name;
  let short = name;
  while (short.length > 2 && context.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}

/** Names that fit; those that would be cut to the same letters are cut in the middle, where they end differently. */
export function clipApart(
  context: CanvasRenderingContext2D,
  names: readonly string[],
  width: number,
): readonly string[] {
  const short = names.map((name) => clip(context, name, width));
  return names.map((name, k) => {
    if (name === short[k] || short.filter((one) => one === short[k]).length < 2) return short[k];
    let kept = name.length - 1;
    const cut = () => `${name.slice(0, Math.floor(kept / 3))}…${name.slice(name.length - Math.ceil((2 * kept) / 3))}`;
    while (kept > 3 && context.measureText(cut()).width > width) kept -= 1;
    return cut();
  });
}
