/** What every view stands in: a title, one plain sentence, help, a table of the same, and what is missing said in words. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words } from "../data";
import type { Answer } from "../resource";
import { choose, chosen, part } from "../state";
import { capital, inTheirWords, inWords } from "../words";
import { Icon } from "./Icon";
import { Sheet } from "./Menu";
import { Save } from "./Save";

export interface TableData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

interface PanelProps {
  id: string;
  title: string;
  /** What it shows now, in one sentence with its numbers. */
  says: string;
  help: readonly string[];
  table?: () => TableData;
  tools?: ComponentChildren;
  /** Why there is nothing to see. */
  empty?: string;
  answers?: readonly Answer<unknown>[];
  retry?: () => void;
  children?: ComponentChildren;
  /** Controls that stay where there is nothing to see. */
  above?: ComponentChildren;
  /** What can be done where there is nothing to see. */
  below?: ComponentChildren;
  /** Whether what is drawn stays on the page while its first answer is waited for: its size decides what is asked. */
  keep?: boolean;
  class?: string;
  /** Whether the title and the sentence stand elsewhere. */
  bare?: boolean;
}

const tables = part((now) => now.tables);
const large = part((now) => now.large);

export function Panel({
  id,
  title,
  says,
  help,
  table,
  tools,
  empty,
  answers = [],
  retry,
  children,
  above,
  below,
  keep,
  class: style = "",
  bare,
}: PanelProps) {
  const asTable = tables.value.includes(id);
  const isLarge = large.value === id;
  const error = answers.find((one) => one.error)?.error;
  const approximate = answers.some((one) => one.approximate);
  const waits = answers.some((one) => one.waits);
  const first = waits && answers.some((one) => !one.data && !one.error);
  return (
    <section
      class={`panel ${style} ${isLarge ? "large" : ""}`}
      aria-labelledby={`${id}-title`}
      data-view={id}
      tabIndex={-1}
    >
      <header class={bare ? "bare" : ""}>
        <h2 id={`${id}-title`} title={title}>
          {title}
        </h2>
        <div class="tools">
          {tools}
          {table && (
            <button
              type="button"
              class="ghost"
              aria-pressed={asTable}
              aria-label={`${title} as a table`}
              title="As a table"
              onClick={() => toggleTable(id)}
            >
              <Icon name="table" />
            </button>
          )}
          <Save id={id} title={title} says={says} table={table} />
          <Sheet label={<Icon name="help" />} name={`About ${title}`} class="ghost" align="right">
            {() => (
              <div class="help" tabIndex={-1} data-first>
                <h3>{title}</h3>
                {help.map((line) => (
                  <p key={line}>{inWords(line, words.value)}</p>
                ))}
              </div>
            )}
          </Sheet>
          <button
            type="button"
            class="ghost"
            aria-pressed={isLarge}
            aria-label={isLarge ? `${title}: back` : `${title}: fill the page`}
            title={isLarge ? "Back" : "Fill the page"}
            onClick={() => choose({ large: isLarge ? null : id })}
          >
            <Icon name={isLarge ? "shrink" : "grow"} />
          </button>
        </div>
      </header>
      {!bare && (
        <p class="says">
          {approximate && (
            <span
              class="tag"
              title={inWords("Counted from some of the {sequences}; the exact numbers are on their way", words.value)}
            >
              approximate ±
            </span>
          )}
          {error ? "" : says}
        </p>
      )}
      <Spoken text={error ? "" : says} />
      <div class={`progress ${waits && !error ? "on" : ""}`} />
      {above}
      {error ? (
        <div class="nothing" role="alert">
          <p>{capital(inTheirWords(error, words.value))}</p>
          {retry && (
            <button type="button" class="plain" onClick={retry}>
              Try again
            </button>
          )}
        </div>
      ) : first && !keep ? (
        <div class="nothing">
          <p>Counting…</p>
        </div>
      ) : empty ? (
        <div class="nothing">
          <p>{empty}</p>
          {below}
        </div>
      ) : asTable && table ? (
        <DataTable caption={`${title}. ${says}`} data={table()} />
      ) : (
        <div class="body">{children}</div>
      )}
    </section>
  );
}

function toggleTable(id: string): void {
  const now = chosen.peek().tables;
  choose({
    tables: now.includes(id) ? now.filter((one) => one !== id) : [...now, id],
  });
}

/** What changed, for those who hear the page: said once it rests. */
function Spoken({ text }: { text: string }) {
  const [said, say] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => say(text), 900);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p class="hidden" aria-live="polite">
      {said}
    </p>
  );
}

const MOST_ROWS = 2000;

export function DataTable({ caption, data }: { caption: string; data: TableData }) {
  return (
    <div class="table" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {data.columns.map((one) => (
              <th key={one} scope="col">
                {one}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.slice(0, MOST_ROWS).map((row, i) => (
            <tr key={i}>
              {row.map((cell, k) =>
                k === 0 ? (
                  <th key={k} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={k}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
