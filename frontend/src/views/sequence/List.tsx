/** The sequences that have what is selected, those first that it moves most in its own direction. */

import { useMemo } from "preact/hooks";
import { askJson } from "../../api";
import { divergingCss, palette } from "../../colour";
import { asked, cohortA, isSelected, open, selection, spec, words } from "../../data";
import { resource } from "../../resource";
import { choose } from "../../state";
import type { CubeSpec, ListedSample } from "../../types";
import { capital, chanceWords, className, endOf, isRight, percent, signed } from "../../words";

const PAGE = 60;
/** Names and ids of so many letters fit into their columns, whatever their letters. */
const SHORT_CLASS = 8;
const SHORT_ID = 10;

/** Kept while the view is away, so that coming back shows the same list. */
export const listed = resource(
  () =>
    asked(cohortA.value, {
      selection: selection.value,
      descending: isSelected.value ? undefined : true,
      sort: "in_brush",
      first: 0,
      n: PAGE,
    }),
  (body, signal) => askJson<{ n: number; descending: boolean; rows: readonly ListedSample[] }>("list", body, signal),
  { wait: 250 },
);

/** Whether predicted and true classes are known of any sequence. */
export function known({ groups }: CubeSpec): readonly [boolean, boolean] {
  return [groups.some(([predicted]) => predicted >= 0), groups.some(([, label]) => label >= 0)];
}

export function List() {
  const [answer, described, called, whole] = [listed.answer.value.data, spec.value, words.value, open.value];
  const now = palette.value;
  const most = useMemo(() => Math.max(1e-9, ...(answer?.rows.map((one) => Math.abs(one.in_brush)) ?? [])), [answer]);
  if (!answer || !described || !called || !whole) return null;
  const [isPredicted, isLabelled] = known(described);
  const isCut =
    described.groups.flat().some((one) => className(described, one).length > SHORT_CLASS) ||
    answer.rows.some((one) => endOf(one.id).length > SHORT_ID);
  return (
    <div class={`list ${isCut ? "cut" : ""}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{capital(called.sequence)}</th>
            {isPredicted && (
              <th scope="col" title={`Predicted, with the ${chanceWords(whole)}`}>
                Predicted
                <br />
                <small>{chanceWords(whole)}</small>
              </th>
            )}
            {isLabelled && <th scope="col">In fact</th>}
            <th scope="col" class="number" colSpan={2} title="Attribution of what is selected, added up">
              Selected adds
            </th>
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((one) => (
            <tr key={one.id}>
              <th scope="row" title={one.id}>
                <button type="button" onClick={() => choose({ sequence: one.id })}>
                  {endOf(one.id)}
                </button>
              </th>
              {isPredicted && (
                <td title={className(described, one.predicted)}>
                  {className(described, one.predicted)} <small>{percent(one.probability)}</small>
                </td>
              )}
              {isLabelled && (
                <td
                  class={isRight([one.predicted, one.label]) === false ? "wrong" : ""}
                  title={className(described, one.label)}
                >
                  {className(described, one.label)}
                </td>
              )}
              <td class="bar">
                <i
                  style={{
                    width: `${(100 * Math.abs(one.in_brush)) / most}%`,
                    background: divergingCss(now.theme, Math.sign(one.in_brush) * 0.6),
                  }}
                />
              </td>
              <td class="number">{signed(one.in_brush, Math.min(most / 10, 1))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
