/** The line from a widget to its notebook's kernel: questions as messages, answers as they come. */

import { AskError, type Transport } from "./api";

export interface Said {
  readonly id?: number;
  readonly error?: string;
  readonly status?: number;
  readonly json?: unknown;
}

type Heard = (content: Said, buffers: readonly DataView[]) => void;

/** The part of a notebook's model that is used. */
export interface Model {
  get(name: string): unknown;
  send(content: unknown): void;
  on(event: "msg:custom", heard: Heard): void;
  on(event: "comm_live_update", changed: () => void): void;
  off(event: "msg:custom", heard: Heard): void;
  off(event: "comm_live_update", changed: () => void): void;
}

export interface Line {
  readonly ask: Transport;
  /** Is called once anything comes. */
  onFirst(heard: () => void): void;
  end(): void;
}

const ENDED = "The notebook's kernel was restarted or has ended. Run the cell again.";
/** Milliseconds that a kernel has to say that it is there, after it was perhaps started again. */
const PATIENCE = 3000;

/** Where the kernel ends, what waits for it is told so. */
export function lineTo(model: Model, patience = PATIENCE): Line {
  let last = 0;
  let heardOf = false;
  let ended = false;
  const first: (() => void)[] = [];
  const waiting = new Map<number, { resolve: Heard; reject: (error: Error) => void }>();
  const heard: Heard = (content, buffers) => {
    ended = false;
    if (!heardOf) {
      heardOf = true;
      for (const tell of first) tell();
    }
    const asked = waiting.get(content.id ?? 0);
    waiting.delete(content.id ?? 0);
    asked?.resolve(content, buffers);
  };
  const drop = () => {
    ended = true;
    for (const { reject } of waiting.values()) reject(new AskError(ENDED));
    waiting.clear();
  };
  const changed = () => {
    const timer = setTimeout(drop, patience);
    const id = ++last;
    waiting.set(id, { resolve: () => clearTimeout(timer), reject: () => undefined });
    send({ id, question: "are you there", body: {} });
  };
  const send = (message: unknown) => {
    try {
      model.send(message);
    } catch {
      drop();
    }
  };
  model.on("msg:custom", heard);
  model.on("comm_live_update", changed);
  return {
    ask: (question, body, signal) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(new AskError(ENDED));
        const id = ++last;
        signal.addEventListener("abort", () => {
          if (!waiting.delete(id)) return;
          send({ id, cancel: true });
          reject(signal.reason as Error);
        });
        waiting.set(id, {
          reject,
          resolve: (content, [bytes]) => {
            if (content.error !== undefined) reject(new AskError(content.error, content.status));
            else if (!bytes) resolve({ json: content.json });
            else
              resolve({
                buffer: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
              });
          },
        });
        send({ id, question, body });
      }),
    onFirst: (tell) => {
      if (heardOf) tell();
      else first.push(tell);
    },
    end: () => {
      model.off("msg:custom", heard);
      model.off("comm_live_update", changed);
    },
  };
}
