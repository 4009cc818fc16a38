/** Further axes: hierarchies join what they say, groups are named by where they lie, and narrow only what they can. */

import { describe, expect, it } from "vitest";
import { extentsOf, groupName, type GroupsMeta } from "../src/views/axes/ask";
import { narrowed } from "../src/views/axes/members";
import { clipApart } from "../src/views/sequence/heat";
import { leavesOf, ownersAt, placesOf, scoreOf, stepOf, type Tree, under } from "../src/views/axes/tree";
import { fits } from "../src/fits";
import type { CubeSpec } from "../src/types";
import { random } from "./random";

const chain: Tree = {
  leaf: Int32Array.of(0, 0, 1, 2),
  merge: Int32Array.of(1, 2, -1),
  leafScore: Float32Array.of(0.5, 0.25, -0.5, 1),
  mergeScore: Float32Array.of(1, 0.75, 2),
};

/** Any two groups joined each time, until one is left. */
function anyTree(n: number, seed: number): Tree {
  const draw = random(seed);
  const [leaf, merge] = [new Int32Array(n).fill(-1), new Int32Array(n - 1).fill(-1)];
  let nodes = Array.from({ length: n }, (_, i) => i);
  for (let m = 0; m < n - 1; m++) {
    for (let k = 0; k < 2; k++) {
      const [one] = nodes.splice(Math.floor(draw() * nodes.length), 1);
      if (one < n) leaf[one] = m;
      else merge[one - n] = m;
    }
    nodes = [...nodes, n + m];
  }
  return { leaf, merge, leafScore: new Float32Array(n), mergeScore: new Float32Array(n - 1) };
}

describe("a hierarchy", () => {
  it("has each leaf alone before the first join, and one group after the last", () => {
    expect([...ownersAt(chain, 0)]).toEqual([0, 1, 2, 3]);
    expect([...ownersAt(chain, 3)]).toEqual([6, 6, 6, 6]);
  });

  it("joins one group more at each step", () => {
    for (const seed of [1, 2, 3]) {
      const tree = anyTree(12, seed);
      const sizes = Array.from({ length: 12 }, (_, step) => new Set(ownersAt(tree, step)).size);
      expect(sizes).toEqual(Array.from({ length: 12 }, (_, step) => 12 - step));
    }
  });

  it("begins in the middle, or where few enough groups are left", () => {
    expect(stepOf(chain, 8)).toBe(2);
    expect(stepOf(chain, 1)).toBe(2);
    for (const seed of [1, 2, 3]) {
      const tree = anyTree(30, seed);
      expect(new Set(ownersAt(tree, stepOf(tree, 8))).size).toBe(8);
      expect(new Set(ownersAt(tree, stepOf(tree, 20))).size).toBe(15);
    }
  });

  it("has under each group the leaves that it owns", () => {
    const tree = anyTree(9, 5);
    for (let step = 1; step < 9; step++) {
      const made = 9 + step - 1;
      const owners = ownersAt(tree, step);
      expect(leavesOf(tree, made)).toEqual([...owners.keys()].filter((leaf) => owners[leaf] === made));
    }
  });

  it("is drawn with each leaf at a place of its own, and no branch between those of another", () => {
    for (const seed of [4, 5, 6]) {
      const tree = anyTree(15, seed);
      const places = placesOf(
        tree,
        Float64Array.from({ length: 15 }, (_, i) => (7 * i) % 15),
      );
      expect([...places.slice(0, 15)].sort((x, y) => x - y)).toEqual(Array.from({ length: 15 }, (_, i) => i));
      for (let merge = 0; merge < 14; merge++) {
        const at = leavesOf(tree, 15 + merge).map((leaf) => places[leaf]);
        expect(Math.max(...at) - Math.min(...at)).toBe(at.length - 1);
      }
    }
  });

  it("may join more than two at once, and may leave some alone", () => {
    const tree: Tree = { ...chain, leaf: Int32Array.of(0, 0, 0, -1), merge: Int32Array.of(-1) };
    expect(under(tree)).toEqual([[0, 1, 2]]);
    expect([...ownersAt(tree, 1)]).toEqual([4, 4, 4, 3]);
    expect(scoreOf(tree, 3)).toBe(1);
    expect(placesOf(tree, [3, 2, 1, 0])[3]).toBe(0);
  });

  it("as deep as it has leaves is still drawn", () => {
    const n = 20_000;
    const tree: Tree = {
      leaf: Int32Array.from({ length: n }, (_, i) => Math.max(0, i - 1)),
      merge: Int32Array.from({ length: n - 1 }, (_, m) => (m < n - 2 ? m + 1 : -1)),
      leafScore: new Float32Array(n),
      mergeScore: new Float32Array(n - 1),
    };
    expect(placesOf(tree, new Float64Array(n))[n - 1]).toBeGreaterThanOrEqual(0);
  });
});

const where = { feature_names: ["lactate", "mean_pressure", "pulse"], n_step: 8, time_unit: "hour" };

describe("a group", () => {
  const cells = Int32Array.of(0, 2, 0, 0, 3, 0, 1, 0, 1, 1, 2, 1, 1, 0, 2, 1, 2, 2);
  const [box, loose] = extentsOf(cells, 2);

  it("lies where its cells lie", () => {
    expect(box).toEqual({ features: [0], first: 2, last: 3, n_cell: 2, is_box: true });
    expect(loose).toEqual({ features: [1, 2], first: 0, last: 2, n_cell: 4, is_box: false });
  });

  it("is called by its name, else by where it lies", () => {
    expect(groupName(where, box)).toBe("lactate in hours 2–3");
    expect(groupName(where, loose)).toBe("mean pressure, pulse in hours 0–2");
    expect(groupName(where, { ...loose, features: [0, 1, 2], last: 0 })).toBe(
      "lactate, mean pressure and 1 more in hour 0",
    );
    expect(groupName(where, box, "breath")).toBe("breath");
    expect(groupName(where, extentsOf(cells, 3)[2])).toBe("");
  });
});

const feature = { name: "lactate", kind: "quantile", edges: [1], labels: ["< 1", "≥ 1"], unit: "", without: "not" };
const spec = {
  features: [feature, feature, feature],
  time_edges: [2, 4, 6],
  n_step: 8,
  align: "start",
} as unknown as CubeSpec;
const meta = { ...where, comparable: true } as unknown as GroupsMeta;
const extent = { features: [0], first: 2, last: 5, n_cell: 4, is_box: true };

describe("what a group narrows", () => {
  it("is its features and its times", () => {
    expect(narrowed(meta, extent, spec)).toEqual({
      values: [
        [0, 0],
        [0, 1],
        [0, 2],
      ],
      time: [1, 2],
    });
  });

  it("is no span of time where it has all", () => {
    expect(narrowed(meta, { ...extent, first: 0, last: 7, n_cell: 8 }, spec)).not.toHaveProperty("time");
  });

  it("is nothing, with the reason, where it cannot be said so", () => {
    expect(narrowed(meta, { ...extent, is_box: false }, spec)).toContain("no block");
    expect(narrowed(meta, { ...extent, first: 1 }, spec)).toContain("counted together");
    expect(narrowed(meta, { ...extent, last: 6 }, spec)).toContain("counted together");
    expect(narrowed({ ...meta, comparable: false }, extent, spec)).toContain("differ from sequence to sequence");
    expect(narrowed(meta, extent, { ...spec, align: "end" })).toContain("from the start");
    expect(narrowed(meta, extent, { ...spec, features: [] })).toContain("no other views");
  });
});

describe("what an address may hold of further axes", () => {
  it("is a place, or none where there may be none", () => {
    expect([fits("component", 3), fits("component", null), fits("component", -1)]).toEqual([true, true, false]);
    expect([fits("dreamsFrom", 12), fits("dreamsFrom", null), fits("mergeStep", 1.5)]).toEqual([true, false, false]);
    expect([fits("groupsAs", "together"), fits("groupsAs", "x")]).toEqual([true, false]);
  });
});

describe("names of groups that are too long", () => {
  const context = { measureText: (words: string) => ({ width: words.length }) } as unknown as CanvasRenderingContext2D;
  const cut = (names: string[]) => clipApart(context, names, 16);

  it("are cut at the end where that leaves them different", () => {
    expect(cut(["pulse", "mean arterial pressure"])).toEqual(["pulse", "mean arterial p…"]);
  });

  it("are cut in the middle where they would look alike", () => {
    const found = cut(["mean arterial pressure in hours 0 to 5", "mean arterial pressure in hours 6 to 11"]);
    expect(new Set(found).size).toBe(2);
    expect(found[0].endsWith("0 to 5")).toBe(true);
    expect(Math.max(...found.map((name) => name.length))).toBeLessThanOrEqual(16);
  });
});
