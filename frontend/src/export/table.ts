/** Tables as files: no text in them can be taken for a formula, numbers are plain. */

import type { TableData } from "../parts/Panel";
import type { Cohort, Opened, Selection } from "../types";

/** Beginnings by which a spreadsheet takes text for a formula. */
const FORMULA = /^\s*[=+\-@\t\r\n＝＋－＠]/;
/** Marks around what is read from the right, which files do without. */
const ISOLATED = /[\u2066-\u2069]/g;
const NUMBER = /^[+−-]?[\d,]*\.?\d+(e[+-]\d+)?$/;

/** A shown number as programs read it: no separators, an ordinary minus. */
function plainly(cell: string | number): string {
  const text = `${cell}`.replaceAll("\u00a0", " ").replace(ISOLATED, "");
  if (NUMBER.test(text)) return text.replaceAll(",", "").replace("−", "-").replace(/^\+/, "");
  return FORMULA.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function asCsv({ columns, rows }: TableData): string {
  return [columns, ...rows]
    .map((row) => row.map((cell) => quoted(plainly(cell))).join(","))
    .join("\r\n")
    .concat("\r\n");
}

export function asRecords({ columns, rows }: TableData): readonly Record<string, string | number>[] {
  const value = (cell: string | number) => {
    const text = plainly(cell);
    return NUMBER.test(text) ? Number(text) : `${cell}`.replace(ISOLATED, "");
  };
  return rows.map((row) => Object.fromEntries(row.map((cell, k) => [columns[k].replace(ISOLATED, ""), value(cell)])));
}

/** What a view shows as an object that says what it is of; time is counted from where `align` says. */
export function asData(
  now: Pick<Opened, "title" | "run" | "spec"> | null,
  shown: { view: string; says: string; cohort: Cohort; selection: Selection; table?: TableData },
): object {
  const { view, says, cohort, selection, table } = shown;
  return {
    title: now?.title,
    view,
    says,
    run: now?.run,
    align: now?.spec.align,
    target: now?.spec.target,
    cohort,
    selection,
    table: table ? asRecords(table) : [],
  };
}
