/** V1: who is looked at: outcomes, and columns that can be brushed; counts of all of them and of those with something selected. */

import { computed } from "@preact/signals";
import { arrayOf } from "../api";
import { conditionOn, withCondition } from "../cohorts";
import { open, opened, type Sequences, selection, sequences, spec, words } from "../data";
import { Histogram } from "../parts/Histogram";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { hush, tell } from "../parts/Tooltip";
import { choose, chosen, part } from "../state";
import type { Cohort, Column, ColumnCondition, Range } from "../types";
import { capital, className, columnValue, count, number, percent, plain } from "../words";
import { Outcomes } from "./cohorts/Outcomes";
import { SequenceMap } from "./cohorts/SequenceMap";

const who = part((now) => now.who);
const isLarge = part((now) => now.large === "cohorts");
/** Classes are in the table of outcomes. */
const columns = computed(() => open.value?.columns.filter((one) => one.kind !== "class") ?? []);
const edits = part((now) => now.edits);
const edited = part<Cohort>((now) => (now.edits === "b" ? (now.b ?? { all: [] }) : now.a));
const hasB = part((now) => now.b !== null);
const counted = computed(() => sequences[edits.value === "b" && hasB.value ? "b" : "a"].answer.value);

/** Counts by bin, groups added up; those of some groups only, where classes are selected. */
function byBin(
  of: Sequences | null,
  name: string,
  which: "all" | "brushed",
  groups: readonly number[] | undefined,
): Float64Array | null {
  if (!of?.frame.arrays[`${name}:${which}`]) return null;
  const array = arrayOf<Float64Array>(of.frame, `${name}:${which}`);
  const [nBin, nGroup = 1] = of.frame.arrays[`${name}:${which}`].shape;
  const sums = new Float64Array(nBin);
  for (let bin = 0; bin < nBin; bin++)
    for (let g = 0; g < nGroup; g++)
      if (!groups || nGroup === 1 || groups.includes(g)) sums[bin] += array[bin * nGroup + g];
  return sums;
}

function byGroup(of: Sequences | null, which: "all" | "brushed"): Float64Array | null {
  return of?.frame.arrays[`groups:${which}`] ? arrayOf<Float64Array>(of.frame, `groups:${which}`) : null;
}

function setCondition(column: string, condition: ColumnCondition | null, gesture: string | null = null): void {
  const now = chosen.peek();
  if (now.edits === "b") choose({ b: withCondition(now.b ?? { all: [] }, column, condition) }, gesture);
  else choose({ a: withCondition(now.a, column, condition) }, gesture);
}

/** The bins that a condition keeps, where it keeps whole bins. */
export function rangeOf(column: Column, condition: ColumnCondition | null): Range | undefined {
  if (!condition || !column.bins) return undefined;
  const from =
    condition.from === undefined ? 0 : column.bins.filter((edge) => edge <= (condition.from as number)).length;
  const upper = condition.below ?? condition.to;
  const to =
    upper === undefined
      ? column.bins.length
      : column.bins.filter((edge) => (condition.below !== undefined ? edge < upper : edge <= upper)).length;
  return [from, Math.max(from, to)];
}

export function conditionOf(column: Column, range: Range | undefined): ColumnCondition | null {
  const bins = column.bins ?? [];
  if (!range || (range[0] === 0 && range[1] === bins.length)) return null;
  return {
    column: column.name,
    ...(range[0] > 0 ? { from: bins[range[0] - 1] } : {}),
    ...(range[1] < bins.length ? { below: bins[range[1]] } : {}),
  };
}

const UNITS: Record<string, string> = {
  hours: "h",
  years: "y",
  days: "d",
  minutes: "min",
};

function binWords(column: Column, range: Range, withUnit = true): string {
  const bins = column.bins ?? [];
  const [from, to] = [
    range[0] > 0 ? bins[range[0] - 1] : column.min,
    range[1] < bins.length ? bins[range[1]] : column.max,
  ];
  if (column.name === "probability") return `${percent(from ?? 0)} – ${percent(to ?? 1)}`;
  return `${number(from ?? NaN)}–${number(to ?? NaN)}${column.unit && withUnit ? ` ${UNITS[column.unit] ?? column.unit}` : ""}`;
}

function Numbers({ column }: { column: Column }) {
  const [answer, everyone, groups] = [counted.value.data, sequences.everyone.answer.value.data, selection.value.groups];
  const all = byBin(answer, column.name, "all", groups);
  const brushed = byBin(answer, column.name, "brushed", groups);
  const range = rangeOf(column, conditionOn(edited.value, column.name));
  const n = (column.bins?.length ?? 0) + 1;
  const called = words.value;
  const title = columnTitle(column);
  return (
    <div class={`facet ${column.name === "probability" ? "" : "half"}`}>
      <h3>
        {title}
        <span class={range ? "on" : ""}>{binWords(column, range ?? [0, n - 1], range === undefined)}</span>
        {range && <Free name={title} free={() => setCondition(column.name, null)} />}
      </h3>
      <Histogram
        name={column.name}
        label={title}
        spoken={range ? binWords(column, range) : "all"}
        n={n}
        layers={
          all && brushed
            ? {
                everyone: byBin(everyone, column.name, "all", undefined),
                all,
                brushed,
              }
            : null
        }
        range={range}
        change={(to, gesture) => setCondition(column.name, conditionOf(column, to), gesture)}
        look={(bin, event) => {
          if (bin === null || !event || !all || !brushed || !called) return hush();
          tell(event, `${title} ${binWords(column, [bin, bin])}`, [
            [`${capital(called.sequences)} in the cohort`, count(all[bin])],
            ["with what is selected", count(brushed[bin])],
          ]);
        }}
      />
    </div>
  );
}

function columnTitle(column: Column): string {
  if (column.name === "probability") return "Probability";
  if (column.name === "length") return "Length";
  return capital(plain(column.name));
}

function Free({ name, free }: { name: string; free: () => void }) {
  return (
    <button type="button" class="free" aria-label={`${name}: all again`} title="All again" onClick={free}>
      ×
    </button>
  );
}

function Categories({ column }: { column: Column }) {
  const [answer, groups] = [counted.value.data, selection.value.groups];
  const all = byBin(answer, column.name, "all", groups);
  const brushed = byBin(answer, column.name, "brushed", groups);
  const condition = conditionOn(edited.value, column.name);
  const values = column.values ?? [];
  const labels = column.labels ?? values.map(String);
  const most = Math.max(1, ...(all ?? []));
  const toggle = (value: string | number) => {
    const now = condition?.in ?? [];
    const next = now.includes(value) ? now.filter((one) => one !== value) : [...now, value];
    setCondition(
      column.name,
      next.length && next.length < values.length
        ? {
            column: column.name,
            in: values.filter((one) => next.includes(one)),
          }
        : null,
    );
  };
  return (
    <div class={`facet ${values.length <= 2 ? "half" : ""}`}>
      <h3>
        {columnTitle(column)}
        {condition && <Free name={columnTitle(column)} free={() => setCondition(column.name, null)} />}
      </h3>
      <ul class="categories">
        {values.slice(0, 12).map((value, k) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={condition?.in ? condition.in.includes(value) : false}
              class={condition?.in && !condition.in.includes(value) ? "out" : ""}
              onClick={() => toggle(value)}
            >
              <span>{labels[k]}</span>
              <i>
                <b style={{ width: `${(100 * (all?.[k] ?? 0)) / most}%` }} />
                <em style={{ width: `${(100 * (brushed?.[k] ?? 0)) / most}%` }} />
              </i>
              <small>{count(brushed?.[k] ?? 0)}</small>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function sentence(): string {
  const [answer, called] = [counted.value.data, words.value];
  if (!answer || !called) return "";
  const groups = selection.value.groups;
  const inGroups = (of: Float64Array | null) => (of && groups ? groups.reduce((sum, g) => sum + of[g], 0) : undefined);
  const all = answer.n_all;
  const some = inGroups(byGroup(answer, "brushed")) ?? answer.n_brushed;
  if (!all) return `No ${called.sequence} is like this: free a condition.`;
  return some < all
    ? `${count(some)} of ${count(all)} ${called.sequences} have the selection.`
    : `${count(all)} ${called.sequences}.`;
}

function table(): TableData {
  const [answer, now] = [counted.value.data, open.value];
  if (!answer || !now) return { columns: [], rows: [] };
  const rows: (string | number)[][] = [];
  const [all, some] = [byGroup(answer, "all"), byGroup(answer, "brushed")];
  now.spec.groups.forEach(([p, l], g) =>
    rows.push([
      "Outcome",
      `predicted ${className(now.spec, p)}, in fact ${className(now.spec, l)}`,
      count(some?.[g] ?? 0),
      count(all?.[g] ?? 0),
    ]),
  );
  for (const column of now.columns) {
    const [x, y] = [byBin(answer, column.name, "all", undefined), byBin(answer, column.name, "brushed", undefined)];
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
  "The histograms narrow the cohort: drag over one, click a bar. Dark: sequences with something selected; middle: in the cohort; pale: everyone.",
  "The map shows each sequence as a dot; those whose features matter alike lie close together. Draw a line around some to see only them, in every view; with Shift to add. Keys: arrows move a circle, + and − change it, Enter picks.",
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
        {spec.value && (
          <Outcomes
            described={spec.value}
            all={byGroup(counted.value.data, "all")}
            brushed={byGroup(counted.value.data, "brushed")}
          />
        )}
        {(who.value === "counts" || isLarge.value ? columns.value : []).map((column) =>
          column.kind === "number" ? (
            <Numbers key={column.name} column={column} />
          ) : (
            <Categories key={column.name} column={column} />
          ),
        )}
      </div>
    </Panel>
  );
}
