/** What raises at one time and lowers at another. */

import { describe, expect, it } from "vitest";
import { turn } from "../src/summary";
import type { CubeSpec } from "../src/types";
import { sorted } from "../src/views/bands";

const course = (values: readonly number[], rows = 100) =>
  turn(
    values.map((mean) => mean * rows),
    values.map(() => rows),
    0,
    values.length,
  );

describe("an effect that turns", () => {
  it("is the lesser of how far it raises and lowers on average", () => {
    expect(course([3, 3, 3, 3, -1, -1, -1, -1])).toBe(1);
    expect(course([-3, -3, -3, -3, 1, 1, 1, 1])).toBe(1);
  });
  it("is none where a value only raises, or where single steps waver", () => {
    expect(course([3, 1, 0, 2])).toBe(0);
    expect(course([3, -1, 2, -1, 4, -1, 3, -1])).toBe(0);
  });
  it("is none where few rows say so", () => {
    expect(course([3, 3, -1, -1], 29)).toBe(0);
  });
  it("is found behind other values", () => {
    const rows = Array.from({ length: 8 }, () => 50);
    const means = [9, 9, 9, 9, 2, 2, -5, -5];
    expect(
      turn(
        means.map((mean) => mean * 50),
        rows,
        4,
        4,
      ),
    ).toBe(2);
  });
  it("is among the orders of features", () => {
    const spec = { features: ["a", "b", "c"].map((name) => ({ name, unit: "" })) } as unknown as CubeSpec;
    expect(sorted(spec, "turns", "", Float64Array.from([1, 3, 2]))).toEqual([1, 2, 0]);
    expect(sorted(spec, "given", "", null)).toEqual([0, 1, 2]);
  });
});
