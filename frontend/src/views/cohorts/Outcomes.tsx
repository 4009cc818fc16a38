/** What was predicted against what happened: each cell, each row and each column selects. */

import { groups as outcomes } from "../../data";
import { select } from "../../state";
import type { CubeSpec } from "../../types";
import { className, count, isRight, percent } from "../../words";

/** Whether anything is known that tells sequences apart: a predicted or a true class of some. */
export function hasOutcomes({ groups }: CubeSpec): boolean {
  return groups.length > 1 || groups.some((one) => isRight(one) !== null);
}

interface OutcomesProps {
  described: CubeSpec;
  /** Sequences of the cohort by group, all and those with what is selected. */
  all: Float64Array | null;
  brushed: Float64Array | null;
}

export function Outcomes({ described, all, brushed }: OutcomesProps) {
  const predicted = [...new Set(described.groups.map((one) => one[0]))];
  const label = [...new Set(described.groups.map((one) => one[1]))];
  const now = outcomes.value;
  const total = all?.reduce((x, y) => x + y, 0) ?? 0;
  const groupsWhere = (hit: (group: readonly [number, number]) => boolean) =>
    described.groups.map((one, g) => (hit(one) ? g : -1)).filter((g) => g >= 0);
  const toggle = (groups: readonly number[]) => {
    const same = now && groups.length === now.length && groups.every((g) => now.includes(g));
    select("groups", same || groups.length === described.groups.length ? undefined : groups);
  };
  const on = (groups: readonly number[]) => now !== undefined && groups.every((g) => now.includes(g));
  const heads = (axis: 0 | 1, classes: readonly number[]) =>
    classes.map((one) => {
      const groups = groupsWhere((group) => group[axis] === one);
      return {
        one,
        groups,
        n: groups.reduce((sum, g) => sum + (all?.[g] ?? 0), 0),
      };
    });
  const right = groupsWhere((one) => isRight(one) === true);
  const wrong = groupsWhere((one) => isRight(one) === false);
  const [correct, mistaken] = [right, wrong].map((of) => of.reduce((sum, g) => sum + (all?.[g] ?? 0), 0));
  const judged = Math.max(correct + mistaken, 1);
  return (
    <div class="outcomes">
      <table>
        <caption class="hidden">Predicted and true outcomes; each button selects</caption>
        <thead>
          <tr>
            <td class="corner">predicted ↓ in fact →</td>
            {heads(1, label).map(({ one, groups }) => (
              <th key={one} scope="col">
                <button
                  type="button"
                  aria-pressed={on(groups) && now?.length === groups.length}
                  title={className(described, one)}
                  onClick={() => toggle(groups)}
                >
                  {className(described, one)}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {heads(0, predicted).map(({ one, groups }) => (
            <tr key={one}>
              <th scope="row">
                <button
                  type="button"
                  aria-pressed={on(groups) && now?.length === groups.length}
                  title={className(described, one)}
                  onClick={() => toggle(groups)}
                >
                  {className(described, one)}
                </button>
              </th>
              {label.map((other) => {
                const g = described.groups.findIndex(([p, l]) => p === one && l === other);
                if (g < 0) return <td key={other}>–</td>;
                const n = all?.[g] ?? 0;
                const some = brushed?.[g] ?? n;
                return (
                  <td key={other}>
                    <button
                      type="button"
                      class={`cell ${now && !now.includes(g) ? "out" : ""} ${one === other ? "right" : "wrong"}`}
                      aria-pressed={now?.length === 1 && now[0] === g}
                      aria-label={`predicted ${className(described, one)}, in fact ${className(described, other)}: ${count(some)} of ${count(n)}`}
                      onClick={() => toggle([g])}
                    >
                      <i
                        style={{
                          width: `${total ? Math.max((100 * n) / total, 1) : 0}%`,
                        }}
                      />
                      <em
                        style={{
                          width: `${total ? (100 * some) / total : 0}%`,
                        }}
                      />
                      <b>{count(some)}</b>
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {right.length + wrong.length > 0 && (
        <p class="pair">
          <button type="button" aria-pressed={on(right) && now?.length === right.length} onClick={() => toggle(right)}>
            {percent(correct / judged)} right
          </button>
          <button type="button" aria-pressed={on(wrong) && now?.length === wrong.length} onClick={() => toggle(wrong)}>
            {percent(mistaken / judged)} wrong
          </button>
        </p>
      )}
    </div>
  );
}
