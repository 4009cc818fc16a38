/** What is asked of the server first. */

import { describe, expect, it } from "vitest";
import { sequencesFirst } from "../src/data";

describe("a first answer", () => {
  it("rests on as many rows, however long sequences are", () => {
    expect(sequencesFirst({ n_sample: 25_000, n_row: 41_000_000 })).toBe(914);
    expect(sequencesFirst({ n_sample: 100_000, n_row: 1_000_000 })).toBe(150_000);
  });

  it("rests on no fewer sequences than tell something", () => {
    expect(sequencesFirst({ n_sample: 1000, n_row: 1_000_000_000 })).toBe(500);
    expect(sequencesFirst({ n_sample: 0, n_row: 0 })).toBe(500);
  });
});
