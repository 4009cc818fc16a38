/** The spectrum: bars of all, lines of classes, dots of one sequence; and a component back in time. */

import type { Frame } from "../../api";
import { arrayOf } from "../../api";
import type { Palette } from "../../colour";
import { text } from "../../parts/Canvas";
import { capital, number, signed } from "../../words";
import type { ComponentsMeta } from "./ask";
import { maybe } from "./ask";

export interface Spectrum {
  readonly names: readonly (string | number)[];
  readonly axis: string;
  readonly n: Float32Array;
  /** Of everybody, then of each class. */
  readonly mean: readonly Float32Array[];
  readonly half: Float32Array;
  readonly own: Float32Array | null;
  readonly low: number;
  readonly high: number;
}

export function spectrumOf(frame: Frame<ComponentsMeta>, measure: "mean" | "size"): Spectrum {
  const { meta } = frame;
  const n = meta.names.length;
  const rows = (name: string) => {
    const all = arrayOf<Float32Array>(frame, name);
    return Array.from({ length: meta.class_names.length + 1 }, (_, k) => all.subarray(k * n, (k + 1) * n));
  };
  const mean = rows(measure);
  const one = maybe<Float32Array>(frame, "own");
  const own = one && measure === "size" ? one.map(Math.abs) : one;
  let [low, high] = [0, 0];
  for (const some of [...mean, ...(own ? [own] : [])])
    for (const x of some) if (Number.isFinite(x)) [low, high] = [Math.min(low, x), Math.max(high, x)];
  if (high === low) high = low + 1;
  const axis = `${capital(meta.component_name)}${meta.component_unit ? `, ${meta.component_unit}` : ""}`;
  return { names: meta.names, axis, n: rows("n")[0], mean, half: rows("half")[0], own, low, high };
}

export function strongest(of: Spectrum): number | null {
  let best: number | null = null;
  of.mean[0].forEach((_, k) => {
    const size = Math.max(...of.mean.map((some) => Math.abs(some[k]) || 0));
    if (size > 0 && (best === null || size > Math.max(...of.mean.map((some) => Math.abs(some[best as number]) || 0))))
      best = k;
  });
  return best;
}

const LEFT = 40;
const BOTTOM = 30;
const TOP = 6;

export function componentAt(of: Spectrum, x: number, width: number): number | null {
  const k = Math.floor(((x - LEFT) / (width - LEFT)) * of.names.length);
  return x >= LEFT && k < of.names.length ? k : null;
}

export function drawSpectrum(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  colours: Palette,
  of: Spectrum,
  at: { chosen: number | null; under: number | null },
): void {
  const n = of.names.length;
  const cell = (width - LEFT) / Math.max(n, 1);
  const floor = height - BOTTOM;
  const y = (value: number) => TOP + ((of.high - value) / (of.high - of.low)) * (floor - TOP);
  const x = (k: number) => LEFT + (k + 0.5) * cell;
  context.fillStyle = colours.well;
  context.fillRect(LEFT, 0, width - LEFT, floor);
  if (at.chosen !== null && at.chosen < n) {
    context.fillStyle = colours.markSoft;
    context.fillRect(LEFT + at.chosen * cell, 0, Math.max(cell, 2), floor);
    context.fillStyle = colours.mark;
    context.fillRect(LEFT + at.chosen * cell, floor - 2, Math.max(cell, 2), 2);
  }
  const gap = cell > 6 ? 2 : cell > 3 ? 1 : 0;
  of.mean[0].forEach((value, k) => {
    if (!Number.isFinite(value)) return;
    context.fillStyle = at.under === k ? colours.bar : colours.barSoft;
    context.fillRect(
      LEFT + k * cell + gap / 2,
      Math.min(y(0), y(value)),
      Math.max(cell - gap, 1),
      Math.max(Math.abs(y(0) - y(value)), 1),
    );
    if (cell < 7 || !Number.isFinite(of.half[k])) return;
    context.fillStyle = colours.soft;
    context.fillRect(
      Math.round(x(k)),
      y(value + of.half[k]),
      1,
      Math.max(1, y(value - of.half[k]) - y(value + of.half[k])),
    );
  });
  context.fillStyle = colours.faint;
  context.fillRect(LEFT, Math.round(y(0)), width - LEFT, 1);
  context.lineJoin = "round";
  of.mean.slice(1, 6).forEach((some, c) => {
    context.strokeStyle = colours.categories[c];
    context.lineWidth = 1.75;
    context.beginPath();
    let begun = false;
    some.forEach((value, k) => {
      if (!Number.isFinite(value)) begun = false;
      else if (begun) context.lineTo(x(k), y(value));
      else {
        context.moveTo(x(k), y(value));
        begun = true;
      }
    });
    context.stroke();
  });
  context.fillStyle = colours.ink;
  of.own?.forEach((value, k) => {
    if (!Number.isFinite(value)) return;
    context.beginPath();
    context.arc(x(k), y(value), Math.max(1.5, Math.min(3, cell / 3)), 0, 7);
    context.fill();
  });
  text(context, 10, colours.soft, "right");
  const scale = of.high - of.low;
  context.fillText(signed(of.high, scale), LEFT - 4, TOP + 4);
  if (of.low < 0) context.fillText(signed(of.low, scale), LEFT - 4, floor - 6);
  if (y(0) > TOP + 16 && y(0) < floor - 16) context.fillText("0", LEFT - 4, y(0));
  text(context, 10, colours.soft, "center");
  const told = of.names.map((one) => (typeof one === "number" ? number(one) : one));
  const wide = Math.max(...told.map((one) => context.measureText(one).width)) + 10;
  const every = Math.max(1, Math.ceil(wide / cell));
  told.forEach((one, k) => {
    if (k % every === 0 && x(k) < width - wide / 2 + 8) context.fillText(one, x(k), floor + 8);
  });
  context.fillText(of.axis, LEFT + (width - LEFT) / 2, floor + 22);
}

export function drawPart(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  colours: Palette,
  meta: ComponentsMeta,
  value: Float32Array,
  part: Float32Array,
  feature: number,
): void {
  const nFeature = meta.feature_names.length;
  const n = value.length / Math.max(nFeature, 1);
  const floor = height - 14;
  let [low, high] = [Infinity, -Infinity];
  for (let t = 0; t < n; t++)
    for (const one of [value[t * nFeature + feature], part[t * nFeature + feature]])
      if (Number.isFinite(one)) [low, high] = [Math.min(low, one), Math.max(high, one)];
  if (!(high > low)) [low, high] = [low - 1 || -1, low + 1 || 1];
  const y = (one: number) => 4 + ((high - one) / (high - low)) * (floor - 8);
  const x = (t: number) => LEFT + ((t + 0.5) / n) * (width - LEFT);
  context.fillStyle = colours.well;
  context.fillRect(LEFT, 0, width - LEFT, floor);
  const line = (of: Float32Array, colour: string, thick: number) => {
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.beginPath();
    let begun = false;
    for (let t = 0; t < n; t++) {
      const one = of[t * nFeature + feature];
      if (!Number.isFinite(one)) begun = false;
      else if (begun) context.lineTo(x(t), y(one));
      else {
        context.moveTo(x(t), y(one));
        begun = true;
      }
    }
    context.stroke();
  };
  line(value, colours.soft, 1);
  line(part, colours.mark, 2.25);
  text(context, 10, colours.soft, "right");
  context.fillText(number(high), LEFT - 4, 8);
  context.fillText(number(low), LEFT - 4, floor - 6);
  text(context, 10, colours.soft, "center");
  const every = Math.ceil(n / Math.max(1, Math.floor((width - LEFT) / 44)));
  for (let t = 0; t < n; t += every) context.fillText(`${t}`, x(t), floor + 8);
  text(context, 10, colours.soft, "left");
  context.fillText(`${meta.time_unit || "step"}s`, 0, floor + 8);
}
