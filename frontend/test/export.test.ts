/** Ways out of the page: tables, drawings, lines of Python, saved pages. */

import { describe, expect, it } from "vitest";
import { AskError, readFrame } from "../src/api";
import { apart, byCarried, keyOf, packed, together, unpacked } from "../src/export/carried";
import { rounded } from "../src/export/page";
import { literal, pythonOf } from "../src/export/python";
import { fileName } from "../src/export/save";
import { Drawing } from "../src/export/svg";
import { asCsv, asData, asRecords } from "../src/export/table";
import type { CubeSpec } from "../src/types";
import { random } from "./random";

describe("a table", () => {
  const table = {
    columns: ["Name", "Adds"],
    rows: [
      ["=1+1", "+0.30"],
      ['a,"b"', "−1,204.5"],
      ["@cmd", "≥ 3"],
      ["-", 7],
    ],
  };

  it("is a file that no spreadsheet takes for formulas, with plain numbers", () => {
    expect(asCsv(table).split("\r\n")).toEqual([
      "Name,Adds",
      "'=1+1,0.30",
      '"a,""b""",-1204.5',
      "'@cmd,≥ 3",
      "'-,7",
      "",
    ]);
  });

  it("is records whose numbers are numbers", () => {
    expect(asRecords(table)[1]).toEqual({ Name: 'a,"b"', Adds: -1204.5 });
    expect(asRecords(table)[2]).toEqual({ Name: "@cmd", Adds: "≥ 3" });
  });
});

describe("a table of names that are read from the right", () => {
  it("is a file without the marks around them", () => {
    const table = { columns: ["\u2068توفي\u2069"], rows: [["\u2068ضغط\u2069"]] };
    expect(asCsv(table)).toBe("توفي\r\nضغط\r\n");
    expect(asRecords(table)).toEqual([{ توفي: "ضغط" }]);
  });
});

describe("a view's data", () => {
  it("say what they are of, and from where time is counted", () => {
    const spec = { align: "end", target: 1 } as CubeSpec;
    const run = { name: "ig", digest: "d", attrs: {} };
    const shown = { view: "Values", says: "", cohort: { all: [] }, selection: { time: [0, 2] as const } };
    expect(asData({ title: "ICU", run, spec }, shown)).toMatchObject({
      title: "ICU",
      run,
      align: "end",
      target: 1,
      selection: { time: [0, 2] },
      table: [],
    });
  });
});

describe("a file's name", () => {
  it("has plain letters only", () => {
    expect(fileName("ICU: mortality ../x", "pairs")).toBe("aition-icu-mortality-x-pairs");
  });

  it("says Aition once", () => {
    expect(fileName("Aition", "pairs")).toBe("aition-pairs");
  });
});

describe("lines of Python", () => {
  const spec = { align: "end" } as never;
  const of = {
    run: 'a"b',
    spec,
    cohort: { all: [] },
    selection: {},
    sequence: null,
    feature: 2,
    nPattern: 3,
    other: null,
    show: "a" as const,
    b: null,
  };

  it("say null, true and false as Python does, but not inside texts", () => {
    expect(literal({ a: [1, null, true], b: "null, true" })).toBe('{"a": [1, None, True], "b": "null, true"}');
  });

  it("name the run and what is asked", () => {
    const lines = pythonOf("patterns", of) ?? "";
    expect(lines).toContain('cube = open_cube(aition.store.open("a\\"b"), align="end")');
    expect(lines).toContain("found = patterns(cube, mask, selection, feature=2, n_cluster=3)");
  });

  it("count what the summary shows: cohort A, both cohorts, or another run", () => {
    const b = { column: "age", from: 65 };
    const lines = (show: "a" | "difference" | "runs") => pythonOf("summary", { ...of, show, b, other: "occlusion" });
    expect(lines("a")).not.toContain("others");
    expect(lines("difference")).toContain('others = cohort_mask({"column": "age", "from": 65}, cube.samples,');
    expect(lines("runs")).toContain("found = compare(cube, other, mask)");
  });

  it("are left out where no call does it", () => {
    expect(pythonOf("findings", of)).toBeNull();
  });
});

describe("a saved page", () => {
  it("has its bytes back after packing", async () => {
    const next = random(5);
    const bytes = Uint8Array.from({ length: 1003 }, () => Math.floor(next() * 4));
    expect(together(apart(bytes))).toEqual(bytes);
    expect(new Uint8Array(await unpacked(await packed(bytes.buffer)))).toEqual(bytes);
  });

  it("answers what it was asked before, exact or not, and says what it lacks", async () => {
    const body = { run: "a", cohort: { all: [] } };
    const transport = byCarried({
      address: "",
      title: "",
      savedAt: "",
      findings: [],
      answers: { [keyOf("list", body)]: { json: 7 } },
    });
    const control = new AbortController().signal;
    expect(await transport("list", { ...body, approximate: 4000 }, control)).toEqual({ json: 7 });
    await expect(transport("list", { ...body, run: "b" }, control)).rejects.toBeInstanceOf(AskError);
  });

  it("rounds sums by less than 1 in 8,000", () => {
    const next = random(2);
    const exact = Float32Array.from({ length: 500 }, () => (next() - 0.5) * 10 ** (4 * next()));
    const total = exact.slice();
    rounded({ meta: {}, arrays: { total: { shape: [500], data: total } } }, ["total"]);
    for (const [i, x] of exact.entries()) expect(Math.abs(total[i] - x)).toBeLessThanOrEqual(Math.abs(x) / 8000);
    expect(total.filter((x, i) => x !== exact[i]).length).toBeGreaterThan(400);
  });

  it("has frames that are frames again", async () => {
    const header = JSON.stringify({
      meta: { exact: true },
      arrays: [{ name: "n", dtype: "u4", shape: [2] }],
    }).padEnd(84);
    const buffer = new ArrayBuffer(12 + header.length + 8);
    const view = new DataView(buffer);
    for (const [i, x] of [0x4e544941, 1, header.length].entries()) view.setUint32(4 * i, x, true);
    new Uint8Array(buffer, 12).set(new TextEncoder().encode(header));
    view.setUint32(12 + header.length, 41, true);
    const back = readFrame(await unpacked(await packed(buffer)));
    expect(Array.from(back.arrays.n.data)).toEqual([41, 0]);
  });
});

describe("a drawing", () => {
  it("holds what was drawn, its texts escaped, its clips closed", () => {
    const stand = {
      createElement: () => ({
        getContext: () => ({ measureText: () => ({ width: 30 }) }),
      }),
    };
    Object.assign(globalThis, { document: stand });
    const drawing = new Drawing("#fff");
    drawing.fillStyle = "#123456";
    drawing.fillRect(10, 5, -4, 2);
    drawing.save();
    drawing.beginPath();
    drawing.rect(0, 0, 5, 5);
    drawing.clip();
    drawing.translate(2, 3);
    drawing.fillText("<a & b>", 1, 1);
    drawing.restore();
    drawing.fillRect(0, 0, 0, 9);
    const text = drawing.finished(20, 10, "x");
    expect(text).toContain('<rect x="6" y="5" width="4" height="2" fill="#123456"/>');
    expect(text).toContain("&#60;a &#38; b&#62;");
    expect(text).toContain('transform="matrix(1 0 0 1 2 3)"');
    expect(text.match(/<g /g)?.length).toBe(text.match(/<\/g>/g)?.length);
    expect(text).not.toContain('width="0"');
    Reflect.deleteProperty(globalThis, "document");
  });
});
