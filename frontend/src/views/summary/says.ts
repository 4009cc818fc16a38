/** The summary in a sentence, in a table, and how it is read. */

import { arrayOf } from "../../api";
import { first, intervals, open, overall, selection, sequences, spec, words } from "../../data";
import type { TableData } from "../../parts/Panel";
import { chosen, part } from "../../state";
import type { CubeSpec } from "../../types";
import { byCell, byValue, rowScale, scale } from "../../summary";
import {
  attributionWords,
  byFeature,
  count,
  featureName,
  groupsWords,
  oddsWords,
  runName,
  signed,
  timeClause,
  timeWords,
  valuesWords,
  valueWords,
} from "../../words";
import { binOf, order } from "../bands";
import { bands, FEW, show } from "./layout";

const other = part((now) => now.other);

function runWords(name: string | null): string {
  return open.value && name !== null ? runName(open.value, name) : "the other run";
}

/** Sequences of cohort A with something selected; null while they are counted. */
function holders(groups: readonly number[] | undefined): number | null {
  const { data, waits, error } = sequences.a.answer.value;
  if (!data?.exact || waits || error) return null;
  if (!groups) return data.n_brushed;
  const brushed = data.frame.arrays["groups:brushed"] ? arrayOf<Float64Array>(data.frame, "groups:brushed") : null;
  return brushed && groups.reduce((sum, g) => sum + brushed[g], 0);
}

export function sentence(): string {
  const [now, called, sums, chosenNow] = [spec.value, words.value, overall.value, selection.value];
  if (!now || !called || !sums) return "";
  const per = byFeature(chosenNow);
  const served = intervals.answer.value;
  const exact = served.data && !served.waits && !served.error ? served.data : null;
  const mean = sums.n ? sums.total / sums.n : 0;
  // Ends that would read alike get another digit.
  const finest = Math.min(Math.abs(mean), 8 * (exact?.overall ?? Infinity));
  const interval =
    exact?.overall !== undefined && Number.isFinite(exact.overall)
      ? ` (95\u00a0%: ${signed(mean - exact.overall, finest)}\u00a0to\u00a0${signed(mean + exact.overall, finest)})`
      : "";
  const groups = chosenNow.groups ? ` in ${called.sequences} ${groupsWords(now, chosenNow.groups)}` : "";
  if (!sums.n) return "Nothing is both in the cohort and in the selection.";
  if (show.value === "planted" || (!per.length && !chosenNow.attribution)) {
    if (show.value === "runs")
      return `Each cell: how much more this value moves ${called.outcome} in ${runWords(other.value)} than in this run (orange more, blue less)${groups}.`;
    if (show.value === "other")
      return `Each cell: how much having this value at this ${now.time_unit || "step"} moves ${called.outcome} in ${runWords(other.value)}${groups}.`;
    if (show.value === "planted")
      return `Each cell: what having this value at this ${now.time_unit || "step"} truly adds to ${called.outcome}, as it was planted; the run should look like this.`;
    if (show.value === "difference")
      return `Each cell: how much more this value moves ${called.outcome} in A than in B (orange more, blue less)${groups}.`;
    return `Each cell: how much having this value at this ${now.time_unit || "step"} moves ${called.outcome}${groups}.${foremost(now)}`;
  }
  const what =
    per.length > 3
      ? `${chosenNow.values?.length} values of ${per.length} features`
      : per.length
        ? per.map(([f, bins]) => valuesWords(now, f, bins)).join(" or ")
        : "Measurements";
  const strong = chosenNow.attribution ? ` with attribution ${attributionWords(now, chosenNow.attribution)}` : "";
  const held = holders(chosenNow.groups);
  const n = held === null ? "" : ` in ${count(held)} ${held === 1 ? called.sequence : called.sequences}`;
  const moves = mean >= 0 ? "raises" : "lowers";
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}${strong}${timeClause(now, chosenNow.time)} ${moves} ${called.outcome} by ${signed(Math.abs(mean), finest).replace("+", "")} ${called.unit}${oddsWords(called, mean)} on average${n}${groups}${interval}.`;
}

const FOREMOST: Partial<Record<string, string>> = {
  effect: "Strongest in all",
  selected: "Strongest in what is selected",
  turns: "First raising, then lowering, or the reverse",
};

/** Which features stand first, where they are sorted by what they do. */
function foremost(now: CubeSpec): string {
  const told = chosen.value.search ? undefined : FOREMOST[chosen.value.sort];
  const top = order.value.slice(0, 3).map((f) => featureName(now, f));
  return told && top.length ? ` ${told}: ${top.join(", ")}.` : "";
}

export function table(): TableData {
  const [now, row, cell] = [spec.value, byValue.value, byCell.value];
  if (!now || !row || !cell) return { columns: [], rows: [] };
  const nTime = now.time_edges.length + 1;
  const out: (string | number)[][] = [];
  for (const band of bands.value.all)
    for (let r = 0; r < band.n; r++) {
      const bin = binOf(r, band.n);
      const v = first.value[band.feature] + bin;
      let peak = 0;
      for (let t = 1; t < nTime; t++)
        if (cell.n[v * nTime + t] >= FEW && Math.abs(cell.mean[v * nTime + t]) > Math.abs(cell.mean[v * nTime + peak]))
          peak = t;
      out.push([
        featureName(now, band.feature),
        valueWords(now, band.feature, bin),
        row.n[v] ? signed(row.mean[v], rowScale.value * 0.3) : "–",
        row.n[v]
          ? `± ${row.half[v] === 0 ? "0" : signed(row.half[v], Math.max(row.half[v], rowScale.value / 100)).replace("+", "")}`
          : "–",
        count(row.n[v]),
        row.n[v] ? `${timeWords(now, [peak, peak])}: ${signed(cell.mean[v * nTime + peak], scale.value * 0.3)}` : "–",
      ]);
    }
  return {
    columns: ["Feature", "Value", "Average", "95 %", "Measurements", "Strongest"],
    rows: out,
  };
}

export const HELP = [
  "Each row is a value of a feature, each column a time. Orange raises {outcome}, blue lowers it; the paler the cell, the fewer {sequences} have this value then. Slanted lines: uncertain.",
  "A folded feature shows its values as thin strips: high on top, low below, not measured last. Open one by its arrow.",
  "The dots on the right are averages over the chosen time, with 95 % intervals.",
  "Click a value or a name to select it, with Shift to add. Drag over cells to select values and a span of time, drag over the axis above them to select time alone.",
  "Keys: arrows move, Enter selects, Space adds, F selects the feature, O opens it, Shift+← → spans time, Escape clears.",
];
