/** A dream over the band of real series, feature under feature. */

import type { Frame } from "../../api";
import { arrayOf } from "../../api";
import type { Palette } from "../../colour";
import { text } from "../../parts/Canvas";
import { number } from "../../words";
import { stretches } from "../patterns/paint";
import { clip } from "../sequence/heat";
import type { Dream, DreamsMeta, Kind } from "./ask";

const MOST_ROWS = 3;
const LOW = 0;
const MIDDLE = 1;
const HIGH = 2;
const N_QUANTILE = 3;

/** Features that a small picture has. */
export function rowsIn(of: DreamsMeta): number {
  return Math.min(of.features.length, MOST_ROWS);
}

/** How high a small picture is. */
export function tallIn(of: DreamsMeta): number {
  return rowsIn(of) === 1 ? 74 : rowsIn(of) * 36 + 8;
}

/** Where the axis of each feature begins and ends, the same for every dream of the page. */
export function extentsIn(of: Frame<DreamsMeta>): readonly (readonly [number, number])[] {
  const nFeature = of.meta.features.length;
  const found = Array.from({ length: nFeature }, () => [Infinity, -Infinity] as [number, number]);
  for (const name of ["value", "band", "nearest", "top"]) {
    const values = arrayOf<Float32Array>(of, name);
    for (let i = 0; i < values.length; i++) {
      const [one, range] = [values[i], found[i % nFeature]];
      if (!Number.isFinite(one)) continue;
      range[0] = Math.min(range[0], one);
      range[1] = Math.max(range[1], one);
    }
  }
  return found.map(([low, high]) => (high > low ? [low, high] : [(low || 0) - 1, (low || 0) + 1]));
}

export function drawDream(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Palette,
  of: Frame<DreamsMeta>,
  place: number,
  large: boolean,
): void {
  const { meta } = of;
  const [value, nearest, top, band] = ["value", "nearest", "top", "band"].map((name) =>
    arrayOf<Float32Array>(of, name),
  );
  const steps = arrayOf<Int32Array>(of, "steps");
  const [n, nFeature] = [steps.length, meta.features.length];
  const rows = large ? nFeature : rowsIn(meta);
  const [left, bottom] = large ? [44, 16] : [0, 0];
  const tall = (height - bottom) / Math.max(rows, 1);
  const extents = extentsIn(of);
  const kind = meta.here.indexOf(meta.rows[place].kind);
  const x = (t: number) => left + ((t + 0.5) / n) * (width - left);
  for (let f = 0; f < rows; f++) {
    const above = f * tall;
    const [low, high] = extents[f];
    const y = (one: number) => above + 3 + ((high - one) / (high - low)) * (tall - 8);
    const line = (at: (t: number) => number, colour: string, thick: number, dashed = false) => {
      context.setLineDash(dashed ? [4, 3] : []);
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.lineJoin = "round";
      context.beginPath();
      let begun = false;
      for (let t = 0; t < n; t++) {
        const one = at(t);
        if (!Number.isFinite(one)) begun = false;
        else if (begun) context.lineTo(x(t), y(one));
        else {
          context.moveTo(x(t), y(one));
          begun = true;
        }
      }
      context.stroke();
      context.setLineDash([]);
    };
    const real = (q: number) => (t: number) => band[((kind * N_QUANTILE + q) * n + t) * nFeature + f];
    context.fillStyle = palette.well;
    context.fillRect(left, above, width - left, tall - 2);
    context.fillStyle = palette.barSoft;
    context.globalAlpha = 0.7;
    for (const [from, to] of stretches(n, (t) => Number.isFinite(real(LOW)(t)))) {
      context.beginPath();
      for (let t = from; t <= to; t++) context.lineTo(x(t), y(real(HIGH)(t)));
      for (let t = to; t >= from; t--) context.lineTo(x(t), y(real(LOW)(t)));
      context.fill();
    }
    context.globalAlpha = 1;
    line(real(MIDDLE), palette.panel, 1);
    line((t) => top[(place * n + t) * nFeature + f], palette.bar, 1, true);
    if (large) line((t) => nearest[(place * n + t) * nFeature + f], palette.bar, 1);
    line((t) => value[(place * n + t) * nFeature + f], palette.mark, large ? 2.25 : 1.75);
    if (!large) continue;
    text(context, 10, palette.soft, "right");
    context.fillText(number(high), left - 4, above + 7);
    context.fillText(number(low), left - 4, above + tall - 9);
    const name = clip(context, meta.features[f].name.replaceAll("_", " "), width - left - 12);
    text(context, 11, palette.ink, "left", 550);
    context.fillStyle = palette.well;
    context.fillRect(left + 2, above + 2, context.measureText(name).width + 8, 16);
    context.fillStyle = palette.ink;
    context.fillText(name, left + 6, above + 10);
  }
  if (!large) return;
  text(context, 10, palette.soft, "center");
  const every = Math.ceil(n / Math.max(1, Math.floor((width - left) / 48)));
  for (let t = 0; t < n; t += every) context.fillText(`${steps[t]}`, x(t), height - 7);
  text(context, 10, palette.soft, "left");
  context.fillText(meta.time_unit ? `${meta.time_unit}s` : "steps", 0, height - 7);
}

export function drawObjective(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Palette,
  of: Frame<DreamsMeta>,
  place: number,
): void {
  const n = of.arrays.objective.shape[1];
  const all = arrayOf<Float32Array>(of, "objective").subarray(place * n, (place + 1) * n);
  const there = all.filter(Number.isFinite);
  if (there.length < 2) return;
  const kind = kindOf(of.meta, of.meta.rows[place]);
  const aims = [kind.wanted, kind.most].filter((one) => one !== null);
  const [low, high] = [Math.min(...there, ...aims), Math.max(...there, ...aims)];
  const y = (one: number) => 5 + ((high - one) / (high - low || 1)) * (height - 10);
  context.fillStyle = palette.well;
  context.fillRect(44, 0, width - 44, height);
  for (const [at, words, side] of [
    [kind.wanted, "aim", "left"],
    [kind.most, "most of a real one", "right"],
  ] as const) {
    if (at === null) continue;
    context.setLineDash([4, 3]);
    context.strokeStyle = palette.soft;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(44, y(at));
    context.lineTo(width, y(at));
    context.stroke();
    context.setLineDash([]);
    text(context, 10, palette.soft, side);
    context.fillText(words, side === "left" ? 48 : width - 4, y(at) + (y(at) > height / 2 ? -7 : 8));
  }
  context.strokeStyle = palette.bar;
  context.lineWidth = 1.5;
  context.beginPath();
  all.forEach((one, k) => {
    if (Number.isFinite(one)) context.lineTo(44 + (k / Math.max(n - 1, 1)) * (width - 44), y(one));
  });
  context.stroke();
  text(context, 10, palette.soft, "right");
  context.fillText(number(high), 40, 8);
  context.fillText(number(low), 40, height - 8);
}

/** What a dream was driven to. */
export function kindOf(of: DreamsMeta, one: Dream): Kind {
  return of.kinds.find((other) => other.place === one.kind) ?? of.kinds[0];
}
