/** The page as one file that needs no server: its script, its style, and the answers that it shows now. */

import { type Frame, raw, readFrame, type Sent } from "../api";
import { asked } from "../resource";
import { type Carried, keyOf, packed, toBase64 } from "./carried";

/** Bits of the fraction of sums that are kept: 1 in 8,192. */
const KEPT_BITS = 12;
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:";

/** Sums of cells rounded, in place: what is not seen does not pack. */
export function rounded(frame: Frame, names: readonly string[]): void {
  for (const name of names) {
    const found = frame.arrays[name]?.data;
    if (!(found instanceof Float32Array)) continue;
    const bits = new Uint32Array(found.buffer, found.byteOffset, found.length);
    const [half, mask] = [1 << (22 - KEPT_BITS), ~((1 << (23 - KEPT_BITS)) - 1)];
    for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] + half) & mask;
  }
}

async function answersOf(sent: readonly Sent[], signal: AbortSignal): Promise<Carried["answers"]> {
  const answers: Record<string, { json?: unknown; packed?: string }> = {};
  for (const { question, body } of sent) {
    const key = keyOf(question, body);
    if (key in answers) continue;
    const { approximate: _, ...exact } = body as Record<string, unknown>;
    const found = await raw(question, exact, signal);
    if ("json" in found)
      answers[key] = {
        json: question === "open" ? { ...(found.json as object), has_model: false } : found.json,
      };
    else {
      const copy = found.buffer.slice(0);
      if (question === "cube" || question === "compare") rounded(readFrame(copy), ["total", "squares"]);
      answers[key] = { packed: await packed(copy) };
    }
  }
  return answers;
}

async function textOf(address: string): Promise<string> {
  return (await fetch(address)).text();
}

/** The style sheet with its fonts inside. */
async function styleOf(address: string): Promise<string> {
  let style = await textOf(address);
  for (const [whole, name] of style.matchAll(/url\(["']?([^"')]+\.woff2)["']?\)/g)) {
    const bytes = new Uint8Array(await (await fetch(new URL(name, new URL(address, location.href)))).arrayBuffer());
    style = style.replace(whole, `url(data:font/woff2;base64,${toBase64(bytes)})`);
  }
  return style;
}

function inElement(text: string): string {
  return text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}

/** Of what is in the page now; asks every question again, so that all answers are exact. */
export async function wholePage(about: Omit<Carried, "answers" | "savedAt">, signal: AbortSignal): Promise<Blob> {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  const sheet = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"]');
  if (!script || !sheet) throw new Error("Only the page that the server sends can be saved as a file.");
  const [code, style, answers] = await Promise.all([
    textOf(script.src),
    styleOf(sheet.href),
    answersOf(asked(), signal),
  ]);
  const carried: Carried = {
    ...about,
    savedAt: new Date().toISOString(),
    answers,
  };
  const data = JSON.stringify(carried).replaceAll("<", "\\u003c");
  const title = about.title.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
  const lines = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}"><title>${title} · Aition</title><style>${style}</style></head>`,
    `<body><div id="page"></div><script type="application/json" id="carried">${data}</script>`,
    `<script type="module">${inElement(code)}</script></body></html>`,
  ];
  return new Blob(lines, { type: "text/html" });
}
