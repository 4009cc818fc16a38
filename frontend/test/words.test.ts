/** What things are called, by those who look. */

import { describe, expect, it } from "vitest";
import type { Words } from "../src/types";
import {
  attributionWords,
  chanceWords,
  className,
  columnTitle,
  endOf,
  featureName,
  groupsWords,
  inTheirWords,
  staticWords,
  stepWords,
  valuesWords,
} from "../src/words";

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

describe("a selection of another run", () => {
  it("is named, so that it can be freed", () => {
    expect(valuesWords({ features: [] } as never, 0, [1])).toBe("a feature that this run does not have");
  });
});

describe("a probability", () => {
  const opened = (title?: string) => ({ columns: [{ name: "probability", kind: "number", title }] }) as never;

  it("is called by what it is of", () => {
    expect(chanceWords(opened("Risk of death"))).toBe("risk of death");
  });

  it("is that of the explained class where nobody says what that is", () => {
    expect(chanceWords(opened("Probability"))).toBe("probability of the explained class");
    expect(chanceWords({ columns: [] } as never)).toBe("probability of the explained class");
  });
});

describe("what is known of a sequence as a whole", () => {
  it("stands in the words and units of its columns", () => {
    const columns = [
      { name: "age", kind: "number", title: "Age", unit: "years" },
      { name: "male", kind: "category", title: "Sex", values: [0, 1], labels: ["female", "male"] },
    ];
    const known = { age: 75.04, male: 0, weight_at_birth: 3.25 };
    expect(staticWords({ columns } as never, known)).toBe("Age 75 years · Sex female · weight at birth 3.25");
  });
});

describe("a moment of a sequence", () => {
  it("is told in the unit of time where steps have one, else by its step", () => {
    const times = [0, 1.5, 3];
    expect(stepWords({ time_unit: "hour" } as never, times, 1)).toBe("hour 1.5");
    expect(stepWords({ time_unit: "" } as never, times, 1)).toBe("step 1");
  });
});

describe("a range of attributions", () => {
  const spec = { attribution_edges: [-0.5, -0.00002, 0, 1.4e-45, 0.0213, 0.0241] } as never;
  const said = (a: number, b: number) => attributionWords(spec, [a, b]);

  it("is 0 where it holds exact zeros alone", () => {
    expect(said(3, 3)).toBe("0");
  });

  it("says on which side of zero it ends", () => {
    expect([said(0, 2), said(0, 3), said(3, 6), said(4, 6)]).toEqual(["< 0", "≤ 0", "≥ 0", "> 0"]);
  });

  it("does not round a small edge to zero", () => {
    expect(said(2, 2)).toBe("−0.00002 to 0");
  });

  it("tells its ends apart where they are near to each other", () => {
    expect(said(5, 5)).toBe("+0.021 to +0.024");
  });
});

describe("outcomes of which nothing is known", () => {
  it("are neither right nor wrong", () => {
    const of = (groups: readonly (readonly [number, number])[]) =>
      groupsWords({ groups: [...groups, [0, 1], [1, 0]], class_names: [] } as never, [0]);
    expect(of([[-1, -1]])).toBe("predicted unknown, in fact unknown");
    expect(of([[-1, 1]])).not.toMatch(/rightly|wrongly/);
  });
});

describe("a name that is read from the right", () => {
  it("keeps to itself, and others are as they are", () => {
    const spec = { class_names: ["توفي", "died"], features: [{ name: "ضغط" }] } as never;
    expect(className(spec, 0)).toBe("\u2068توفي\u2069");
    expect(className(spec, 1)).toBe("died");
    expect(featureName(spec, 0)).toBe("\u2068ضغط\u2069");
  });
});

describe("a long id", () => {
  it("is known by its end", () => {
    expect(endOf("hospital-0-13418")).toBe("hospital-0-13418");
    expect(endOf("hospital-of-the-north-0013418")).toBe("…th-0013418");
  });
});
