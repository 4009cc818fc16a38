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

export interface View {
  /** That of its Panel. */
  readonly id: string;
  /** On its tab; "" where the run says what its sequences are called. */
  readonly name: string;
  readonly place: "left" | "centre" | "right" | "tab";
  /** What leads there. */
  readonly key: string;
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
];
