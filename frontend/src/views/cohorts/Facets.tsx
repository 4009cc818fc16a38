/** Columns of sequences: histograms of numbers that can be brushed, bars of categories that can be chosen. */

import { conditionOn } from "../../cohorts";
import { groups as outcomes, sequences, words } from "../../data";
import { Histogram } from "../../parts/Histogram";
import { hush, tell } from "../../parts/Tooltip";
import type { Column } from "../../types";
import { capital, columnTitle, columnValue, count } from "../../words";
import { binWords, byBin, conditionOf, counted, edited, rangeOf, setCondition } from "./counted";

/** A column that can be narrowed. */
export function Facet({ column }: { column: Column }) {
  return column.kind === "number" ? <Numbers column={column} /> : <Categories column={column} />;
}

function Numbers({ column }: { column: Column }) {
  const [answer, everyone, groups] = [counted.value.data, sequences.everyone.answer.value.data, outcomes.value];
  const all = byBin(answer, column.name, "all", groups);
  const brushed = byBin(answer, column.name, "brushed", groups);
  const range = rangeOf(column, conditionOn(edited.value, column.name));
  const n = (column.bins?.length ?? 0) + 1;
  const called = words.value;
  const title = columnTitle(column);
  const [lowest, highest] = binWords(column, [0, n - 1]).split(" – ");
  return (
    <div class={`facet ${column.name === "probability" ? "" : "half"}`}>
      <h3>
        {title}
        {range && <span class="on">{binWords(column, range)}</span>}
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
      <p class="ends">
        <span>{lowest}</span>
        <span>{highest}</span>
      </p>
    </div>
  );
}

function Free({ name, free }: { name: string; free: () => void }) {
  return (
    <button type="button" class="free" aria-label={`${name}: all again`} title="All again" onClick={free}>
      ×
    </button>
  );
}

/** Names of so many letters fit into half of the width. */
const SHORT = 12;

function Categories({ column }: { column: Column }) {
  const [answer, groups] = [counted.value.data, outcomes.value];
  const all = byBin(answer, column.name, "all", groups);
  const brushed = byBin(answer, column.name, "brushed", groups);
  const condition = conditionOn(edited.value, column.name);
  const values = column.values ?? [];
  const labels = values.map((one) => columnValue(column, one));
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
    <div class={`facet ${values.length <= 2 && labels.every((one) => one.length <= SHORT) ? "half" : ""}`}>
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
              <span title={labels[k]}>{labels[k]}</span>
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
