/** The views of the page, in reading order. Another view is a file here and a line below. */

import type { FunctionComponent } from "preact";
import { V0Trust } from "./V0Trust";
import { V1Cohorts } from "./V1Cohorts";
import { V2ValueTime } from "./V2ValueTime";
import { V3Attribution } from "./V3Attribution";
import { V4Timeline } from "./V4Timeline";
import { V5Patterns } from "./V5Patterns";
import { V6Pairs } from "./V6Pairs";
import { V7Sequence } from "./V7Sequence";
import { V8WhatIf } from "./V8WhatIf";
import { V9Compare } from "./V9Compare";
import { V10Findings } from "./V10Findings";
import { type Axis, isPresent } from "./axes/present";
import { V11Dreams } from "./axes/V11Dreams";
import { V12Hierarchy } from "./axes/V12Hierarchy";
import { V13Components } from "./axes/V13Components";
import { V14Groups } from "./axes/V14Groups";

export interface View {
  /** That of its Panel. */
  readonly id: string;
  /** On its tab; "" where the run says what its sequences are called. */
  readonly name: string;
  readonly place: "left" | "centre" | "right" | "tab";
  /** What leads there. */
  readonly key: string;
  /** The further axis that a run must have for it. */
  readonly axis?: Axis;
  readonly component: FunctionComponent;
}

export const VIEWS: readonly View[] = [
  { id: "trust", name: "Trust", place: "left", key: "1", component: V0Trust },
  { id: "cohorts", name: "Who", place: "left", key: "2", component: V1Cohorts },
  {
    id: "summary",
    name: "Summary",
    place: "centre",
    key: "3",
    component: V2ValueTime,
  },
  {
    id: "timeline",
    name: "Timeline",
    place: "centre",
    key: "4",
    component: V4Timeline,
  },
  {
    id: "attribution",
    name: "Strength",
    place: "right",
    key: "5",
    component: V3Attribution,
  },
  { id: "sequence", name: "", place: "tab", key: "6", component: V7Sequence },
  {
    id: "patterns",
    name: "Patterns",
    place: "tab",
    key: "7",
    component: V5Patterns,
  },
  { id: "pairs", name: "Pairs", place: "tab", key: "8", component: V6Pairs },
  {
    id: "what-if",
    name: "What if",
    place: "tab",
    key: "9",
    component: V8WhatIf,
  },
  { id: "runs", name: "Runs", place: "tab", key: "0", component: V9Compare },
  {
    id: "findings",
    name: "Findings",
    place: "tab",
    key: "n",
    component: V10Findings,
  },
  { id: "hierarchy", name: "Hierarchy", place: "tab", key: "h", axis: "merge", component: V12Hierarchy },
  { id: "components", name: "Components", place: "tab", key: "c", axis: "component", component: V13Components },
  { id: "groups", name: "Groups", place: "tab", key: "g", axis: "group", component: V14Groups },
  { id: "dreams", name: "Dreams", place: "tab", key: "d", axis: "draw", component: V11Dreams },
];

/** Those that the run has something for. */
export function presentViews(): readonly View[] {
  return VIEWS.filter(isPresent);
}
