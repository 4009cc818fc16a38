/** The same in Python, on the run itself. */

import type { Chosen } from "../state";
import type { Cohort, CubeSpec, Selection } from "../types";

export interface Asked {
  readonly run: string;
  readonly spec: CubeSpec;
  readonly cohort: Cohort;
  readonly selection: Selection;
  readonly sequence: string | null;
  readonly feature: number;
  readonly nPattern: number;
  readonly other: string | null;
  /** What the summary shows, and cohort B where there is one. */
  readonly show: Chosen["show"];
  readonly b: Cohort | null;
}

/** JSON as Python writes it. */
export function literal(value: unknown): string {
  return JSON.stringify(value)
    .replace(
      /"(?:[^"\\]|\\.)*"|\bnull\b|\btrue\b|\bfalse\b/g,
      (one) => ({ null: "None", true: "True", false: "False" })[one] ?? one,
    )
    .replace(/,(?=\S)(?=(?:[^"]*"[^"]*")*[^"]*$)/g, ", ")
    .replace(/":(?=\S)/g, '": ');
}

/** The imports that a view needs, and the call. */
interface Call {
  readonly imports: readonly string[];
  readonly call: readonly string[];
}

function opening(of: Asked, run = of.run, name = "cube"): string[] {
  const align = `${of.spec.target ? `, target=${of.spec.target}` : ""}${of.spec.align === "end" ? ', align="end"' : ""}`;
  return [`${name} = open_cube(aition.store.open(${JSON.stringify(run)})${align})`];
}

function members(name: string, cohort: Cohort): string {
  return `${name} = cohort_mask(${literal(cohort)}, cube.samples, lambda selection, least: holders(cube, selection, least))`;
}

function whom(of: Asked): string[] {
  return [members("mask", of.cohort), `selection = Selection.from_json(${literal(of.selection)})`];
}

const IMPORTS = {
  cohort: [
    "from aition.store.summary.brushed import holders",
    "from aition.store.summary.cohort import cohort_mask",
    "from aition.store.summary.selection import Selection",
  ],
} as const;

/** Another run's rows of the cohort. */
function beside(of: Asked): Call {
  return {
    imports: ["from aition.store.summary.compare import compare"],
    call: [
      `other = open_cube(aition.store.open(${JSON.stringify(of.other ?? "the other run")}), like=cube.spec.digest)`,
      "found = compare(cube, other, mask)",
    ],
  };
}

/** What answers a view. */
const CALLS: Record<string, (of: Asked) => Call> = {
  summary: (of) => {
    if (of.show === "other" || of.show === "runs") return beside(of);
    const count = (mask: string) => `value_time(cube.table(${mask}), selection, intervals(cube, ${mask}, selection))`;
    const isOfB = of.b !== null && (of.show === "b" || of.show === "difference");
    return {
      imports: [
        "from aition.store.summary.intervals import intervals",
        "from aition.store.summary.value_time import value_time",
      ],
      call: [
        `found = ${count("mask")}`,
        "print(found.columns())",
        ...(of.b && isOfB ? [members("others", of.b), `beside = ${count("others")}`, "print(beside.columns())"] : []),
      ],
    };
  },
  cohorts: () => ({
    imports: ["from aition.store.summary.sequences import sequences"],
    call: ['found = sequences(cube, mask, selection, columns=["probability"])'],
  }),
  trust: () => ({
    imports: ["from aition.store.summary.trust import trust"],
    call: ["found = trust(cube)"],
  }),
  sequence: (of) =>
    of.sequence === null
      ? {
          imports: [
            "from aition.store.summary.brushed import brushed",
            "from aition.store.summary.listing import listing",
          ],
          call: ["found = listing(cube, brushed(cube, mask, selection), n=200)"],
        }
      : {
          imports: ["from aition.store.summary.sequence import nearest, sequence"],
          call: [
            `found = sequence(cube, ${JSON.stringify(of.sequence)})`,
            `alike = nearest(cube, ${JSON.stringify(of.sequence)})`,
          ],
        },
  patterns: (of) => ({
    imports: ["from aition.store.summary.patterns import patterns"],
    call: [`found = patterns(cube, mask, selection, feature=${of.feature}, n_cluster=${of.nPattern})`],
  }),
  pairs: () => ({
    imports: ["from aition.store.summary.pairs import pairs"],
    call: ["found = pairs(cube, mask, selection, top=24)"],
  }),
  runs: beside,
};
const TABLE = {
  imports: [],
  call: [
    "table = cube.table(mask)",
    "meant = selection.mask(cube.spec)",
    "print((table.total * meant).sum(axis=(0, 1, 3)))",
  ],
};

const ofOne = (of: Asked, module: string, call: string) => [
  "import aition.store",
  "import numpy as np",
  `from aition.store.summary.axes.${module}`,
  "",
  `run = aition.store.open(${JSON.stringify(of.run)})`,
  `position = int(np.flatnonzero(run.ids() == ${JSON.stringify(of.sequence ?? "the sequence")})[0])`,
  `found = ${call}`,
];

/** Views of further axes, which need no cube. */
const AXES: Record<string, (of: Asked) => readonly string[]> = {
  dreams: (of) => [
    "import aition.store",
    "from aition.store.summary.axes.draws import draws",
    "",
    `found = draws(aition.store.open(${JSON.stringify(of.run)}))`,
    "print(found.columns)",
  ],
  hierarchy: (of) => ofOne(of, "hierarchy import hierarchy", "hierarchy(run, position)"),
  components: (of) => ofOne(of, "components import components", "components(run, position)"),
  groups: (of) => ofOne(of, "groups import own_groups", "own_groups(run, position)"),
};

/** The lines that compute what a view shows; null where no call does. */
export function pythonOf(view: string, of: Asked): string | null {
  if (view === "findings" || view === "what-if") return null;
  if (view in AXES) return AXES[view](of).join("\n");
  const { imports, call } = CALLS[view]?.(of) ?? TABLE;
  const alone = view === "trust" || (view === "sequence" && of.sequence !== null);
  const needed = [...(alone ? [] : IMPORTS.cohort), ...imports].sort();
  return [
    "import aition.store",
    "from aition.store.cube.opened import open_cube",
    ...needed,
    "",
    ...opening(of),
    ...(alone ? [] : whom(of)),
    ...call,
  ].join("\n");
}
