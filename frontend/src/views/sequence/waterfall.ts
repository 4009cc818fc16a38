/** How a sequence comes from the typical case to its probability, feature by feature. */

import { computed, signal } from "@preact/signals";
import { spec, words } from "../../data";
import { type Draw, text } from "../../parts/Canvas";
import { featureName, number, percent, signed } from "../../words";
import { clip, LABEL } from "./heat";
import { ranked, read } from "./read";

export const WATERFALL_ROW = 15;
export const shownSteps = signal(7);

/** Steps from the start of the score to its end: the strongest features, then the others together. */
export const steps = computed(() => {
  const [now, described] = [read.value, spec.value];
  if (!now || !described) return null;
  const all = ranked.value;
  const n = shownSteps.value;
  const rest = all.slice(n).reduce((sum, one) => sum + one.sum, 0);
  const total = all.reduce((sum, one) => sum + one.sum, 0);
  const start = now.meta.baseline_score ?? now.meta.score - total;
  const named = all.slice(0, n).map((one) => ({
    name: featureName(described, one.feature),
    feature: one.feature,
    sum: one.sum,
  }));
  return {
    start,
    end: now.meta.score,
    all: all.length > n ? [...named, { name: `${all.length - n} others`, feature: -1, sum: rest }] : named,
  };
});

export function logit(p: number): number {
  return Math.log(p / (1 - p));
}

export function chance(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

export const paintWaterfall: Draw = (context, width, height, colours) => {
  const [walk, called] = [steps.value, words.value];
  if (!walk || !called) return;
  const places = [walk.start];
  for (const one of walk.all) places.push(places[places.length - 1] + one.sum);
  let [low, high] = [Math.min(...places, walk.end), Math.max(...places, walk.end)];
  const pad = (high - low || 1) * 0.08;
  [low, high] = [low - pad, high + pad];
  const right = width - 44;
  const x = (score: number) => LABEL + ((score - low) / (high - low)) * (right - LABEL);
  const rows = walk.all.length + 2;
  const row = Math.min(22, (height - 16) / rows);
  const floor = rows * row;
  text(context, 10.5, colours.soft, "center");
  const inChance = called.scale === "log-odds";
  const marks = inChance
    ? [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999].map((p) => [logit(p), `${p * 100} %`] as const)
    : plainMarks(low, high);
  let last = -Infinity;
  for (const [score, label] of marks) {
    if (score < low || score > high || x(score) - last < 34) continue;
    last = x(score);
    context.fillStyle = colours.line;
    context.fillRect(Math.round(x(score)), 0, 1, floor + 2);
    context.fillStyle = colours.soft;
    context.fillText(label, x(score), floor + 9);
  }
  const end = (score: number, at: number, label: string) => {
    const y = at * row + row / 2;
    text(context, 11, colours.ink, "left", 500);
    context.fillText(label, 0, y + 0.5);
    context.fillStyle = colours.ink;
    context.beginPath();
    context.arc(x(score), y, 3.25, 0, 7);
    context.fill();
    text(context, 11, colours.ink, "right", 600);
    context.fillText(inChance ? percent(chance(score)) : number(score), width, y + 0.5);
  };
  end(walk.start, 0, "Starting point");
  walk.all.forEach((one, k) => {
    const y = (k + 1) * row;
    const [from, to] = [x(places[k]), x(places[k + 1])];
    context.fillStyle = colours.faint;
    context.globalAlpha = 0.6;
    context.fillRect(Math.round(from), y - row * 0.3, 1, row * 0.6);
    context.globalAlpha = 1;
    context.fillStyle = one.feature < 0 ? colours.barSoft : one.sum >= 0 ? colours.raise : colours.lower;
    context.fillRect(Math.min(from, to), y + 3, Math.max(Math.abs(to - from), 1), row - 6);
    text(context, 11, one.feature < 0 ? colours.soft : colours.ink, "left");
    context.fillText(clip(context, one.name, LABEL - 8), 0, y + row / 2 + 0.5);
    text(context, 11, colours.soft, "right");
    context.fillText(signed(one.sum, Math.abs(walk.end - walk.start) / 4), width, y + row / 2 + 0.5);
  });
  end(walk.end, rows - 1, `This ${called.sequence}`);
};

function plainMarks(low: number, high: number): (readonly [number, string])[] {
  const step = 10 ** Math.floor(Math.log10((high - low) / 2));
  const found: (readonly [number, string])[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push([at, number(at, 2)]);
  return found;
}
