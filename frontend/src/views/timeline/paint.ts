/** Stacked bars of what adds and what takes, and the line of their sum. */

import { spec, time, times } from "../../data";
import { drawRange } from "../../parts/brush";
import { type Draw, text } from "../../parts/Canvas";
import { looked } from "../../state";
import { signed } from "../../words";
import { ticks } from "../ticks";
import { columns, extent, net, segments } from "./courses";

const TOP = 6;
const BOTTOM = 16;

export const paint: Draw = (context, _w, height, colours) => {
  const [now, all] = [spec.value, segments.value];
  if (!now || !all.length) return;
  const place = columns.value;
  const { left, cell, nTime, width: plot } = place;
  const [low, high] = extent.value;
  const y = (value: number) => TOP + ((high - value) / (high - low)) * (height - TOP - BOTTOM);
  const [from, to] = times.value;
  drawRange(
    context,
    { n: nTime, at: (bin) => left + bin * cell },
    time.value,
    0,
    height - BOTTOM,
    colours.mark,
    colours.markSoft,
  );
  for (const { at, label } of ticks(now, place)) {
    context.fillStyle = colours.line;
    context.fillRect(at, TOP, 1, height - TOP - BOTTOM + 3);
    text(context, 10.5, colours.soft, "center");
    context.fillText(label, at, height - 6);
  }
  const pale = looked.value.feature;
  const isApart = all.some((one) => one.feature === pale) && all.some((one) => one.feature !== pale);
  const gap = cell >= 4 ? 1 : 0;
  for (let t = 0; t < nTime; t++) {
    let [up, down] = [0, 0];
    const x = Math.round(left + t * cell);
    all.forEach(({ course, feature }, k) => {
      const value = course[t];
      const base = value > 0 ? up : down;
      const [y0, y1] = [y(base), y(base + value)];
      if (value > 0) up += value;
      else down += value;
      context.globalAlpha = (t < from || t > to ? 0.28 : 1) * (isApart && pale !== feature ? 0.35 : 1);
      context.fillStyle = colours.categories[feature === -1 ? 6 : k % 6];
      context.fillRect(
        x,
        Math.min(y0, y1),
        Math.max(Math.round(left + (t + 1) * cell) - x - gap, 1),
        Math.max(Math.abs(y1 - y0), 0.4),
      );
    });
  }
  context.globalAlpha = 1;
  drawRange(
    context,
    { n: nTime, at: (bin) => left + bin * cell },
    time.value,
    0,
    height - BOTTOM,
    colours.mark,
    "transparent",
  );
  context.fillStyle = colours.soft;
  context.fillRect(left, Math.round(y(0)), plot, 1);
  line(context, net.value.a, (t) => left + (t + 0.5) * cell, y, colours.panel, 4, []);
  line(context, net.value.a, (t) => left + (t + 0.5) * cell, y, colours.ink, 1.75, []);
  if (net.value.b) {
    line(context, net.value.b, (t) => left + (t + 0.5) * cell, y, colours.panel, 4, []);
    line(context, net.value.b, (t) => left + (t + 0.5) * cell, y, colours.b, 1.75, [4, 3]);
  }
  text(context, 10.5, colours.soft, "left");
  const x = left + plot + 8;
  const reach = Math.max(high, -low);
  context.fillText("0", x, Math.max(y(0), 7));
  if (y(0) - y(high) > 13) context.fillText(signed(high, reach), x, Math.max(y(high), 7));
  if (y(low) - y(0) > 13) context.fillText(signed(low, reach), x, y(low));
};

function line(
  context: CanvasRenderingContext2D,
  of: Float64Array,
  x: (t: number) => number,
  y: (v: number) => number,
  colour: string,
  wide: number,
  dash: number[],
): void {
  context.strokeStyle = colour;
  context.lineWidth = wide;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  of.forEach((value, t) => (t ? context.lineTo(x(t), y(value)) : context.moveTo(x(t), y(value))));
  context.stroke();
  context.setLineDash([]);
}
