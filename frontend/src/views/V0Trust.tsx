/** V0: whether the explanation can be believed, in words. */

import { opened, trust } from "../data";
import { Icon } from "../parts/Icon";
import { Panel, type TableData } from "../parts/Panel";
import { tip } from "../parts/Tooltip";
import type { Verdict } from "../types";

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
  if (low.length)
    return `With care: ${low.map((one) => one.name.toLowerCase()).join(" and ")} ${low.length > 1 ? "are" : "is"} low.`;
  const fair = of("fair");
  return fair.length
    ? `Mostly: ${of("good").length} of ${checked} checks are good.`
    : `Yes: all ${checked} checks are good.`;
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
          <li
            key={one.name}
            class={one.verdict}
            tabIndex={0}
            aria-label={`${one.name}: ${one.value}, ${VERDICTS[one.verdict]}. ${one.words}`}
            onPointerMove={(event) =>
              (tip.value = {
                x: event.clientX,
                y: event.clientY,
                title: `${one.name}: ${VERDICTS[one.verdict]}`,
                lines: [],
                note: one.words,
              })
            }
            onPointerLeave={() => (tip.value = null)}
            onFocus={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              if (event.currentTarget.matches(":focus-visible"))
                tip.value = {
                  x: box.right - 20,
                  y: box.top,
                  title: `${one.name}: ${VERDICTS[one.verdict]}`,
                  lines: [],
                  note: one.words,
                };
            }}
            onBlur={() => (tip.value = null)}
          >
            <Mark verdict={one.verdict} />
            <span>{one.name}</span>
            <b>{one.value}</b>
          </li>
        ))}
      </ul>
      {answer?.warnings.map((one) => (
        <p key={one} class="warning" title={one}>
          <Icon name="warn" />
          <span>{one}</span>
        </p>
      ))}
    </Panel>
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
