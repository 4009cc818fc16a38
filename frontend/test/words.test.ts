/** What things are called, by those who look. */

import { describe, expect, it } from "vitest";
import type { Words } from "../src/types";
import { columnTitle, featureName, inTheirWords, stepWords } from "../src/words";

const called: Words = {
  sequence: "stay",
  sequences: "stays",
  outcome: "the risk of death",
  unit: "points",
  scale: "score",
};

describe("what the server says", () => {
  it("become those of the people who look", () => {
    expect(inTheirWords("Sequences: 24 sequences, one sequence.", called)).toBe("Stays: 24 stays, one stay.");
  });

  it("stay inside other words, and where nothing is known", () => {
    expect(inTheirWords("subsequence, sequencer", called)).toBe("subsequence, sequencer");
    expect(inTheirWords("a sequence", null)).toBe("a sequence");
  });
});

describe("names", () => {
  it("are those for people where there are such", () => {
    const feature = { kind: "cuts" as const, edges: [], labels: [], unit: "", without: "not measured" };
    const spec = {
      features: [
        { ...feature, name: "spo2", title: "oxygen saturation" },
        { ...feature, name: "heart_rate" },
      ],
    };
    expect([0, 1].map((f) => featureName(spec as never, f))).toEqual(["oxygen saturation", "heart rate"]);
    expect(columnTitle({ name: "n_row", kind: "number" })).toBe("N row");
    expect(columnTitle({ name: "n_row", kind: "number", title: "Rows" })).toBe("Rows");
  });
});

describe("a moment of a sequence", () => {
  it("is told in the unit of time where steps have one, else by its step", () => {
    const times = [0, 1.5, 3];
    expect(stepWords({ time_unit: "hour" } as never, times, 1)).toBe("hour 1.5");
    expect(stepWords({ time_unit: "" } as never, times, 1)).toBe("step 1");
  });
});
