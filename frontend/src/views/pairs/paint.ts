/** The matrix of values: below the diagonal how often two occur together, above it how two groups differ in that. */

import { type Palette, placeOf } from "../../colour";
import { spec } from "../../data";
import { type Draw, text, turned } from "../../parts/Canvas";
import { hatch } from "../../parts/heat";
import { featureName } from "../../words";
import { clip } from "../sequence/heat";
import { cursor } from "./cursor";
import { LEFT, matrix, type Pairs, pairs, TOP } from "./together";

/** Four times as often, or a quarter. */
export const REACH = Math.log(4);
const FEW = 10;
/** Cells from this size on are hatched where they are uncertain; smaller ones only pale. */
const HATCHED = 7;

/** The share of the scale of a cell, and whether it is certain; null where nothing is known. */
export function cellOf(of: Pairs, row: number, column: number): { share: number; sure: boolean } | null {
  const i = row * of.meta.values.length + column;
  if (row === column || of.meta.values[row][0] === of.meta.values[column][0]) return null;
  if (row > column) {
    const lift = of.lift[i];
    if (!(lift >= 0) || of.n[i] === 0) return null;
    return {
      share: Math.max(-1, Math.log(Math.max(lift, 1e-3)) / REACH),
      sure: of.n[i] >= FEW && !(of.low[i] <= 1 && of.high[i] >= 1),
    };
  }
  const [ratio, half] = [of.apart?.ratio[i] ?? NaN, of.apart?.half[i] ?? NaN];
  return Number.isFinite(ratio) ? { share: ratio / REACH, sure: of.n[i] >= FEW && Math.abs(ratio) > half } : null;
}

export const paintPairs: Draw = (context, _width, _height, palette) => {
  const [now, described, { at, cell, features, size }] = [pairs.answer.value.data, spec.value, matrix.value];
  if (!now || !described) return;
  const n = now.meta.values.length;
  const gap = cell >= 7 ? 1 : 0;
  context.fillStyle = palette.well;
  for (const [, from, to] of features)
    for (const [, top, bottom] of features)
      context.fillRect(
        LEFT + at[from],
        TOP + at[top],
        at[to] + cell - at[from] - gap,
        at[bottom] + cell - at[top] - gap,
      );
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) {
      const [x, y] = [LEFT + at[column], TOP + at[row]];
      if (row === column) {
        const often = now.n[row * n + row] / Math.max(now.meta.n_sequence, 1);
        context.fillStyle = palette.bar;
        context.globalAlpha = Number.isFinite(often) ? 0.15 + 0.6 * often : 0.3;
        context.fillRect(x, y, cell - gap, cell - gap);
        context.globalAlpha = 1;
        continue;
      }
      const found = cellOf(now, row, column);
      if (found) paintCell(context, palette, found, x, y, cell - gap);
    }
  names(context, palette, size);
  paintCursor(context, palette);
};

function paintCell(
  context: CanvasRenderingContext2D,
  palette: Palette,
  { share, sure }: { share: number; sure: boolean },
  x: number,
  y: number,
  size: number,
): void {
  const place = placeOf(share);
  context.fillStyle = `rgb(${palette.scale[place]} ${palette.scale[place + 1]} ${palette.scale[place + 2]})`;
  context.globalAlpha = sure || size >= HATCHED ? 1 : 0.3;
  context.fillRect(x, y, size, size);
  context.globalAlpha = 1;
  if (sure || size < HATCHED || Math.abs(share) < 0.08) return;
  context.fillStyle = hatch(context, palette);
  context.fillRect(x, y, size, size);
}

function names(context: CanvasRenderingContext2D, palette: Palette, size: number): void {
  const [described, { at, cell, features }, here] = [spec.value, matrix.value, cursor.value];
  const values = pairs.answer.value.data?.meta.values ?? [];
  if (!described) return;
  const [row, column] = here ? [values[here[0]]?.[0], values[here[1]]?.[0]] : [undefined, undefined];
  for (const [f, from, to] of features) {
    const middle = (at[from] + at[to] + cell) / 2;
    text(context, 11, f === row ? palette.ink : palette.soft, "right", f === row ? 600 : 400);
    context.fillText(clip(context, featureName(described, f), LEFT - 8), LEFT - 6, TOP + middle);
    turned(context, LEFT + middle, TOP - 6, -Math.PI / 2, () => {
      text(context, 11, f === column ? palette.ink : palette.soft, "left", f === column ? 600 : 400);
      context.fillText(clip(context, featureName(described, f), TOP - 8), 0, 0);
    });
  }
  if (!size) return;
  context.strokeStyle = palette.faint;
  context.globalAlpha = 0.6;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(LEFT, TOP);
  context.lineTo(LEFT + size, TOP + size);
  context.stroke();
  context.globalAlpha = 1;
}

function paintCursor(context: CanvasRenderingContext2D, palette: Palette): void {
  const [here, { at, cell, size }] = [cursor.value, matrix.value];
  if (!here || at[here[0]] === undefined || at[here[1]] === undefined) return;
  const [x, y] = [LEFT + at[here[1]], TOP + at[here[0]]];
  context.fillStyle = palette.ink;
  context.globalAlpha = 0.1;
  context.fillRect(LEFT, y, size, cell);
  context.fillRect(x, TOP, cell, size);
  context.globalAlpha = 1;
  context.strokeStyle = palette.ink;
  context.lineWidth = 1.5;
  context.strokeRect(x - 0.75, y - 0.75, cell + 0.5, cell + 0.5);
}
