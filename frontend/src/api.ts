/** Questions to the server: the session, frames of typed arrays, and errors in words. */

export type Numbers = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

export interface FrameArray {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

export interface Frame<Meta = Record<string, unknown>> {
  readonly meta: Meta;
  readonly arrays: Readonly<Record<string, FrameArray>>;
}

/** What went wrong, for people; `status` is 0 where no answer came at all. */
export class AskError extends Error {
  constructor(
    message: string,
    readonly status = 0,
  ) {
    super(message);
  }
}

const KINDS = {
  u1: Uint8Array,
  i4: Int32Array,
  u4: Uint32Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;
const MAGIC = 0x4e544941; // "AITN", little-endian
const VERSION = 1;
const HEAD = 12;

/** The arrays of a frame, as views on the buffer that came: nothing is copied. */
export function readFrame<Meta = Record<string, unknown>>(buffer: ArrayBuffer): Frame<Meta> {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEAD || view.getUint32(0, true) !== MAGIC)
    throw new AskError("The answer is not a frame of Aition.");
  const version = view.getUint32(4, true);
  if (version !== VERSION)
    throw new AskError(`The server speaks version ${version}, this page ${VERSION}: reload the page.`);
  const length = view.getUint32(8, true);
  if (HEAD + length > buffer.byteLength) throw new AskError("The answer was cut off.");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, HEAD, length))) as {
    meta: Meta;
    arrays: { name: string; dtype: keyof typeof KINDS; shape: number[] }[];
  };
  const arrays: Record<string, FrameArray> = {};
  let at = HEAD + length;
  for (const { name, dtype, shape } of header.arrays) {
    const Kind = KINDS[dtype];
    if (!Kind)
      throw new AskError(`The answer holds ${name} as ${dtype}, which this page cannot read: reload the page.`);
    const size = shape.reduce((a, b) => a * b, 1);
    const bytes = size * Kind.BYTES_PER_ELEMENT;
    if (at + bytes > buffer.byteLength) throw new AskError("The answer was cut off.");
    arrays[name] = { shape, data: new Kind(buffer, at, size) };
    at += Math.ceil(bytes / 8) * 8;
  }
  return { meta: header.meta, arrays };
}

/** One array of a frame, or an error that names it. */
export function arrayOf<T extends Numbers>(frame: Frame<unknown>, name: string, shape?: readonly number[]): T {
  const found = frame.arrays[name];
  if (!found) throw new AskError(`The answer lacks ${name}.`);
  if (shape && (shape.length !== found.shape.length || shape.some((n, i) => n !== found.shape[i])))
    throw new AskError(`${name} must be [${shape.join(", ")}], but is [${found.shape.join(", ")}].`);
  return found.data as T;
}

export type Raw = { readonly json: unknown } | { readonly buffer: ArrayBuffer };
/** How a question reaches what answers it: the server, a notebook's kernel, or what an exported page carries. */
export type Transport = (question: string, body: unknown, signal: AbortSignal) => Promise<Raw>;

const SPOKEN: Record<number, string> = {
  401: "The session has ended. Open the page again by the address that Aition printed.",
  403: "The server does not accept this page. Open it by the address that Aition printed.",
  404: "The server does not know this question.",
  413: "The question is too large. Choose fewer sequences.",
  429: "Too many questions at once. Wait a moment.",
  503: "The server is busy. Try again in a moment.",
  504: "The answer took too long and was stopped. Choose fewer sequences or a smaller span.",
};

export const overHttp: Transport = async (question, body, signal) => {
  let answer: Response;
  try {
    answer = await fetch(`api/${question}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Aition": "1" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new AskError("The server does not answer. Is Aition still running?");
  }
  const isJson = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  if (!answer.ok) {
    const said = isJson ? ((await answer.json()) as { error?: string }).error : undefined;
    throw new AskError(
      SPOKEN[answer.status] && !said ? SPOKEN[answer.status] : (said ?? "Something failed inside the server."),
      answer.status,
    );
  }
  return isJson ? { json: await answer.json() } : { buffer: await answer.arrayBuffer() };
};

/** A question as it was sent. */
export interface Sent {
  readonly question: string;
  readonly body: unknown;
}

/** What was asked under each signal, so that a page can be saved with its answers. */
export const sentBy = new WeakMap<AbortSignal, Sent[]>();

let transport: Transport = overHttp;
export function connectBy(other: Transport): void {
  transport = other;
}

/** The answer as it comes. */
export function raw(question: string, body: unknown, signal: AbortSignal): Promise<Raw> {
  const sent = sentBy.get(signal);
  if (sent) sent.push({ question, body });
  else sentBy.set(signal, [{ question, body }]);
  return transport(question, body, signal);
}

export async function askJson<T>(question: string, body: unknown, signal: AbortSignal): Promise<T> {
  const answer = await raw(question, body, signal);
  if (!("json" in answer)) throw new AskError("The answer is not what was asked for.");
  return answer.json as T;
}

export async function askFrame<Meta>(question: string, body: unknown, signal: AbortSignal): Promise<Frame<Meta>> {
  const answer = await raw(question, body, signal);
  if (!("buffer" in answer)) throw new AskError("The answer is not what was asked for.");
  return readFrame<Meta>(answer.buffer);
}

/** Exchanges the token in the address, where there is one, for the session's cookie, and takes it out of the address. */
export async function beginSession(): Promise<void> {
  const found = /^#token=([\w-]+)(?:&(.*))?$/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", `${location.pathname}${location.search}${found[2] ? `#${found[2]}` : ""}`);
  await transport("session", { token: found[1] }, new AbortController().signal);
}
