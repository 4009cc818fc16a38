/** Numbers, times, values and cohorts in words that need no manual. */

import type { Cohort, Column, CubeSpec, Opened, Range, Selection, Words } from "./types";

const MINUS = "−";
const counts = new Intl.NumberFormat("en-US");

export function count(n: number): string {
  return counts.format(Math.round(n));
}

/** A number in `digits` significant digits, without a needless fraction. */
export function number(x: number, digits = 3): string {
  if (!Number.isFinite(x)) return "–";
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text =
    size >= 1000
      ? counts.format(Math.round(size))
      : size < 1e-4
        ? size.toExponential(1)
        : `${Number(size.toPrecision(digits))}`;
  return x < 0 ? `${MINUS}${text}` : text;
}

/** An attribution: signed, in fixed places that suit its scale. */
export function signed(x: number, scale = Math.abs(x)): string {
  if (!Number.isFinite(x)) return "–";
  const places = scale >= 10 ? 0 : scale >= 1 ? 1 : scale >= 0.05 ? 2 : scale >= 0.005 ? 3 : 4;
  const text = Math.abs(x).toFixed(places);
  if (Number(text) === 0) return text;
  return `${x < 0 ? MINUS : "+"}${text}`;
}

export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const p = share * 100;
  if (p > 0 && p < 1) return `<\u00a01\u00a0%`;
  if (p > 99 && p < 100) return `>\u00a099\u00a0%`;
  return `${Math.round(p)}\u00a0%`;
}

/** Two chances in as many digits as tell them apart, two decimals at most. */
export function percentsApart(a: number, b: number): readonly [string, string] {
  for (const places of [0, 1, 2]) {
    const said = [a, b].map((one) => `${(one * 100).toFixed(places)}\u00a0%`);
    const sure = [a, b].some((one, k) => one < 1 && parseFloat(said[k]) === 100);
    if (said[0] !== said[1] && (places === 0 || !sure))
      return places === 0 ? [percent(a), percent(b)] : [said[0], said[1]];
  }
  return [percent(a), percent(b)];
}

const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Of texts that are English but for a name in them. */
const LEFT_TO_RIGHT = "\u2066";

/** A text that is read from the right keeps to itself, so that numbers beside it stay where they are. */
export function isolated(text: string, mark = "\u2068"): string {
  return FROM_RIGHT.test(text) ? `${mark}${text}\u2069` : text;
}

/** A name as people write it: no underscores. */
export function plain(name: string): string {
  return isolated(name.replaceAll("_", " "));
}

const MOST_OF_END = 10;

/** Ids differ at their end where they are long. */
export function endOf(id: string, longest = 16): string {
  return id.length > longest ? `…${id.slice(-Math.min(longest - 1, MOST_OF_END))}` : id;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text with what things are called put in for {sequence}, {sequences} and {outcome}. */
export function inWords(text: string, words: Words | null): string {
  const called = words ?? { sequence: "sequence", sequences: "sequences", outcome: "the score" };
  return text.replace(/\{(sequences?|outcome)\}/g, (_, name: "sequence" | "sequences" | "outcome") => called[name]);
}

export function wordsOf(opened: Opened): Words {
  const words: Words = {
    sequence: "sequence",
    sequences: "sequences",
    outcome: outcomeOf(opened),
    unit: "points",
    scale: "score",
    ...opened.words,
  };
  return {
    ...words,
    outcome: words.outcome.replace(/^(the )?(.*)$/s, (_, the = "", rest: string) => `${the}${isolated(rest)}`),
  };
}

/** What the server said in general words, in those of the people who look: "sequences" as "stays". */
export function inTheirWords(text: string, words: Words | null): string {
  if (!words) return text;
  return text.replace(/\b[Ss]equences?\b/g, (one) => {
    const said = one.endsWith("s") ? words.sequences : words.sequence;
    return one.startsWith("S") ? capital(said) : said;
  });
}

/** What attributions are of, as the run says: "class=1", "class=predicted", "scalar". */
function outcomeOf({ run, runs, spec, targets }: Opened): string {
  if (targets && targets.length > 1) return `the score of ${targets[spec.target]}`;
  const target = runs.find((one) => one.name === run.name)?.target ?? "";
  const chosen = /\bclass=(\w+)/.exec(target)?.[1];
  if (chosen === "predicted" || chosen === "true") return `the score of the ${chosen} class`;
  const name = chosen === undefined ? undefined : /^\d+$/.test(chosen) ? className(spec, Number(chosen)) : chosen;
  return name === undefined ? "the score" : `the score of ${name}`;
}

export function className(spec: CubeSpec, index: number): string {
  const name = spec.class_names[index] ?? `${index}`;
  return index < 0 ? "unknown" : /^\d+$/.test(name) ? `class ${name}` : isolated(name);
}

/** First and last step of a time bin. */
export function stepsOf(spec: CubeSpec, bin: number): Range {
  const from = bin === 0 ? 0 : spec.time_edges[bin - 1];
  const to = bin < spec.time_edges.length ? spec.time_edges[bin] - 1 : spec.n_step - 1;
  return [from, to];
}

function unitOf(spec: CubeSpec): string {
  return spec.time_unit || "step";
}

/** When a step of a sequence was: "hour 12.5"; "step 12" where steps have no unit. */
export function stepWords(spec: CubeSpec, times: ArrayLike<number>, step: number): string {
  return spec.time_unit ? `${spec.time_unit} ${number(times[step])}` : `step ${step}`;
}

/** "hour 12", "hours 12–23"; counted back from the end: "12 hours before the end". */
export function timeWords(spec: CubeSpec, [a, b]: Range): string {
  const from = stepsOf(spec, a)[0];
  const to = stepsOf(spec, b)[1];
  const unit = unitOf(spec);
  const span = from === to ? `${from}` : `${from}–${to}`;
  if (spec.align === "end") return `${span} ${unit}${to === 1 ? "" : "s"} before the end`;
  return from === to ? `${unit} ${from}` : `${unit}s ${span}`;
}

/** What happens at one time happens there: "in the same hour", "within the same 3 hours". */
export function momentWords(spec: CubeSpec): string {
  const widest = Math.max(
    ...Array.from({ length: spec.time_edges.length + 1 }, (_, bin) => widthOf(stepsOf(spec, bin))),
  );
  return widest === 1 ? `in the same ${unitOf(spec)}` : `within the same ${widest} ${unitOf(spec)}s`;
}

function widthOf([from, to]: Range): number {
  return to - from + 1;
}

/** Within a sentence: "from hour 12 on", "up to hour 11", "in hours 12–23", "". */
export function timeClause(spec: CubeSpec, time: Range | undefined): string {
  if (!time) return "";
  const last = spec.time_edges.length;
  const unit = unitOf(spec);
  if (spec.align === "end") return ` ${timeWords(spec, time)}`;
  if (time[0] === 0 && time[1] === last) return "";
  if (time[0] === time[1]) return ` at ${timeWords(spec, time)}`;
  if (time[1] === last) return ` from ${unit} ${stepsOf(spec, time[0])[0]} on`;
  if (time[0] === 0) return ` up to ${unit} ${stepsOf(spec, time[1])[1]}`;
  return ` in ${timeWords(spec, time)}`;
}

export function timeAxis(spec: CubeSpec): string {
  return spec.align === "end"
    ? `${capital(unitOf(spec))}s before the end`
    : `${capital(unitOf(spec))}s since the start`;
}

/** A value without its unit; negative numbers with a minus sign. */
export function labelOf(spec: CubeSpec, feature: number, bin: number): string {
  const { labels, without } = spec.features[feature];
  return bin === 0 ? without : labels[bin - 1].replace(/(^|[ ≥<])-(?=\d)/g, `$1${MINUS}`);
}

/** "≥ 3.2 mmol/L", "not measured". */
export function valueWords(spec: CubeSpec, feature: number, bin: number): string {
  const one = spec.features[feature];
  if (bin === 0) return one.without;
  return `${labelOf(spec, feature, bin)}${one.unit ? ` ${one.unit}` : ""}`;
}

export function featureName(spec: CubeSpec, feature: number): string {
  return isolated(spec.features[feature].title ?? "") || plain(spec.features[feature].name);
}

/** Values of one feature in few words: "lactate ≥ 3.2 mmol/L", "lactate (3 values)", "lactate". */
export function valuesWords(spec: CubeSpec, feature: number, bins: readonly number[]): string {
  if (feature >= spec.features.length) return "a feature that this run does not have";
  const one = spec.features[feature];
  const name = featureName(spec, feature);
  const all = one.labels.length + 1;
  if (bins.length === all) return name;
  if (bins.length === all - 1 && !bins.includes(0)) return `${name}, measured`;
  const sorted = [...bins].sort((a, b) => a - b);
  const adjoining = sorted[0] > 0 && sorted.every((bin, i) => i === 0 || bin === sorted[i - 1] + 1);
  const unit = one.unit ? ` ${one.unit}` : "";
  if (sorted.length === 1) {
    const text = valueWords(spec, feature, sorted[0]);
    return sorted[0] === 0 ? `${name} ${text}` : `${name} ${text}`;
  }
  if (adjoining && one.kind !== "category" && one.edges.length) {
    const [from, to] = [sorted[0], sorted[sorted.length - 1]];
    if (to === one.labels.length) return `${name} ≥ ${number(one.edges[from - 2], 4)}${unit}`;
    if (from === 1) return `${name} < ${number(one.edges[to - 1], 4)}${unit}`;
    return `${name} ${number(one.edges[from - 2], 4)} – ${number(one.edges[to - 1], 4)}${unit}`;
  }
  if (adjoining && one.kind === "category")
    return `${name} ${one.labels[sorted[0] - 1]} to ${one.labels[sorted[sorted.length - 1] - 1]}${unit}`;
  return `${name} (${sorted.length} values)`;
}

/** Selected values by feature, in the order of the spec. */
export function byFeature(selection: Selection): readonly (readonly [number, readonly number[]])[] {
  const groups = new Map<number, number[]>();
  for (const [f, b] of selection.values ?? []) groups.set(f, [...(groups.get(f) ?? []), b]);
  return [...groups].sort(([x], [y]) => x - y);
}

/** Nearer to zero than this lies only the edge of the bin of zeros. */
export const TINY = 1e-30;

/** An edge of attribution bins: 0 is "0", and what is small keeps a digit. */
export function edgeWords(x: number, digits = 1): string {
  if (Math.abs(x) < TINY) return "0";
  const text = signed(x);
  if (digits === 1 && Number(text.replace(MINUS, "-")) !== 0) return text;
  return `${x < 0 ? MINUS : "+"}${Number(Math.abs(x).toPrecision(digits))}`;
}

/** A range of attribution bins: "≥ +0.02", "−0.01 to +0.02"; "0" for exact zeros. */
export function attributionWords(spec: CubeSpec, [a, b]: Range): string {
  const edges = spec.attribution_edges;
  const [from, to] = [a > 0 ? edges[a - 1] : undefined, b < edges.length ? edges[b] : undefined];
  const isTiny = (x: number | undefined) => x !== undefined && x > 0 && x < TINY;
  if (from === undefined && to === undefined) return "any";
  if (from === undefined) return isTiny(to) ? "≤ 0" : `< ${edgeWords(to as number)}`;
  if (to === undefined) return isTiny(from) ? "> 0" : `≥ ${edgeWords(from)}`;
  if (from === 0 && isTiny(to)) return "0";
  const digits = [1, 2, 3, 4, 6, 9].find((n) => edgeWords(from, n) !== edgeWords(to, n)) ?? 9;
  return `${edgeWords(from, digits)} to ${edgeWords(to, digits)}`;
}

/** Whether a predicted class is the true one; null where either is not known. */
export function isRight([predicted, label]: readonly [number, number]): boolean | null {
  return predicted < 0 || label < 0 ? null : predicted === label;
}

export function groupsWords(spec: CubeSpec, groups: readonly number[]): string {
  const chosen = groups.map((g) => spec.groups[g]);
  const of = (axis: 0 | 1) => [...new Set(chosen.map((one) => one[axis]))];
  const all = (axis: 0 | 1) => new Set(spec.groups.map((one) => one[axis])).size;
  const [predicted, label] = [of(0), of(1)];
  if (predicted.length * label.length === groups.length) {
    const said = [];
    if (predicted.length < all(0)) said.push(`predicted ${predicted.map((one) => className(spec, one)).join(" or ")}`);
    if (label.length < all(1)) said.push(`in fact ${label.map((one) => className(spec, one)).join(" or ")}`);
    if (said.length) return said.join(", ");
  }
  if (chosen.every((one) => isRight(one))) return "predicted rightly";
  if (chosen.every((one) => isRight(one) === false)) return "predicted wrongly";
  return `${groups.length} of ${spec.groups.length} outcomes`;
}

export function cohortWords(cohort: Cohort, opened: Opened): string {
  const words = wordsOf(opened);
  if ("all" in cohort) {
    if (!cohort.all.length) return `all ${words.sequences}`;
    return cohort.all.map((one) => bracketed(one, opened, "any")).join(", ");
  }
  if ("any" in cohort) return cohort.any.map((one) => bracketed(one, opened, "all")).join(" or ");
  if ("not" in cohort) return `not (${cohortWords(cohort.not, opened)})`;
  if ("ids" in cohort) return `${count(cohort.ids.length)} chosen ${words.sequences}`;
  if ("rows" in cohort) return `with ${selectionWords(cohort.rows, opened.spec) || "anything"}`;
  if ("together" in cohort)
    return `with ${cohort.together.map((one) => selectionWords(one, opened.spec)).join(" and ")} ${momentWords(opened.spec)}`;
  if (cohort.column === "sample" && cohort.in) return `${count(cohort.in.length)} chosen ${words.sequences}`;
  const column = opened.columns.find((one) => one.name === cohort.column);
  const name = column ? columnTitle(column) : plain(cohort.column);
  if (cohort.in) return `${name} ${cohort.in.map((one) => columnValue(column, one)).join(" or ")}`;
  const unit = column?.unit ? ` ${column.unit}` : "";
  const upper = cohort.below ?? cohort.to;
  if (cohort.from !== undefined && upper !== undefined) return `${name} ${number(cohort.from)}–${number(upper)}${unit}`;
  if (cohort.from !== undefined) return `${name} ≥ ${number(cohort.from)}${unit}`;
  return `${name} ${cohort.below !== undefined ? "<" : "≤"} ${number(upper ?? NaN)}${unit}`;
}

function bracketed(cohort: Cohort, opened: Opened, kind: "all" | "any"): string {
  const text = cohortWords(cohort, opened);
  return kind in cohort && (cohort as { all: Cohort[]; any: Cohort[] })[kind].length > 1 ? `(${text})` : text;
}

export function columnTitle(column: Column): string {
  return isolated(column.title ?? "") || capital(plain(column.name));
}

/** What the probability of the explained class is called: "risk of death". */
export function chanceWords(opened: Opened): string {
  const column = opened.columns.find((one) => one.name === "probability");
  const called = column ? columnTitle(column) : "";
  if (called && called !== "Probability") return called.charAt(0).toLowerCase() + called.slice(1);
  return "probability of the explained class";
}

export function columnValue(column: Column | undefined, value: string | number): string {
  const place = column?.values?.indexOf(value) ?? -1;
  return isolated(column?.labels?.[place] ?? "", LEFT_TO_RIGHT) || plain(`${value}`);
}

/** What is known of a sequence as a whole, as its columns call it: "Age 75 years · Sex female". */
export function staticWords(opened: Opened, values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const column = opened.columns.find((one) => one.name === name);
      const said =
        column?.labels || typeof value !== "number"
          ? columnValue(column, value)
          : `${number(value)}${column?.unit ? ` ${column.unit}` : ""}`;
      return `${column ? columnTitle(column) : plain(name)} ${said}`;
    })
    .join(" · ");
}

export function selectionWords(selection: Selection, spec: CubeSpec): string {
  const said = byFeature(selection).map(([f, bins]) => valuesWords(spec, f, bins));
  const parts =
    said.length > 3
      ? [`${selection.values?.length} values of ${said.length} features`]
      : said.length
        ? [said.join(" or ")]
        : [];
  if (selection.time) parts.push(timeWords(spec, selection.time));
  if (selection.attribution) parts.push(`attribution ${attributionWords(spec, selection.attribution)}`);
  if (selection.groups) parts.push(groupsWords(spec, selection.groups));
  return parts.join(", ");
}

/** What a sum of log-odds does to the odds: " (odds × 1.5)"; nothing for other scales. */
export function oddsWords(words: Words, x: number): string {
  if (words.scale !== "log-odds" || !Number.isFinite(x) || Math.abs(x) < 0.005) return "";
  return ` (odds ×\u00a0${number(Math.exp(x), Math.abs(x) < 0.1 ? 3 : 2)})`;
}

/** A run as people would tell it from the others. */
export function runName(opened: Opened, name: string): string {
  const run = opened.runs.find((one) => one.name === name);
  if (!run) return plain(name);
  const alone = opened.runs.filter((one) => one.explainer === run.explainer && one.model === run.model).length < 2;
  return alone
    ? `${plain(run.explainer).replaceAll("-", " ")}${sameModel(opened) ? "" : `, ${run.model}`}`
    : plain(name).replaceAll("-", " ");
}

function sameModel(opened: Opened): boolean {
  return new Set(opened.runs.map((one) => one.model)).size < 2;
}
