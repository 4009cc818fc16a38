/** What raises at one time and lowers at another. */

import { describe, expect, it } from "vitest";
import { turn } from "../src/summary";
import { sorted } from "../src/views/bands";
import type { CubeSpec } from "../src/types";

const course = (...values: number[]) => turn(Float64Array.from(values), 0, values.length);

describe("an effect that turns", () => {
  it("is the lesser of what it raises and what it lowers", () => {
    expect(course(3, 3, 3, 3, -1, -1, -1, -1)).toBe(4);
    expect(course(-3, -3, -3, -3, 1, 1, 1, 1)).toBe(4);
  });
  it("is none where a value only raises, or where single steps waver", () => {
    expect(course(3, 1, 0, 2)).toBe(0);
    expect(course(3, -1, 2, -1, 4, -1, 3, -1)).toBe(0);
  });
  it("is found behind other values", () => {
    expect(turn(Float64Array.from([9, 9, 9, 9, 2, 2, -5, -5]), 4, 4)).toBe(4);
  });
  it("is among the orders of features", () => {
    const spec = { features: ["a", "b", "c"].map((name) => ({ name, unit: "" })) } as unknown as CubeSpec;
    expect(sorted(spec, "turns", "", Float64Array.from([1, 3, 2]))).toEqual([1, 2, 0]);
    expect(sorted(spec, "given", "", null)).toEqual([0, 1, 2]);
  });
});
