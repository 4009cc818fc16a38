/** Cohorts put together: conditions on columns, set algebra, and what was picked in a view. */

import type { Cohort, ColumnCondition, Picked } from "./types";

/** The condition that a cohort puts on a column, where it is a plain list of conditions. */
export function conditionOn(cohort: Cohort, column: string): ColumnCondition | null {
  if (!("all" in cohort)) return null;
  return (cohort.all.find((one) => "column" in one && one.column === column) as ColumnCondition | undefined) ?? null;
}

/** A cohort with another condition on a column, or with none. */
export function withCondition(cohort: Cohort, column: string, condition: ColumnCondition | null): Cohort {
  const parts = "all" in cohort ? cohort.all.filter((one) => !("column" in one && one.column === column)) : [cohort];
  return { all: condition ? [...parts, condition] : parts };
}

/** A cohort and another condition, without needless nesting. */
export function both(a: Cohort, b: Cohort): Cohort {
  return {
    all: [...("all" in a ? a.all : [a]), ...("all" in b ? b.all : [b])],
  };
}

export function either(a: Cohort, b: Cohort): Cohort {
  return {
    any: [...("any" in a ? a.any : [a]), ...("any" in b ? b.any : [b])],
  };
}

export function not(a: Cohort): Cohort {
  return "not" in a ? a.not : { not: a };
}

/** Where sequences can be picked. */
export type From = Picked["from"];

/** A cohort narrowed to what was picked; a view leaves out what was picked in itself, so that it can pick again. */
export function withPicked(cohort: Cohort, picked: readonly Picked[], except?: From): Cohort {
  return picked.filter((one) => one.from !== except).reduce((now, one) => both(now, one.cohort), cohort);
}
