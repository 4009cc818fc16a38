/** V10: what was found: views with notes, kept, opened again, and handed on. */

import { signal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { fromAddress, shortAddress, toAddress } from "../address";
import { open, opened } from "../data";
import { fromBase64, readCarried } from "../export/carried";
import { wholePage } from "../export/page";
import { fileName, save } from "../export/save";
import { Canvas, type Draw } from "../parts/Canvas";
import { Icon } from "../parts/Icon";
import { Panel, type TableData } from "../parts/Panel";
import { ownsWindow } from "../place";
import { choose, chosen } from "../state";
import { count } from "../words";
import { add, type Finding, findings, isKept, readFindings, remove, rewrite } from "./findings/store";
import { sentence as summarySentence } from "./summary/says";

const when = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

function Picture({ of }: { of: string }) {
  const image = useMemo(() => signal<ImageBitmap | null>(null), []);
  useEffect(() => {
    if (!of) return;
    let alive = true;
    createImageBitmap(new Blob([fromBase64(of)])).then(
      (made) => {
        if (alive) image.value = made;
      },
      () => undefined,
    );
    return () => {
      alive = false;
    };
  }, [of, image]);
  const draw = useCallback<Draw>(
    (context, width, height) => {
      if (image.value) context.drawImage(image.value, 0, 0, width, height);
    },
    [image],
  );
  return (
    <div class="thumb">
      <Canvas draw={draw} />
    </div>
  );
}

function go(one: Finding): void {
  choose({ ...fromAddress(`#${one.address}`), tab: "findings" });
}

function Item({ of }: { of: Finding }) {
  const [isWriting, write] = useState(false);
  const date = when.format(new Date(of.at));
  return (
    <li class="finding">
      <button type="button" class="open" aria-label={`Open: ${of.note || of.says}`} onClick={() => go(of)}>
        <Picture of={of.picture} />
      </button>
      <div>
        {isWriting ? (
          <textarea
            aria-label="Note"
            rows={3}
            ref={(element) => element?.focus()}
            value={of.note}
            onChange={(event) => rewrite(of.id, event.currentTarget.value)}
            onBlur={() => write(false)}
          />
        ) : (
          <p class="note-text">{of.note || of.says}</p>
        )}
        {of.note && !isWriting && <p class="said">{of.says}</p>}
        <p class="when">
          <span>{date}</span>
          <button type="button" class="link" onClick={() => go(of)}>
            Open
          </button>
          <button type="button" class="link" onClick={() => write(true)}>
            Edit
          </button>
          <button type="button" class="link" aria-label={`Delete the finding of ${date}`} onClick={() => remove(of.id)}>
            Delete
          </button>
        </p>
      </div>
    </li>
  );
}

/** Where the page is opened as it was; a cell of a notebook has no address. */
function addressOf(one: Finding): string {
  if (!ownsWindow()) return "";
  const { address } = shortAddress(fromAddress(`#${one.address}`));
  return `${location.origin}${location.pathname}${address ? `#${address}` : ""}`;
}

function asText(title: string): string {
  const lines = findings.value.map(
    (one) =>
      `## ${one.note || one.says}\n\n${one.note ? `${one.says}\n\n` : ""}${[when.format(new Date(one.at)), addressOf(one)].filter(Boolean).join(": ")}\n`,
  );
  return `# ${title}: findings\n\n${lines.join("\n")}`;
}

/** The page with all that it shows, as a file. */
function SavePage() {
  const [state, say] = useState("");
  const run = async () => {
    const now = open.value;
    if (!now) return;
    say("Packing…");
    try {
      const page = await wholePage(
        {
          address: toAddress(chosen.peek()),
          title: now.title,
          findings: findings.peek(),
        },
        new AbortController().signal,
      );
      save(`${fileName(now.title)}.html`, page);
      say(`Saved, ${(page.size / 1024 ** 2).toFixed(1)} MB`);
    } catch (error) {
      say((error as Error).message);
    }
  };
  return (
    <>
      <button
        type="button"
        class="plain"
        disabled={state === "Packing…" || readCarried() !== null}
        onClick={() => void run()}
        title="One file with all that the page shows now; it opens without a server"
      >
        Save the page
      </button>
      <small aria-live="polite">{state}</small>
    </>
  );
}

function table(): TableData {
  return {
    columns: ["When", "Note", "Summary", "Address"],
    rows: findings.value.map((one) => [when.format(new Date(one.at)), one.note, one.says, addressOf(one)]),
  };
}

const help = () => [
  "Keeps the page as it is now, with your note: cohorts, selections, what is open. Open brings it back; undo leads from there to where you were.",
  ownsWindow()
    ? "Findings stay in this browser. To hand them on, copy an address (Share, on top), save them as text, or save the page: one file that opens without a server and holds what the page shows now."
    : "Findings stay in this browser. To hand them on, save them as text.",
  "Every view has its own ways out: a picture, a drawing, a table, and the lines of Python that compute it.",
];

export function V10Findings() {
  const [note, write] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const now = open.value;
  useEffect(() => {
    if (now) readFindings(now.title, readCarried()?.findings);
  }, [now?.title]);
  const all = findings.value;
  const says = all.length
    ? `${count(all.length)} ${all.length === 1 ? "finding" : "findings"}, the latest first.`
    : "Write down what you see; the page comes back as it is now.";
  const commit = () => {
    void add(note.trim(), summarySentence());
    write("");
    field.current?.focus();
  };
  return (
    <Panel
      id="findings"
      title="Findings"
      says={isKept.value ? says : `${says} This browser does not let the page keep them: save them as text.`}
      help={help()}
      table={table}
      answers={[opened.answer.value]}
    >
      <form
        class="write"
        onSubmit={(event) => {
          event.preventDefault();
          commit();
        }}
      >
        <textarea
          id="note"
          ref={field}
          rows={2}
          aria-label="What do you see?"
          placeholder="What do you see?"
          value={note}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey) return;
            event.preventDefault();
            commit();
          }}
        />
        <button type="submit" class="plain">
          <Icon name="save" />
          Keep
        </button>
      </form>
      <ul class="findings" tabIndex={all.length ? 0 : -1} aria-label="Findings">
        {all.map((one) => (
          <Item key={one.id} of={one} />
        ))}
      </ul>
      <footer class="legends">
        {ownsWindow() && <SavePage />}
        <button
          type="button"
          class="quiet"
          disabled={!all.length || !now}
          onClick={() =>
            now &&
            save(`${fileName(now.title, "findings")}.md`, new Blob([asText(now.title)], { type: "text/markdown" }))
          }
        >
          As text
        </button>
      </footer>
    </Panel>
  );
}
