/** V0: whether the explanation can be believed, in words. */

import { opened, spec, trust } from "../data";
import { Icon } from "../parts/Icon";
import { Panel, type TableData } from "../parts/Panel";
import { tip } from "../parts/Tooltip";
import { choose } from "../state";
import type { PlantedValue, Trust, Verdict } from "../types";
import { count, signed, valuesWords } from "../words";

const VERDICTS: Record<Verdict, string> = {
  good: "good",
  fair: "in part",
  low: "low",
  unknown: "not checked",
};

function sentence(): string {
  const answer = trust.answer.value.data;
  if (!answer) return "";
  const of = (verdict: Verdict) => answer.facts.filter((one) => one.verdict === verdict);
  const checked = answer.facts.length - of("unknown").length;
  if (!checked) return "Nobody has checked this explanation yet: read it with care.";
  const low = of("low");
  if (low.length) return `With care: ${low.length} of ${checked} checks ${low.length > 1 ? "are" : "is"} low.`;
  const fair = of("fair");
  if (fair.length) return `Mostly: ${of("good").length} of ${checked} checks are good.`;
  return checked < 2 ? "Only one check was made: it is good." : `Yes: all ${checked} checks are good.`;
}

function table(): TableData {
  return {
    columns: ["Check", "Result", "Verdict", "In words"],
    rows: (trust.answer.value.data?.facts ?? []).map((one) => [one.name, one.value, VERDICTS[one.verdict], one.words]),
  };
}

const HELP = [
  "An explanation is a claim about a model, and it can be wrong. Each line is a check of this one; point at it to read what was found.",
  "The shapes mean: full circle good, half circle in part, ring with a bar low, dotted ring not checked.",
];

export function V0Trust() {
  const answer = trust.answer.value.data;
  return (
    <Panel
      id="trust"
      title="Can it be believed?"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, trust.answer.value]}
      retry={trust.again}
      empty={answer && !answer.facts.length ? "No check has been run on this explanation." : undefined}
    >
      <ul class="facts">
        {answer?.facts.map((one) => (
          <Fact key={one.name} of={one} />
        ))}
      </ul>
      {answer?.truth && <Truth {...answer.truth} />}
      {answer?.warnings.map((one) => (
        <p key={one} class="warning" title={one}>
          <Icon name="warn" />
          <span>{one}</span>
        </p>
      ))}
    </Panel>
  );
}

type One = Trust["facts"][number];

/** A check; what was found is told where it is pointed at, reached by keys or clicked. */
function Fact({ of }: { of: One }) {
  const say = (x: number, y: number) =>
    (tip.value = { x, y, title: `${of.name}: ${VERDICTS[of.verdict]}`, lines: [], note: of.words });
  const beside = (element: HTMLElement) => {
    const box = element.getBoundingClientRect();
    say(box.right - 20, box.top);
  };
  return (
    <li class={of.verdict}>
      <button
        type="button"
        aria-label={`${of.name}: ${of.value}, ${VERDICTS[of.verdict]}. ${of.words}`}
        onPointerMove={(event) => say(event.clientX, event.clientY)}
        onPointerLeave={() => (tip.value = null)}
        onClick={(event) => beside(event.currentTarget)}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && beside(event.currentTarget)}
        onBlur={() => (tip.value = null)}
      >
        <Mark verdict={of.verdict} />
        <span>{of.name}</span>
        <b>{of.value}</b>
      </button>
    </li>
  );
}

/** Which of the strongest planted values a run misses, and what it names in their place; a click shows one beside what was planted. */
function Truth({ named, missed }: NonNullable<Trust["truth"]>) {
  const now = spec.value;
  const wrong = named.filter((one) => !one.right);
  if (!now || !missed.length) return null;
  const list = (title: string, values: readonly PlantedValue[]) => (
    <>
      <h3>{title}</h3>
      <ul>
        {values.map((one) => {
          const feature = now.features.findIndex((other) => other.name === one.feature);
          return (
            <li key={`${one.feature} ${one.value_bin}`}>
              <button
                type="button"
                title={`Planted ${signed(one.planted)}, here ${signed(one.mean)} on average; show what was planted`}
                onClick={() => choose({ selection: { values: [[feature, one.value_bin]] }, show: "planted" })}
              >
                {valuesWords(now, feature, [one.value_bin])}
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
  return (
    <details class="planted">
      <summary>
        {count(missed.length)} planted values missed, {count(wrong.length)} named in their place
      </summary>
      {list("Missed", missed)}
      {list("Named in their place", wrong)}
    </details>
  );
}

/** Verdicts differ in shape, not in colour alone. */
function Mark({ verdict }: { verdict: Verdict }) {
  return (
    <svg class="verdict" viewBox="0 0 12 12" aria-hidden="true">
      <circle cx="6" cy="6" r="4.25" class="ring" />
      {verdict === "good" && <circle cx="6" cy="6" r="4.25" class="full" />}
      {verdict === "fair" && <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" class="full" />}
      {verdict === "low" && <path d="M3.2 8.8 8.8 3.2" class="ring" />}
    </svg>
  );
}
