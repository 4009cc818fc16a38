/** V1: who is looked at: outcomes, and columns that can be brushed; counts of all of them and of those with something selected. */

import { groups, open, opened, sequences, spec, words } from "../data";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { choose, part } from "../state";
import { className, columnTitle, columnValue, count } from "../words";
import {
  binWords,
  byBin,
  byGroup,
  columns,
  counted,
  edits,
  hasB,
  more,
  onlyValue,
  shownColumns,
} from "./cohorts/counted";
import { Facet } from "./cohorts/Facets";
import { hasOutcomes, Outcomes } from "./cohorts/Outcomes";
import { SequenceMap } from "./cohorts/SequenceMap";

const who = part((now) => now.who);
const isLarge = part((now) => now.large === "cohorts");

function sentence(): string {
  const [answer, called] = [counted.value.data, words.value];
  if (!answer || !called) return "";
  const all = answer.n_all;
  const some = groups.value
    ? (byGroup(answer, "brushed", groups.value)?.reduce((x, y) => x + y, 0) ?? answer.n_brushed)
    : answer.n_brushed;
  if (!all) return `No ${called.sequence} is like this: free a condition.`;
  return some < all
    ? `${count(some)} of ${count(all)} ${called.sequences} have the selection.`
    : `${count(all)} ${called.sequences}.`;
}

function table(): TableData {
  const [answer, now] = [counted.value.data, open.value];
  if (!answer || !now) return { columns: [], rows: [] };
  const rows: (string | number)[][] = [];
  const [all, some] = [byGroup(answer, "all"), byGroup(answer, "brushed", groups.value)];
  now.spec.groups.forEach(([p, l], g) =>
    rows.push([
      "Outcome",
      `predicted ${className(now.spec, p)}, in fact ${className(now.spec, l)}`,
      count(some?.[g] ?? 0),
      count(all?.[g] ?? 0),
    ]),
  );
  for (const column of now.columns) {
    const [x, y] = [byBin(answer, column.name, "all", undefined), byBin(answer, column.name, "brushed", groups.value)];
    x?.forEach((n, bin) =>
      rows.push([
        columnTitle(column),
        column.values ? columnValue(column, column.values[bin]) : binWords(column, [bin, bin]),
        count(y?.[bin] ?? 0),
        count(n),
      ]),
    );
  }
  return {
    columns: ["Column", "Value", "With what is selected", "In the cohort"],
    rows,
  };
}

const HELP = [
  "Who is looked at. The table selects outcomes: a cell, a whole row or column, or what was predicted rightly or wrongly.",
  "The histograms narrow the cohort: drag over one, click a bar. Dark: {sequences} with something selected; middle: in the cohort; pale: everyone.",
  "The map shows each {sequence} as a dot; those whose features matter alike lie close together. Draw a line around some to see only them, in every view; with Shift to add. Keys: arrows move a circle, + and − change it, Enter picks.",
  "A and B are two cohorts to compare: choose which one the histograms narrow. Save, combine and invert them in the bar on top.",
];

export function V1Cohorts() {
  return (
    <Panel
      id="cohorts"
      title="Who"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, counted.value]}
      retry={sequences.a.again}
      tools={
        <Segments
          name="How they are shown"
          now={who.value}
          choose={(to) => choose({ who: to })}
          of={[
            ["counts", "Counts"],
            ["map", "Map"],
          ]}
        />
      }
      above={
        hasB.value && (
          <div class="controls">
            <span>Narrow cohort</span>
            <Segments
              name="Cohort that the histograms narrow"
              now={edits.value}
              choose={(to) => choose({ edits: to })}
              of={[
                ["a", "A"],
                ["b", "B"],
              ]}
            />
          </div>
        )
      }
    >
      {who.value === "map" && <SequenceMap />}
      <div class={`facets ${who.value === "map" ? "with-map" : ""}`} tabIndex={-1}>
        {spec.value && hasOutcomes(spec.value) && (
          <Outcomes
            described={spec.value}
            all={byGroup(counted.value.data, "all")}
            brushed={byGroup(counted.value.data, "brushed", groups.value)}
          />
        )}
        {(who.value === "counts" || isLarge.value) && <Facets />}
      </div>
    </Panel>
  );
}

/** Columns that tell sequences apart; those that are the same in all of them in a line, technical ones when asked for. */
function Facets() {
  const everyone = sequences.everyone.answer.value.data;
  const technical = columns.value.filter((one) => one.technical).length;
  const all = shownColumns.value.map((column) => ({
    column,
    only: onlyValue(column, byBin(everyone, column.name, "all", undefined)),
  }));
  const same = all.flatMap(({ column, only }) => (only === null ? [] : [`${columnTitle(column)} ${only}`]));
  return (
    <>
      {all.map(({ column, only }) => only === null && <Facet key={column.name} column={column} />)}
      {technical > 0 && (
        <button type="button" class="quiet more" aria-expanded={more.value} onClick={() => (more.value = !more.value)}>
          {more.value ? "Fewer columns" : `${count(technical)} technical columns`}
        </button>
      )}
      {same.length > 0 && <p class="same">The same in all: {same.join(", ")}.</p>}
    </>
  );
}
