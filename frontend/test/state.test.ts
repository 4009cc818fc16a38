/** What is chosen: undo, redo, the address, and cohorts. */

import { beforeEach, describe, expect, it } from "vitest";
import { fromAddress, LONGEST, readAddress, shortAddress, toAddress } from "../src/address";
import { both, conditionOn, not, withCondition, withPicked } from "../src/cohorts";
import {
  type Chosen,
  canRedo,
  canUndo,
  choose,
  chosen,
  clearSelection,
  commit,
  EVERYONE,
  endGesture,
  explain,
  openRun,
  part,
  pick,
  redo,
  restart,
  START,
  select,
  shown,
  toggleValues,
  undo,
  unpick,
} from "../src/state";
import { random } from "./random";

beforeEach(() => {
  restart();
  commit();
});

describe("undo and redo", () => {
  it("lead back to every earlier state and forth again, whatever was done", () => {
    const next = random(3);
    const states: Chosen[] = [chosen.value];
    for (let i = 0; i < 40; i++) {
      const before = chosen.value;
      const kind = Math.floor(next() * 4);
      if (kind === 0) select("time", [Math.floor(next() * 5), 5 + Math.floor(next() * 5)]);
      if (kind === 1) toggleValues([[Math.floor(next() * 3), Math.floor(next() * 3)]]);
      if (kind === 2) choose({ search: `${Math.floor(next() * 9)}` });
      if (kind === 3) clearSelection();
      if (chosen.value !== before) states.push(chosen.value);
    }
    for (let i = states.length - 2; i >= 0; i--) {
      undo();
      expect(chosen.value).toBe(states[i]);
    }
    expect(canUndo.value).toBe(false);
    for (let i = 1; i < states.length; i++) {
      redo();
      expect(chosen.value).toBe(states[i]);
    }
    expect(canRedo.value).toBe(false);
  });

  it("take the whole of a drag as one step", () => {
    for (let to = 3; to < 9; to++) select("time", [2, to], "time 1");
    endGesture();
    select("time", [5, 6], "time 2");
    undo();
    expect(chosen.value.selection.time).toEqual([2, 8]);
    undo();
    expect(chosen.value.selection).toEqual({});
  });

  it("forget what was undone once something else is done", () => {
    choose({ search: "a" });
    undo();
    choose({ search: "b" });
    expect(canRedo.value).toBe(false);
  });

  it("do not count what changes nothing", () => {
    choose({ search: "" });
    clearSelection();
    expect(canUndo.value).toBe(false);
  });
});

describe("the address", () => {
  const full: Chosen = {
    ...START,
    run: "gru",
    a: { all: [{ column: "größe", from: 1.5, below: 3 }] },
    b: { not: { rows: { values: [[1, 2]] }, at_least: 2 } },
    edits: "b",
    saved: [{ name: "ältere", cohort: { column: "age", from: 70 } }],
    selection: {
      values: [
        [0, 1],
        [2, 0],
      ],
      time: [3, 9],
      attribution: [17, 19],
      groups: [1, 3],
    },
    sequence: "stay/7 ?#",
    show: "difference",
    measure: "per sequence",
    sort: "name",
    search: "°C",
    unfolded: [3, 1],
    parts: "equal",
    tables: ["summary"],
    picked: [{ from: "patterns", name: "pattern 2", cohort: { ids: ["ä", "b"] } }],
    other: "occlusion",
    courseOf: 3,
    nPattern: 4,
    changed: {
      id: "stay/7 ?#",
      edits: [{ feature: 1, first: 2, last: 5, value: null }],
    },
    large: "timeline",
  };

  it("of the start is empty", () => {
    expect(toAddress(START)).toBe("");
    expect(fromAddress("")).toEqual(START);
  });

  it("leads back to what was chosen", () => {
    expect(fromAddress(`#${toAddress(full)}`)).toEqual(full);
    expect(toAddress(full)).toMatch(/^1\.[\w-]+$/);
  });

  it("that cannot be read opens the start", () => {
    for (const broken of ["#", "#1.", "#1.%%%", "#2.e30", `#${toAddress(full).slice(0, 30)}`, "#token=abc"])
      expect(fromAddress(broken)).toEqual(START);
  });

  it("tells whether all of it was read", () => {
    const whole = ["", "#", `#${toAddress(full)}`];
    const part = ["#1.%%%", "#2.e30", `#${toAddress(full).slice(0, 30)}`, `#1.${btoa('{"nobody":1}')}`];
    expect(whole.map((one) => readAddress(one).whole)).toEqual([true, true, true]);
    expect(part.map((one) => readAddress(one).whole)).toEqual([false, false, false, false]);
  });

  it("cannot bring in what does not fit", () => {
    const forged = (value: unknown) => fromAddress(`#1.${btoa(JSON.stringify(value))}`);
    expect(
      forged({
        selection: { time: ["<b>", 3] },
        show: "c",
        a: { column: 7 },
        extra: 1,
        unfolded: [-1],
        tables: "x",
        large: 5,
      }),
    ).toEqual(START);
    expect(
      forged({
        picked: [{ from: "x", name: "", cohort: { ids: [] } }],
        changed: { id: "a", edits: [{}] },
        nPattern: 99,
        courseOf: -1,
      }),
    ).toEqual(START);
    expect(forged({ selection: { time: [3, 1] }, search: "kept" })).toEqual({
      ...START,
      search: "kept",
    });
  });
});

describe("selecting values", () => {
  it("adds them, and takes them out when all are in", () => {
    toggleValues([
      [1, 0],
      [1, 1],
    ]);
    toggleValues([[0, 2]]);
    expect(chosen.value.selection.values).toEqual([
      [0, 2],
      [1, 0],
      [1, 1],
    ]);
    toggleValues([
      [1, 0],
      [1, 1],
    ]);
    expect(chosen.value.selection.values).toEqual([[0, 2]]);
    toggleValues([[0, 2]]);
    expect(chosen.value.selection.values).toBeUndefined();
  });

  it("alone replaces what was selected", () => {
    toggleValues([
      [1, 0],
      [1, 1],
    ]);
    toggleValues([[1, 1]], true);
    expect(chosen.value.selection.values).toEqual([[1, 1]]);
    toggleValues([[1, 1]], true);
    expect(chosen.value.selection.values).toBeUndefined();
  });
});

describe("a short address", () => {
  const ids = Array.from({ length: 3000 }, (_, i) => `3000${i}`);
  const drawn = { from: "map", name: "3,000 stays", cohort: { ids }, around: [[0, 0, 900, 0, 900, 900]] } as const;

  it("is the whole one where that fits", () => {
    const now = { ...START, selection: { time: [1, 2] as const } };
    expect(shortAddress(now)).toEqual({ address: toAddress(now), without: [] });
  });

  it("holds the line instead of the thousands inside it", () => {
    const { address, without } = shortAddress({ ...START, picked: [drawn] });
    expect(address.length).toBeLessThan(LONGEST);
    expect(without).toEqual([]);
    expect(fromAddress(`#${address}`).picked).toEqual([{ ...drawn, cohort: { ids: [] } }]);
  });

  it("leaves out what does not fit, names it, and keeps the rest", () => {
    const saved = [{ name: "old", cohort: { column: "age", from: 70 } }];
    const now = { ...START, tab: "pairs", saved, a: { ids }, picked: [{ ...drawn, around: undefined }] };
    const { address, without } = shortAddress(now);
    expect(address.length).toBeLessThanOrEqual(LONGEST);
    expect(without).toEqual(["saved cohorts", "sequences that were picked", "a long list of sequences"]);
    expect(fromAddress(`#${address}`)).toEqual({ ...START, tab: "pairs" });
  });

  it("is short whatever is chosen", () => {
    const values = Array.from({ length: 900 }, (_, i) => [i, 1] as const);
    const { address, without } = shortAddress({ ...START, run: "ig", selection: { values } });
    expect(without).toEqual(["what is selected"]);
    expect(fromAddress(`#${address}`)).toEqual({ ...START, run: "ig" });
  });
});

describe("picking sequences", () => {
  const one = {
    from: "map",
    name: "2 stays",
    cohort: { ids: ["a", "b"] },
  } as const;
  const other = {
    from: "pairs",
    name: "x with y",
    cohort: { column: "age", from: 3 },
  } as const;

  it("holds one pick a view, and frees it when it is picked again", () => {
    pick(one);
    pick(other);
    pick({ ...one, cohort: { ids: ["c"] } });
    expect(chosen.value.picked.map((each) => each.cohort)).toEqual([other.cohort, { ids: ["c"] }]);
    pick(other);
    expect(chosen.value.picked).toHaveLength(1);
    unpick("map");
    expect(chosen.value.picked).toEqual([]);
  });

  it("narrows a cohort, but not for the view it was picked in", () => {
    const old = { column: "age", from: 70 };
    expect(withPicked(old, [one, other])).toEqual({
      all: [old, one.cohort, other.cohort],
    });
    expect(withPicked(old, [one, other], "map")).toEqual({
      all: [old, other.cohort],
    });
    expect(withPicked(EVERYONE, [])).toBe(EVERYONE);
  });

  it("is cleared with the selection", () => {
    pick(one);
    select("time", [1, 2]);
    clearSelection();
    expect(chosen.value.picked).toEqual([]);
    undo();
    expect(chosen.value.picked).toEqual([one]);
  });
});

describe("cohorts", () => {
  const old = { column: "age", from: 70 };

  it("hold one condition a column", () => {
    const cohort = withCondition(withCondition(EVERYONE, "age", old), "age", {
      column: "age",
      below: 40,
    });
    expect(cohort).toEqual({ all: [{ column: "age", below: 40 }] });
    expect(conditionOn(cohort, "age")).toEqual({ column: "age", below: 40 });
    expect(withCondition(cohort, "age", null)).toEqual(EVERYONE);
  });

  it("keep what cannot be a plain condition", () => {
    expect(withCondition(not(old), "sex", { column: "sex", in: ["f"] })).toEqual({
      all: [{ not: old }, { column: "sex", in: ["f"] }],
    });
  });

  it("inverted twice are themselves", () => {
    expect(not(not(old))).toEqual(old);
  });

  it("of both do not nest needlessly", () => {
    expect(both(EVERYONE, old)).toEqual({ all: [old] });
  });
});

describe("what is shown", () => {
  it("follows at once where something is chosen by itself", () => {
    choose({ sequence: "7" });
    expect(shown.value.sequence).toBe("7");
  });

  it("follows a brush a frame later", () => {
    select("time", [1, 2], "time 1");
    expect(shown.value.selection.time).toBeUndefined();
    commit();
    expect(shown.value.selection.time).toEqual([1, 2]);
  });

  it("changes a part only when that part changes", () => {
    const groups = part((now) => now.selection.groups);
    select("groups", [1]);
    commit();
    const before = groups.value;
    select("time", [1, 2]);
    commit();
    expect(groups.value).toBe(before);
  });
});

describe("what is explained", () => {
  it("is another thing with another target: attributions that were selected are let go, times are kept", () => {
    restart();
    choose({ selection: { time: [1, 2], attribution: [0, 3] } });
    explain(1);
    expect([chosen.value.target, chosen.value.selection]).toEqual([1, { time: [1, 2] }]);
    undo();
    expect([chosen.value.target, chosen.value.selection.attribution]).toEqual([0, [0, 3]]);
  });

  it("begins anew in another run", () => {
    restart();
    choose({ target: 2, other: "occlusion", show: "runs" });
    openRun("lime");
    expect(chosen.value).toMatchObject({ run: "lime", target: 0, other: null, show: "a" });
  });
});
