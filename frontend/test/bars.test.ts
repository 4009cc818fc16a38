/** Bars of attributions: parts of about a tenth, and zeros apart. */

import { describe, expect, it } from "vitest";
import { barOf, type Bars, binsOf, byBar, eachBin, edgesOf, isZero, tenths } from "../src/views/attribution/bars";
import { random } from "./random";

const LEAST = 1.4e-45;
const SHARES = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999,
];

/** Attributions of a seed and their bins, as runs are counted: at quantiles, and at zero. */
function counted(seed: number) {
  const draw = random(seed);
  const off = draw() * 0.6;
  const all = Array.from({ length: 5000 }, () => (draw() - off) ** 3).sort((a, b) => a - b);
  const inner = [...new Set([...SHARES.map((share) => all[Math.ceil(share * 4999)]), 0, LEAST])]
    .filter((edge) => edge > all[0])
    .sort((a, b) => a - b);
  const edges = [all[0], ...inner, all[4999]];
  const counts = new Float64Array(edges.length - 1);
  for (const one of [...all, ...new Array<number>(3000).fill(0)]) counts[inner.filter((edge) => edge <= one).length]++;
  return { edges, counts };
}

const ends = (bars: Bars) => bars.first.map((_, bar) => binsOf(bars, bar));

describe("parts of a tenth", () => {
  const seeds = [1000, 1001, 1002, 1003, 1004, 1005];

  it("hold every bin once, in order", () => {
    for (const seed of seeds) {
      const { edges, counts } = counted(seed);
      const bins = ends(tenths(counts, edges)).flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, k) => from + k),
      );
      expect(bins).toEqual([...counts.keys()]);
    }
  });

  it("hold between a twentieth and three twentieths of what is not zero, but beside zero", () => {
    for (const seed of seeds) {
      const { edges, counts } = counted(seed);
      const bars = tenths(counts, edges);
      const total = counts.reduce((sum, n, bin) => sum + (isZero(edges, bin) ? 0 : n), 0);
      byBar(bars, counts).forEach((n, bar) => {
        const [from, to] = binsOf(bars, bar);
        if (isZero(edges, from)) return;
        const beside = Math.abs(edges[from]) <= LEAST || edges[to + 1] === 0;
        expect(n / total).toBeLessThan(0.16);
        if (!beside) expect(n / total).toBeGreaterThan(0.04);
      });
    }
  });

  it("never hold what lowers with what raises, and zeros stand alone", () => {
    for (const seed of seeds) {
      const { edges, counts } = counted(seed);
      for (const [from, to] of ends(tenths(counts, edges))) {
        expect(edges[from] < 0 && edges[to + 1] > 0).toBe(false);
        if (isZero(edges, from)) expect(to).toBe(from);
      }
    }
  });

  it("are found by any of their bins", () => {
    const { edges, counts } = counted(1000);
    const bars = tenths(counts, edges);
    ends(bars).forEach(([from, to], bar) => expect([barOf(bars, from), barOf(bars, to)]).toEqual([bar, bar]));
  });

  it("are one where nothing is counted", () => {
    expect(tenths([0, 0, 0], [-2, -1, 1, 2]).first).toEqual([0]);
  });
});

describe("bars of bins", () => {
  it("count what their bins count", () => {
    expect([...byBar(eachBin(3), [4, 5, 6])]).toEqual([4, 5, 6]);
    expect([...byBar({ first: [0, 2], nBin: 3 }, [4, 5, 6])]).toEqual([9, 6]);
  });
});

describe("edges of attributions that are all the same", () => {
  it("leave room between them and zero", () => {
    const of = (x: number) => edgesOf({ attribution_edges: [], attribution_range: [x, x] } as never);
    expect([of(0.25), of(-0.25)]).toEqual([
      [0, 0.25],
      [-0.25, 0],
    ]);
  });
});
