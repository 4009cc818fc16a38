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
  off(event: "msg:custom", heard: Heard): void;
}

type Tell = (silent: boolean, spoke: boolean) => void;

export interface Line {
  readonly ask: Transport;
  /** Tells when the kernel falls silent, with whether it ever spoke, and when it speaks again; returns what stops it. */
  onSilence(tell: Tell): () => void;
  end(): void;
}

export interface Patience {
  /** Milliseconds that an answer may take until the kernel is asked whether it is there. */
  readonly quiet: number;
  /** Milliseconds that it then has to say so: a question that takes long does not keep it from that. */
  readonly still: number;
}

const USUAL: Patience = { quiet: 3000, still: 3000 };

export function lineTo(model: Model, patience = USUAL): Line {
  let last = 0;
  let spoke = false;
  let silent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tells = new Set<Tell>();
  const waiting = new Map<number, Heard>();
  const say = (now: boolean) => {
    silent = now;
    for (const tell of tells) tell(silent, spoke);
  };
  const send = (message: unknown) => {
    try {
      model.send(message);
    } catch {
      say(true);
    }
  };
  const watch = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!waiting.size || silent) return;
    timer = setTimeout(() => {
      send({ id: ++last, ping: true });
      timer = setTimeout(() => say(true), patience.still);
    }, patience.quiet);
  };
  const heard: Heard = (content, buffers) => {
    spoke = true;
    if (silent) say(false);
    const answered = waiting.get(content.id ?? 0);
    waiting.delete(content.id ?? 0);
    answered?.(content, buffers);
    watch();
  };
  model.on("msg:custom", heard);
  return {
    ask: (question, body, signal) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        signal.addEventListener("abort", () => {
          if (!waiting.delete(id)) return;
          send({ id, cancel: true });
          reject(signal.reason as Error);
        });
        waiting.set(id, (content, [bytes]) => {
          if (content.error !== undefined) reject(new AskError(content.error, content.status));
          else if (!bytes) resolve({ json: content.json });
          else
            resolve({
              buffer: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
            });
        });
        send({ id, question, body });
        if (timer === undefined) watch();
      }),
    onSilence: (tell) => {
      tells.add(tell);
      if (silent) tell(silent, spoke);
      return () => void tells.delete(tell);
    },
    end: () => {
      clearTimeout(timer);
      model.off("msg:custom", heard);
    },
  };
}
