/** Cubes that keep sums along attribution, and cubes of some features only. */

import { describe, expect, it } from "vitest";
import { boxOf, type Cube, onlyFeatures, reduce, shapeOf } from "../src/cube";
import type { CubeSpec } from "../src/types";
import { random } from "./random";

function specOf(nFeature: number, nTime: number, nAttribution: number): CubeSpec {
  const feature = (name: string) =>
    ({
      name,
      kind: "category",
      edges: [1, 2],
      labels: ["0", "1", "2"],
      unit: "",
      without: "not measured",
    }) as const;
  return {
    features: Array.from({ length: nFeature }, (_, f) => feature(`f${f}`)),
    time_edges: Array.from({ length: nTime - 1 }, (_, t) => t + 1),
    n_step: nTime,
    attribution_edges: Array.from({ length: nAttribution - 1 }, (_, a) => a),
    groups: [
      [0, 0],
      [1, 1],
    ],
    class_names: ["a", "b"],
    target: 0,
    align: "start",
    time_unit: "hour",
  };
}

function cubeOf(spec: CubeSpec): Cube {
  const [shape, next] = [shapeOf(spec), random(1)];
  const size = shape.reduce((a, b) => a * b, 1);
  const n = Uint32Array.from({ length: size }, () => (next() < 0.3 ? Math.floor(next() * 5) : 0));
  const total = Float32Array.from(n, (count) => count * (next() - 0.5));
  return { shape, n, total, squares: total.map((x) => x * x) };
}

describe("a cube of more than two million cells", () => {
  const spec = specOf(200, 70, 20);
  const cube = cubeOf(spec);

  it("has the sums over a range of attributions that its cells have", () => {
    expect(cube.n.length).toBeGreaterThan(2_000_000);
    const box = boxOf({ attribution: [3, 11], time: [5, 60], groups: [1] }, spec);
    const found = reduce(cube, box, ["value"]);
    const [, nValue, nTime, nAttribution] = cube.shape;
    for (let v = 0; v < nValue; v += 37) {
      let [n, total] = [0, 0];
      for (let t = 5; t <= 60; t++)
        for (let a = 3; a <= 11; a++) {
          const i = ((nValue + v) * nTime + t) * nAttribution + a;
          n += cube.n[i];
          total += cube.total[i];
        }
      expect(found.n[v]).toBe(n);
      expect(Math.abs(found.total[v] - total)).toBeLessThan(1e-9);
    }
  });

  it("counts every row where nothing is restricted", () => {
    const all = cube.n.reduce((x, y) => x + y, 0);
    expect(reduce(cube, boxOf({}, spec), []).n[0]).toBe(all);
  });
});

describe("a cube of some features", () => {
  const spec = specOf(4, 5, 6);

  it("selects what the whole cube selects of them", () => {
    const selection = {
      features: [1, 3],
      values: [[1, 2] as const, [2, 0] as const, [3, 1] as const],
      time: [1, 3] as const,
    };
    const [part, inPart] = onlyFeatures(spec, selection, [3, 1]);
    expect(part.features.map((one) => one.name)).toEqual(["f3", "f1"]);
    expect(inPart).toEqual({
      features: [1, 0],
      values: [
        [1, 2],
        [0, 1],
      ],
      time: [1, 3],
    });
    expect(boxOf(inPart, part).value).toEqual(Uint8Array.from([0, 1, 0, 0, 0, 0, 1, 0]));
  });

  it("keeps a selection that names no value as it is", () => {
    expect(onlyFeatures(spec, { groups: [1] }, [2])[1]).toEqual({
      groups: [1],
    });
  });
});
