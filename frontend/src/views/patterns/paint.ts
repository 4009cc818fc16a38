/** Bands of quantiles over time: half of the sequences lie in the dark band, most in the pale one. */

import type { Palette } from "../../colour";
import { selection, spec } from "../../data";
import { drawRange } from "../../parts/brush";
import { text } from "../../parts/Canvas";
import type { CubeSpec } from "../../types";
import { number, signed } from "../../words";
import { ticks } from "../ticks";
import type { Patterns } from "./courses";

export type Side = "value" | "attribution";
const N_QUANTILE = 5;
/** Kept free on the left of a plot for the ends of its axis. */
export const AXIS = 30;

/** Where the axis of all clusters begins and ends, from their 10 and 90 % quantiles. */
export function extent(of: Patterns, side: Side): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const x of of[side]) if (Number.isFinite(x)) [low, high] = [Math.min(low, x), Math.max(high, x)];
  if (side === "attribution") [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (!(high > low)) return Number.isFinite(low) ? [low - 1, low + 1] : [0, 1];
  return [low, high];
}

export function columnsOfPlot(nTime: number, width: number) {
  return {
    left: AXIS,
    cell: (width - AXIS) / nTime,
    width: width - AXIS,
    nTime,
    margin: 0,
    marginWidth: 0,
  };
}

export function drawBands(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Palette,
  of: Patterns,
  cluster: number,
  side: Side,
): void {
  const nTime = of.value.length / Math.max(of.n * N_QUANTILE, 1);
  const place = columnsOfPlot(nTime, width);
  const [low, high] = extent(of, side);
  const y = (value: number) => 4 + ((high - value) / (high - low)) * (height - 8);
  const at = (quantile: number, t: number) => of[side][(cluster * N_QUANTILE + quantile) * nTime + t];
  const x = (t: number) => AXIS + (t + 0.5) * place.cell;
  context.fillStyle = palette.well;
  context.fillRect(AXIS, 0, place.width, height);
  drawRange(
    context,
    { n: nTime, at: (bin) => AXIS + bin * place.cell },
    selection.value.time,
    0,
    height,
    palette.mark,
    palette.markSoft,
  );
  if (spec.value) {
    context.fillStyle = palette.panel;
    for (const tick of ticks(spec.value, place)) context.fillRect(tick.at, 0, 1, height);
  }
  const paint = (colour: string) => {
    for (const [lower, upper, alpha] of [
      [0, 4, 0.25],
      [1, 3, 0.4],
    ] as const) {
      context.globalAlpha = alpha;
      context.fillStyle = colour;
      for (const [from, to] of stretches(
        nTime,
        (t) => Number.isFinite(at(lower, t)) && Number.isFinite(at(upper, t)),
      )) {
        context.beginPath();
        context.moveTo(x(from) - place.cell / 2, y(at(upper, from)));
        for (let t = from; t <= to; t++) context.lineTo(x(t), y(at(upper, t)));
        context.lineTo(x(to) + place.cell / 2, y(at(upper, to)));
        context.lineTo(x(to) + place.cell / 2, y(at(lower, to)));
        for (let t = to; t >= from; t--) context.lineTo(x(t), y(at(lower, t)));
        context.lineTo(x(from) - place.cell / 2, y(at(lower, from)));
        context.fill();
      }
    }
    context.globalAlpha = 1;
  };
  if (side === "value") paint(palette.bar);
  else {
    const zero = Math.max(0, Math.min(height, y(0)));
    for (const [top, tall, colour] of [
      [0, zero, palette.raise],
      [zero, height - zero, palette.lower],
    ] as const) {
      context.save();
      context.beginPath();
      context.rect(AXIS, top, place.width, tall);
      context.clip();
      paint(colour);
      context.restore();
    }
    context.fillStyle = palette.faint;
    context.fillRect(AXIS, Math.round(zero), place.width, 1);
  }
  context.strokeStyle = palette.ink;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  for (const [from, to] of stretches(nTime, (t) => Number.isFinite(at(2, t)))) {
    context.beginPath();
    context.moveTo(x(from) - place.cell / 2, y(at(2, from)));
    for (let t = from; t <= to; t++) context.lineTo(x(t), y(at(2, t)));
    context.lineTo(x(to) + place.cell / 2, y(at(2, to)));
    context.stroke();
  }
  text(context, 10, palette.soft, "right");
  const label = (value: number) => (side === "value" ? number(value, 2) : signed(value, Math.max(high, -low)));
  context.fillText(label(high), AXIS - 4, 8);
  context.fillText(label(low), AXIS - 4, height - 7);
}

/** First and last of each stretch of times that hold. */
export function stretches(n: number, holds: (t: number) => boolean): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let t = 0, open = false; t < n; t++) {
    if (!holds(t)) open = false;
    else if (open) found[found.length - 1][1] = t;
    else {
      found.push([t, t]);
      open = true;
    }
  }
  return found;
}

export function drawTimes(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Palette,
  described: CubeSpec,
): void {
  const place = columnsOfPlot(described.time_edges.length + 1, width);
  text(context, 10, palette.soft, "center");
  for (const { at, label } of ticks(described, place)) context.fillText(label, Math.min(at, width - 6), height / 2);
}
