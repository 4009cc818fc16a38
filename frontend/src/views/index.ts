/** The views of the page, in reading order. Another view is a file here and a line below. */

import type { FunctionComponent } from "preact";
import { V0Trust } from "./V0Trust";
import { V1Cohorts } from "./V1Cohorts";
import { V2ValueTime } from "./V2ValueTime";
import { V3Attribution } from "./V3Attribution";
import { V4Timeline } from "./V4Timeline";
import { V7Sequence } from "./V7Sequence";

export interface View {
  /** That of its Panel. */
  readonly id: string;
  /** On its tab. */
  readonly name: string;
  readonly place: "left" | "centre" | "right" | "tab";
  readonly component: FunctionComponent;
}

export const VIEWS: readonly View[] = [
  { id: "trust", name: "Trust", place: "left", component: V0Trust },
  { id: "cohorts", name: "Who", place: "left", component: V1Cohorts },
  { id: "summary", name: "Summary", place: "centre", component: V2ValueTime },
  { id: "timeline", name: "Timeline", place: "centre", component: V4Timeline },
  { id: "attribution", name: "Strength", place: "right", component: V3Attribution },
  { id: "sequence", name: "Cases", place: "tab", component: V7Sequence },
];
