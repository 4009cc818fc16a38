/** A page that carries its answers: the page itself, what it was asked, and what came, in one file. */

import { AskError, type Raw, type Transport } from "../api";

export interface Carried {
  readonly address: string;
  readonly title: string;
  readonly savedAt: string;
  readonly findings: readonly unknown[];
  /** By question and body; frames as compressed bytes in base64. */
  readonly answers: Readonly<Record<string, { readonly json?: unknown; readonly packed?: string }>>;
}

const PLACE = "carried";

export function keyOf(question: string, body: unknown): string {
  const { approximate: _, ...rest } = JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
  return `${question} ${JSON.stringify(rest)}`;
}

/** What this page carries; null where a server answers. */
export function readCarried(): Carried | null {
  const found = document.getElementById(PLACE)?.textContent;
  return found ? (JSON.parse(found) as Carried) : null;
}

export function byCarried(carried: Carried): Transport {
  return async (question, body): Promise<Raw> => {
    const found = carried.answers[keyOf(question, body)];
    if (!found)
      throw new AskError(
        "This page was saved: it holds only what was open then. The counts by value, time, strength and outcome can still be selected.",
      );
    return found.packed === undefined ? { json: found.json } : { buffer: await unpacked(found.packed) };
  };
}

export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x8000)));
  return btoa(parts.join(""));
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: GenericTransformStream): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
}

/**
 * Bytes apart by their place in a word, so that zeros and exponents stand together and pack well.
 * A frame's header is of whole words, and so are its arrays.
 */
export function apart(bytes: Uint8Array, width = 4): Uint8Array<ArrayBuffer> {
  const n = Math.floor(bytes.length / width);
  const out = new Uint8Array(bytes.length);
  for (let k = 0; k < width; k++) for (let i = 0; i < n; i++) out[k * n + i] = bytes[i * width + k];
  out.set(bytes.subarray(n * width), n * width);
  return out;
}

export function together(bytes: Uint8Array, width = 4): Uint8Array<ArrayBuffer> {
  const n = Math.floor(bytes.length / width);
  const out = new Uint8Array(bytes.length);
  for (let k = 0; k < width; k++) for (let i = 0; i < n; i++) out[i * width + k] = bytes[k * n + i];
  out.set(bytes.subarray(n * width), n * width);
  return out;
}

export async function packed(buffer: ArrayBuffer): Promise<string> {
  return toBase64(new Uint8Array(await through(apart(new Uint8Array(buffer)), new CompressionStream("gzip"))));
}

export async function unpacked(text: string): Promise<ArrayBuffer> {
  return together(new Uint8Array(await through(fromBase64(text), new DecompressionStream("gzip")))).buffer;
}
