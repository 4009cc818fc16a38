/** Findings: views with a note, kept in this browser. */

import { signal } from "@preact/signals";
import { toAddress } from "../../address";
import { toBase64 } from "../../export/carried";
import { inPage } from "../../place";
import { chosen } from "../../state";
import { columns } from "../summary/layout";

export interface Finding {
  readonly id: string;
  readonly note: string;
  /** The summary's sentence at that time. */
  readonly says: string;
  /** What was chosen. */
  readonly address: string;
  readonly at: string;
  /** A small picture of the summary, base64; "" where there is none. */
  readonly picture: string;
}

const PLACE = "aition-findings";
const MOST = 200;
export const PICTURE = { width: 200, height: 112 } as const;

export const findings = signal<readonly Finding[]>([]);
/** Whether this browser keeps them. */
export const isKept = signal(true);
let title = "";

function isFinding(value: unknown): value is Finding {
  const one = value as Partial<Record<keyof Finding, unknown>> | null;
  return ["id", "note", "says", "address", "at", "picture"].every(
    (key) => typeof one?.[key as keyof Finding] === "string",
  );
}

/** Those of a title; those that came with a saved page where this browser has none. */
export function readFindings(of: string, carried: readonly unknown[] = []): void {
  title = of;
  try {
    const kept = JSON.parse(localStorage.getItem(`${PLACE} ${title}`) ?? "null") as unknown;
    findings.value = (Array.isArray(kept) ? kept : carried).filter(isFinding);
  } catch {
    isKept.value = false;
    findings.value = carried.filter(isFinding);
  }
}

function keep(all: readonly Finding[]): void {
  findings.value = all.slice(0, MOST);
  try {
    localStorage.setItem(`${PLACE} ${title}`, JSON.stringify(findings.value));
    isKept.value = true;
  } catch {
    isKept.value = false;
  }
}

export async function add(note: string, says: string): Promise<void> {
  const one = {
    id: crypto.randomUUID(),
    note,
    says,
    address: toAddress(chosen.peek()),
    at: new Date().toISOString(),
    picture: await picture(),
  };
  keep([one, ...findings.peek()]);
}

export function remove(id: string): void {
  keep(findings.peek().filter((one) => one.id !== id));
}

export function rewrite(id: string, note: string): void {
  keep(findings.peek().map((one) => (one.id === id ? { ...one, note } : one)));
}

/** The cells of the summary that are seen, small. */
async function picture(): Promise<string> {
  const scroll = inPage('[data-view="summary"] .scroll');
  const canvas = scroll?.querySelector("canvas");
  if (!scroll || !canvas?.width) return "";
  const density = canvas.width / Math.max(canvas.clientWidth, 1);
  const small = document.createElement("canvas");
  [small.width, small.height] = [PICTURE.width, PICTURE.height];
  const context = small.getContext("2d") as CanvasRenderingContext2D;
  const left = columns.peek().left * density;
  const tall = Math.min(scroll.clientHeight, canvas.clientHeight) * density;
  context.drawImage(
    canvas,
    left,
    Math.min(scroll.scrollTop * density, canvas.height - tall),
    columns.peek().width * density,
    tall,
    0,
    0,
    small.width,
    small.height,
  );
  const blob = await new Promise<Blob | null>((resolve) => small.toBlob(resolve, "image/webp", 0.8));
  return blob ? toBase64(new Uint8Array(await blob.arrayBuffer())) : "";
}
