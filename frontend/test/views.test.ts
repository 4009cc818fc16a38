/** What views compute: pairs, patterns, likeness of runs, points inside a line, values to try. */

import { describe, expect, it } from "vitest";
import type { CubeSpec } from "../src/types";
import { inside, within } from "../src/views/cohorts/lasso";
import { idsInside, lineOf, pickedBy, type Points, spread } from "../src/views/cohorts/points";
import { matrixOf, pickOf as pickPair, ratioOf, valueAt } from "../src/views/pairs/together";
import { foremost, type Patterns, pickOf, question, shares } from "../src/views/patterns/courses";
import { likeness } from "../src/views/runs/small";
import { spread as spreadCells } from "../src/views/sequence/read";
import { apartOf, editWords, farWords, typicalOf } from "../src/views/tried/tried";

const feature = {
  name: "lactate",
  kind: "quantile" as const,
  edges: [1, 2, 4],
  labels: ["< 1", "1 – 2", "2 – 4", "≥ 4"],
  unit: "mmol/L",
  without: "not measured",
};
const spec: CubeSpec = {
  features: [feature, { ...feature, name: "ph" }],
  time_edges: [1, 2],
  n_step: 3,
  attribution_edges: [0],
  groups: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  class_names: ["survived", "died"],
  target: 0,
  align: "start",
  time_unit: "hour",
};

describe("a line around points", () => {
  const square = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
  ] as const;

  it("holds what is inside, and nothing else", () => {
    expect(inside(square, 5, 5)).toBe(true);
    for (const [x, y] of [
      [-1, 5],
      [11, 5],
      [5, -1],
      [5, 11],
    ])
      expect(inside(square, x, y)).toBe(false);
  });

  it("does not hold what lies in a bay", () => {
    const bay = [...square.slice(0, 3), [5, 2] as const, square[3]];
    expect(inside(bay, 5, 9)).toBe(false);
    expect(inside(bay, 1, 5)).toBe(true);
  });

  it("may be a circle", () => {
    expect(within({ x: 0, y: 0, r: 5 }, 3, 4)).toBe(true);
    expect(within({ x: 0, y: 0, r: 5 }, 3.1, 4)).toBe(false);
  });
});

describe("a line on the map", () => {
  const of = {
    meta: { method: "pca", ids: ["a", "b", "c"] },
    x: Float32Array.of(-2, 0, 2),
    y: Float32Array.of(5, 6, 9),
    group: Int32Array.of(0, 0, 1),
  } satisfies Points;

  it("lies between the outermost points", () => {
    expect([...spread(of).x]).toEqual([0, 500, 1000]);
    expect([...spread(of).y]).toEqual([0, 250, 1000]);
  });

  it("holds the same sequences at every size of the map", () => {
    for (const size of [
      { width: 200, height: 250 },
      { width: 1600, height: 900 },
    ]) {
      const [w, h] = [size.width, size.height];
      const lower = lineOf(
        [
          [0, h / 2],
          [w * 0.7, h / 2],
          [w * 0.7, h],
          [0, h],
        ],
        size,
      );
      expect(idsInside([lower], of)).toEqual(["a", "b"]);
    }
  });

  it("has few corners, however long it is drawn", () => {
    const drawn = Array.from({ length: 900 }, (_, i) => [i, i] as const);
    expect(lineOf(drawn, { width: 900, height: 900 }).length).toBeLessThanOrEqual(120);
  });

  it("drawn beside another adds to what is picked", () => {
    const [left, right] = [
      [-10, -10, 10, -10, 10, 10, -10, 10],
      [990, 990, 1010, 990, 1010, 1010, 990, 1010],
    ];
    const picked = pickedBy([left, right], of, "stays");
    expect(picked).toEqual({ from: "map", name: "2 stays", cohort: { ids: ["a", "c"] }, around: [left, right] });
  });
});

describe("the matrix of pairs", () => {
  const values = [
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 3],
  ] as const;

  it("finds each value where it stands, and none between features", () => {
    const matrix = matrixOf(values, 50);
    for (const [i, at] of matrix.at.entries()) expect(valueAt(matrix, at + matrix.cell / 2)).toBe(i);
    expect(valueAt(matrix, matrix.at[1] + matrix.cell + 1)).toBe(-1);
    expect(valueAt(matrix, matrix.size + 1)).toBe(-1);
    expect(matrix.features).toEqual([
      [0, 0, 1],
      [1, 2, 3],
    ]);
  });

  it("compares a group with itself as no difference, and turns around with its sides", () => {
    const of = (lift: number[]) => ({
      lift: Float32Array.from(lift),
      low: Float32Array.from(lift, (x) => x / 2),
      high: Float32Array.from(lift, (x) => x * 2),
      n: new Float32Array(lift.length),
    });
    const [x, y] = [of([1, 4, 0.5]), of([2, 1, 0.5])];
    expect(ratioOf(x, x).ratio).toEqual(new Float32Array(3));
    expect(ratioOf(x, y).ratio).toEqual(ratioOf(y, x).ratio.map((one) => 0 - one));
    expect(ratioOf(x, y).half[0]).toBeCloseTo(Math.SQRT2 * Math.log(2), 5);
  });

  it("picks the sequences that it counts: both values within one time bin, of what is selected", () => {
    const pick = pickPair([values[1], values[2]], spec, {
      time: [0, 1],
      groups: [1],
      values: [values[1], values[2]],
    });
    expect(pick.name).toBe("lactate 1 – 2 mmol/L with ph < 1 mmol/L, in the same hour");
    expect(pick.cohort).toEqual({
      together: [
        { values: [[0, 2]], time: [0, 1], groups: [1] },
        { values: [[1, 1]], time: [0, 1], groups: [1] },
      ],
    });
  });
});

describe("patterns", () => {
  const everyone = { all: [] };

  it("are asked of the selected values of their own feature", () => {
    const selection = {
      values: [[0, 1] as const, [1, 2] as const],
      time: [0, 1] as const,
    };
    expect(question(everyone, selection, 0)).toEqual({
      cohort: everyone,
      selection: { values: [[0, 1]], time: [0, 1] },
    });
  });

  it("are asked of the sequences that have what is selected of other features", () => {
    const selection = { values: [[1, 2] as const], time: [0, 1] as const };
    expect(question(everyone, selection, 0)).toEqual({
      cohort: { all: [{ rows: selection, at_least: 1 }] },
      selection: { time: [0, 1] },
    });
  });

  it("tell the share of a class where it is known", () => {
    expect(shares(spec, [6, 2, 1, 3], 1)).toEqual({
      predicted: 4 / 12,
      label: 5 / 12,
    });
    const unknown = { ...spec, groups: [[0, -1] as const, [1, -1] as const] };
    expect(shares(unknown, [6, 2], 1)).toEqual({ predicted: 0.25, label: NaN });
  });

  it("are picked by ids, or by places where there are none", () => {
    const of = {
      feature: 0,
      members: Int32Array.from([0, 1, -1, 1]),
      sample: Int32Array.from([4, 5, 6, 9]),
      meta: {},
    };
    expect(pickOf({ ...of, meta: { ids: ["a", "b", "c", "d"] } } as unknown as Patterns, spec, 1)?.cohort).toEqual({
      ids: ["b", "d"],
    });
    expect(pickOf(of as unknown as Patterns, spec, 1)?.cohort).toEqual({
      column: "sample",
      in: [5, 9],
    });
  });
});

describe("the likeness of runs", () => {
  const picture = (mean: number[], n = mean.map(() => 50)) => ({
    mean: Float32Array.from(mean),
    n: Float64Array.from(n),
    nTime: 2,
  });

  it("is 1 of the same picture on another scale, and -1 of its negative", () => {
    const one = picture([1, 2, -1, 4]);
    expect(likeness(one, picture([3, 5, -1, 9]))).toBeCloseTo(1);
    expect(likeness(one, picture([-1, -2, 1, -4]))).toBeCloseTo(-1);
  });

  it("leaves out cells with few rows and cells that are not selected", () => {
    const [x, y] = [picture([1, 2, 3, 9], [50, 50, 50, 2]), picture([1, 2, 3, -9])];
    expect(likeness(x, y)).toBeCloseTo(1);
    expect(likeness(picture([1, 2, 3, 9]), y, (v) => v === 0)).toBeCloseTo(1);
    expect(likeness(x, x, () => false)).toBeNaN();
  });
});

describe("a typical value", () => {
  it("of a bin lies in it", () => {
    const found = [1, 2, 3, 4].map((bin) => typicalOf(feature, bin) as number);
    expect(found[0]).toBeLessThan(1);
    expect(found[0]).toBeGreaterThanOrEqual(0);
    expect(found.slice(1, 3)).toEqual([1.5, 3]);
    expect(found[3]).toBeGreaterThan(4);
  });

  it("of a category is the category", () => {
    expect(typicalOf({ ...feature, kind: "category", labels: ["3", "5"], edges: [5] }, 2)).toBe(5);
    expect(typicalOf({ ...feature, kind: "category", labels: ["red"], edges: [] }, 1)).toBeNull();
  });
});

describe("a value that is tried", () => {
  it("is told to be far where it lies more than their whole spread beyond the others", () => {
    expect([-2, 3, 7].map((value) => farWords(spec, 0, value))).toEqual(["", "", ""]);
    for (const value of [-2.1, 7.1]) expect(farWords(spec, 0, value)).toContain("Far from most values (1 – 4 mmol/L)");
  });
});

describe("the pattern with the largest share", () => {
  it("is one of many sequences where there is such", () => {
    expect(foremost([0.2, 1, 0.4], [300, 1, 20])).toBe(2);
    expect(foremost([0.2, 1, 0.4], [3, 1, 2])).toBe(1);
  });
});

describe("events that are tried", () => {
  it("add what they add now where they were not before, and take back what they added where they are gone", () => {
    const after = new Float32Array([1, NaN, 3, NaN]);
    expect(Array.from(apartOf(after, new Float32Array([0.5, 2, NaN, NaN])))).toEqual([0.5, -2, 3, NaN]);
  });

  it("stand at the places of all features", () => {
    const all = spreadCells(new Float32Array([1, 2, 3, 4]), [0, 2], 3);
    expect(Array.from(all)).toEqual([1, NaN, 2, 3, NaN, 4]);
  });

  it("are said to happen where they have no value", () => {
    expect(editWords(spec, { feature: 0, first: 1, last: 1, value: "present" })).toBe("lactate happens, hour 1");
  });
});
