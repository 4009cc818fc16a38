/** What times, values, classes and columns are called. */

import { describe, expect, it } from "vitest";
import type { Column, CubeSpec, FeatureBins, Opened } from "../src/types";
import { binWords, conditionOf, onlyValue, rangeOf } from "../src/views/cohorts/counted";
import { nearestStep } from "../src/views/sequence/heat";
import { className, cohortWords, inWords, labelOf, momentWords, percentsApart, valueWords } from "../src/words";

const feature: FeatureBins = {
  name: "base_excess",
  kind: "quantile",
  edges: [-4, -1.5],
  labels: ["< -4", "-4 – -1.5", "≥ -1.5"],
  unit: "mmol/L",
  without: "not measured",
};
const spec: CubeSpec = {
  features: [feature],
  time_edges: [1, 2, 3],
  n_step: 4,
  attribution_edges: [0],
  groups: [[0, 0]],
  class_names: ["lived", "1"],
  target: 0,
  align: "start",
  time_unit: "hour",
};
const age: Column = { name: "age", kind: "number", bins: [40, 60, 80], min: 18, max: 95, unit: "years" };

describe("one time", () => {
  it("is the same step where every bin holds one", () => {
    expect(momentWords(spec)).toBe("in the same hour");
  });

  it("is as long as the widest bin", () => {
    expect(momentWords({ ...spec, time_edges: [2, 3] })).toBe("within the same 2 hours");
  });
});

describe("a value", () => {
  it("below zero has a minus sign, and ranges keep their dash", () => {
    expect([1, 2, 3].map((bin) => labelOf(spec, 0, bin))).toEqual(["< −4", "−4 – −1.5", "≥ −1.5"]);
  });

  it("has its unit, but for what was not measured", () => {
    expect([0, 3].map((bin) => valueWords(spec, 0, bin))).toEqual(["not measured", "≥ −1.5 mmol/L"]);
  });
});

describe("a class", () => {
  it("that is only numbered is said to be one", () => {
    expect([-1, 0, 1, 2].map((one) => className(spec, one))).toEqual(["unknown", "lived", "class 1", "class 2"]);
  });
});

describe("two chances", () => {
  it("are told apart in as few digits as do so", () => {
    const plain = (a: number, b: number) => percentsApart(a, b).map((one) => one.replaceAll("\u00a0", " "));
    expect(plain(0.97, 0.62)).toEqual(["97 %", "62 %"]);
    expect(plain(0.998, 0.9964)).toEqual(["99.8 %", "99.6 %"]);
    expect(plain(0.9991, 0.9983)).toEqual(["99.9 %", "99.8 %"]);
    expect(plain(0.9996, 0.995)).toEqual(["99.96 %", "99.50 %"]);
    expect(plain(0.5, 0.5)).toEqual(["50 %", "50 %"]);
    expect(plain(1e-7, 2e-7)).toEqual(["< 1 %", "< 1 %"]);
  });
});

describe("help", () => {
  it("calls sequences what the run calls them", () => {
    const words = {
      sequence: "stay",
      sequences: "stays",
      outcome: "the risk of death",
      unit: "",
      scale: "score",
    } as const;
    expect(inWords("Orange raises {outcome} of a {sequence}; {sequences}.", words)).toBe(
      "Orange raises the risk of death of a stay; stays.",
    );
    expect(inWords("A {sequence} of {sequences}.", null)).toBe("A sequence of sequences.");
  });
});

describe("a cohort by what comes together", () => {
  it("says what, and how near", () => {
    const opened = { spec, columns: [], runs: [], run: { name: "ig" }, words: {} } as unknown as Opened;
    const together = [{ values: [[0, 3] as const] }, { values: [[0, 0] as const] }];
    expect(cohortWords({ together }, opened)).toBe(
      "with base excess ≥ −1.5 mmol/L and base excess not measured in the same hour",
    );
  });
});

describe("a column", () => {
  it("is narrowed to bins, and the bins are found again", () => {
    for (let from = 0; from < 4; from++)
      for (let to = from; to < 4; to++)
        expect(rangeOf(age, conditionOf(age, [from, to]))).toEqual(from === 0 && to === 3 ? undefined : [from, to]);
  });

  it("says its bins with their unit", () => {
    expect(binWords(age, [1, 2])).toBe("40 – 80 y");
    expect(binWords(age, [0, 3], false)).toBe("18 – 95");
  });

  it("tells nobody apart where all have one value", () => {
    expect(onlyValue({ ...age, min: 48, max: 48, unit: "hours" }, Float64Array.of(9))).toBe("48 hours");
    expect(onlyValue(age, Float64Array.of(3, 4, 0, 2))).toBeNull();
    const unit: Column = { name: "unit", kind: "category", values: ["MICU", "SICU"] };
    expect(onlyValue(unit, Float64Array.of(0, 7))).toBe("SICU");
    expect(onlyValue(unit, Float64Array.of(1, 7))).toBeNull();
    expect(onlyValue(unit, null)).toBeNull();
  });
});

describe("the step nearest to a place", () => {
  it("lies within the sequence, however far away", () => {
    expect(nearestStep(spec, { n: 4 }, 504, -50)).toBe(0);
    expect(nearestStep(spec, { n: 4 }, 504, 9000)).toBe(3);
  });
});
