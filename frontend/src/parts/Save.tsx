/** Ways out of a view: a picture, a drawing, its table, and the same in Python. */

import { useState } from "preact/hooks";
import { cohortA, open, selection } from "../data";
import { asPng, asSvg } from "../export/picture";
import { pythonOf } from "../export/python";
import { fileName, save } from "../export/save";
import { asCsv, asData } from "../export/table";
import { inPage } from "../place";
import { chosen } from "../state";
import { Icon } from "./Icon";
import { Choices, Sheet } from "./Menu";
import type { TableData } from "./Panel";

interface SaveProps {
  id: string;
  title: string;
  says: string;
  table?: () => TableData;
}

function python(id: string): string | null {
  const now = open.value;
  if (!now) return null;
  const { sequence, courseOf, nPattern, other, show, b } = chosen.value;
  return pythonOf(id, {
    run: now.run.name,
    spec: now.spec,
    cohort: cohortA.value,
    selection: selection.value,
    sequence,
    feature: courseOf ?? selection.value.values?.[0]?.[0] ?? 0,
    nPattern,
    other,
    show,
    b,
  });
}

export function Save({ id, title, says, table }: SaveProps) {
  const now = open.value;
  const name = () => fileName(now?.title ?? "", id);
  const panel = () => inPage(`[data-view="${id}"]`) as HTMLElement;
  const json = () => {
    const shown = { view: title, says, cohort: cohortA.value, selection: selection.value, table: table?.() };
    const of = asData(now ?? null, shown);
    save(`${name()}.json`, new Blob([JSON.stringify(of, null, 1)], { type: "application/json" }));
  };
  return (
    <Sheet label={<Icon name="export" />} name={`Save ${title}`} class="ghost" align="right">
      {(close) => (
        <>
          <Choices
            close={close}
            of={[
              "This view as",
              {
                label: "Picture",
                note: "PNG, for slides",
                act: () => void asPng(panel()).then((blob) => save(`${name()}.png`, blob)),
              },
              {
                label: "Drawing",
                note: "SVG, for papers",
                act: () =>
                  save(
                    `${name()}.svg`,
                    new Blob([asSvg(panel(), `${title}. ${says}`)], {
                      type: "image/svg+xml",
                    }),
                  ),
              },
              {
                label: "Table",
                note: "CSV, for spreadsheets",
                disabled: !table,
                act: () => table && save(`${name()}.csv`, new Blob(["\ufeff", asCsv(table())], { type: "text/csv" })),
              },
              {
                label: "Data",
                note: "JSON, with cohort and selection",
                disabled: !table,
                act: json,
              },
            ]}
          />
          <Code text={python(id)} />
        </>
      )}
    </Sheet>
  );
}

function Code({ text }: { text: string | null }) {
  const [isCopied, copied] = useState(false);
  if (text === null) return null;
  const copy = async () => {
    await navigator.clipboard?.writeText(text).then(
      () => copied(true),
      () => undefined,
    );
    setTimeout(() => copied(false), 1600);
  };
  return (
    <div class="code">
      <p>
        The same in Python
        <button type="button" class="link" onClick={() => void copy()}>
          {isCopied ? "Copied" : "Copy"}
        </button>
      </p>
      <pre tabIndex={0} role="region" aria-label="Lines of Python">
        {text}
      </pre>
    </div>
  );
}
