/** The cube in the page against slow sums over rows. */

import { describe, expect, it } from "vitest";
import {
  asPlanted,
  AXES,
  type Axis,
  boxOf,
  type Cube,
  firstValues,
  halfWidth,
  niceScale,
  overTime,
  reduce,
  shapeOf,
  spread,
} from "../src/cube";
import type { CubeSpec, Selection } from "../src/types";
import { random } from "./random";

const spec: CubeSpec = {
  features: [3, 1, 5].map((n, f) => ({
    name: `f${f}`,
    kind: "quantile",
    edges: Array.from({ length: n - 1 }, (_, i) => i),
    labels: Array.from({ length: n }, (_, i) => `${i}`),
    unit: "",
    without: "not measured",
  })),
  time_edges: [1, 2, 4, 7],
  n_step: 9,
  attribution_edges: [-1, -0.1, 0, 0.1, 1],
  groups: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  class_names: ["a", "b"],
  target: 0,
  align: "start",
  time_unit: "hour",
};
const shape = shapeOf(spec);

interface Row {
  readonly place: readonly [number, number, number, number];
  readonly attribution: number;
}

function rowsAndCube(seed: number, count: number): { rows: Row[]; cube: Cube } {
  const next = random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const cube: Cube = {
    shape,
    n: new Uint32Array(size),
    total: new Float32Array(size),
    squares: new Float32Array(size),
  };
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const place = shape.map((n) => Math.floor(next() * n)) as unknown as Row["place"];
    const attribution = Math.round((next() - 0.5) * 64) / 16;
    const at = ((place[0] * shape[1] + place[1]) * shape[2] + place[2]) * shape[3] + place[3];
    cube.n[at]++;
    cube.total[at] += attribution;
    cube.squares[at] += attribution * attribution;
    rows.push({ place, attribution });
  }
  return { rows, cube };
}

function anySelection(seed: number): Selection {
  const next = random(seed);
  const range = (n: number): [number, number] => {
    const [a, b] = [Math.floor(next() * n), Math.floor(next() * n)];
    return [Math.min(a, b), Math.max(a, b)];
  };
  return {
    ...(next() < 0.6 ? { features: [0, 1, 2].filter(() => next() < 0.7) } : {}),
    ...(next() < 0.6
      ? {
          values: spec.features
            .flatMap((one, f) => Array.from({ length: one.labels.length + 1 }, (_, b) => [f, b] as [number, number]))
            .filter(() => next() < 0.5),
        }
      : {}),
    ...(next() < 0.6 ? { time: range(shape[2]) } : {}),
    ...(next() < 0.6 ? { attribution: range(shape[3]) } : {}),
    ...(next() < 0.6 ? { groups: [0, 1, 2, 3].filter(() => next() < 0.6) } : {}),
  };
}

function inside(row: Row, selection: Selection): boolean {
  const [g, v, t, a] = row.place;
  const first = firstValues(spec);
  const feature = spec.features.findIndex((_, f) => v < first[f + 1]);
  return (
    (!selection.groups || selection.groups.includes(g)) &&
    (!selection.features || selection.features.includes(feature)) &&
    (!selection.values || selection.values.some(([f, b]) => f === feature && b === v - first[feature])) &&
    (!selection.time || (selection.time[0] <= t && t <= selection.time[1])) &&
    (!selection.attribution || (selection.attribution[0] <= a && a <= selection.attribution[1]))
  );
}

describe("cells with rows alone", () => {
  it("are spread over all cells again", () => {
    const { cube } = rowsAndCube(5, 40);
    const cell = Uint32Array.from([...cube.n.keys()].filter((at) => cube.n[at] > 0));
    expect(cell.length).toBeLessThan(cube.n.length / 2);
    for (const whole of [cube.total, cube.squares]) {
      const own = Float32Array.from(cell, (at) => whole[at]);
      expect(spread(new Float32Array(whole.length), cell, own)).toEqual(whole);
    }
  });
});

describe("a cube's sums", () => {
  const { rows, cube } = rowsAndCube(1, 3000);

  it("are those of the rows that are selected, whatever is selected and kept", () => {
    for (let seed = 0; seed < 60; seed++) {
      const selection = anySelection(seed);
      const keep = AXES.filter((_, i) => (seed >> i) & 1);
      const sums = reduce(cube, boxOf(selection, spec), keep);
      const kept = AXES.map((axis) => keep.includes(axis));
      const wide = shape.filter((_, i) => kept[i]);
      const n = new Float64Array(wide.reduce((a, b) => a * b, 1));
      const [total, squares] = [new Float64Array(n.length), new Float64Array(n.length)];
      for (const row of rows)
        if (inside(row, selection)) {
          const at = row.place.reduce((sum, one, i) => (kept[i] ? sum * shape[i] + one : sum), 0);
          n[at]++;
          total[at] += row.attribution;
          squares[at] += row.attribution ** 2;
        }
      expect(sums.shape).toEqual(wide);
      expect(sums.n).toEqual(n);
      expect(sums.total).toEqual(total);
      expect(sums.squares).toEqual(squares);
    }
  });

  it("of two parts of an axis add up to those of both", () => {
    const [early, late, all] = [
      [0, 1],
      [2, 4],
      [0, 4],
    ].map((time) => reduce(cube, boxOf({ time: time as [number, number] }, spec), ["value"]));
    all.n.forEach((n, v) => expect(early.n[v] + late.n[v]).toBe(n));
    all.total.forEach((total, v) => expect(early.total[v] + late.total[v]).toBeCloseTo(total, 10));
  });

  it("do not change when an axis that is ignored is selected", () => {
    const ignoring: Axis[] = ["time", "value"];
    expect(
      reduce(cube, boxOf({ time: [1, 2], values: [[0, 1]], groups: [1] }, spec, ignoring), ["value", "time"]),
    ).toEqual(reduce(cube, boxOf({ groups: [1] }, spec), ["value", "time"]));
  });

  it("over a span of time are those of the cells in it", () => {
    const cells = reduce(cube, boxOf({}, spec), ["value", "time"]);
    expect(overTime(cells, [1, 3]).total).toEqual(reduce(cube, boxOf({ time: [1, 3] }, spec), ["value"]).total);
  });

  it("are zero where nothing can be selected", () => {
    expect(reduce(cube, boxOf({ values: [] }, spec), []).n[0]).toBe(0);
  });
});

describe("a selection of features and of values", () => {
  it("keeps what both keep", () => {
    expect(
      Array.from(
        boxOf(
          {
            features: [1],
            values: [
              [0, 1],
              [1, 0],
            ],
          },
          spec,
        ).value,
      ).flatMap((flag, v) => (flag ? [v] : [])),
    ).toEqual([4]);
  });
});

describe("half the width of an interval", () => {
  it("is that of the standard error of the mean", () => {
    const values = [1, 2, 4, 9];
    const mean = 4;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3);
    expect(halfWidth(4, 16, 102)).toBeCloseTo((1.96 * deviation) / 2, 10);
  });

  it("is unknown below two rows", () => {
    expect(halfWidth(1, 5, 25)).toBeNaN();
  });
});

describe("a nice scale", () => {
  it("is 1, 2 or 5 times a power of ten and holds nearly all", () => {
    const next = random(5);
    for (const size of [0.003, 0.4, 70]) {
      const values = Float64Array.from({ length: 500 }, () => (next() - 0.5) * size);
      const scale = niceScale(values, new Float64Array(500).fill(99), 20);
      const lead = scale / 10 ** Math.floor(Math.log10(scale) + 1e-9);
      expect([1, 2, 5].some((one) => Math.abs(one - lead) < 1e-9)).toBe(true);
      expect(values.filter((x) => Math.abs(x) > scale).length).toBeLessThan(12);
    }
  });

  it("does not follow what few rows say", () => {
    expect(niceScale(Float64Array.of(1, 1000), [50, 3], 20)).toBe(1);
  });
});

describe("what was planted", () => {
  const rows = {
    shape: [2, 2],
    n: Float64Array.of(4, 0, 1, 9),
    total: new Float64Array(4),
    squares: new Float64Array(4),
  };

  it("is added by every row, for certain", () => {
    const sums = asPlanted(rows, Float32Array.of(0.5, 7, -2, 0));
    expect([...sums.total]).toEqual([2, 0, -2, 0]);
    expect(halfWidth(sums.n[0], sums.total[0], sums.squares[0])).toBe(0);
  });
});
