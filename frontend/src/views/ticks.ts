/** Where the axis of time is marked: every 6 hours of two days, every 7 days of a month, … */

import type { CubeSpec } from "../types";
import { stepsOf } from "../words";
import type { Columns } from "./bands";

const STEPS: Record<string, readonly number[]> = {
  hour: [1, 2, 3, 6, 12, 24, 48, 72, 168],
  day: [1, 2, 7, 14, 28, 91, 182, 364],
  minute: [1, 5, 10, 15, 30, 60, 120, 360],
};
const ANY = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const APART = 34;

export interface Tick {
  readonly at: number;
  readonly label: string;
  readonly strong: boolean;
}

export function ticks(spec: CubeSpec, place: Columns): readonly Tick[] {
  const perStep = place.width / Math.max(spec.n_step, 1);
  const every = (STEPS[spec.time_unit] ?? ANY).find((step) => step * perStep >= APART) ?? spec.n_step;
  const found: Tick[] = [];
  for (let bin = 0; bin < place.nTime; bin++) {
    const [from] = stepsOf(spec, bin);
    if (from % every === 0)
      found.push({
        at: Math.round(place.left + bin * place.cell),
        label: `${from}`,
        strong: from % (every * 2) === 0,
      });
  }
  return found;
}
