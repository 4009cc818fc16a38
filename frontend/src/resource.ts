/** Answers that follow a question: asked again when it changes, the older one cancelled, the last answer kept meanwhile. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { AskError, type Sent, sentBy } from "./api";

export interface Answer<T> {
  readonly data: T | null;
  /** Whether a newer answer is on its way. */
  readonly waits: boolean;
  /** Whether what is here was counted from some of the sequences only. */
  readonly approximate: boolean;
  readonly error: string;
}

export interface Resource<T> {
  readonly answer: ReadonlySignal<Answer<T>>;
  readonly start: () => () => void;
  readonly again: () => void;
}

export interface Following {
  /** Milliseconds of quiet before it is asked. */
  readonly wait?: number;
  /** Ask first about so many sequences, then about all. */
  readonly first?: () => number;
}

/** Of every resource, what its present answer came from. */
const sources = new Set<() => readonly Sent[]>();

/** Every question whose answer is in the page. */
export function asked(): readonly Sent[] {
  return [...sources].flatMap((one) => one());
}

const EMPTY = { data: null, waits: false, approximate: false, error: "" };

/**
 * Args:
 *   body: What is asked; reads signals; null where there is nothing to ask.
 *   ask: Sends it.
 *   isExact: Whether an answer was counted from every sequence.
 */
export function resource<B extends object, T>(
  body: () => B | null,
  ask: (body: B, signal: AbortSignal) => Promise<T>,
  { wait = 0, first }: Following = {},
  isExact: (data: T) => boolean = () => true,
): Resource<T> {
  const answer = signal<Answer<T>>(EMPTY);
  const repeat = signal(0);
  let from: AbortSignal | null = null;
  sources.add(() => (answer.peek().data && from ? (sentBy.get(from) ?? []) : []));
  function start(): () => void {
    let running: AbortController | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = "";
    const send = async (asked: B, control: AbortController) => {
      try {
        for (const question of first ? [{ ...asked, approximate: first() }, asked] : [asked]) {
          const data = await ask(question, control.signal);
          if (control.signal.aborted) return;
          const exact = isExact(data);
          from = control.signal;
          answer.value = {
            data,
            waits: !exact,
            approximate: !exact,
            error: "",
          };
          if (exact) return;
        }
      } catch (error) {
        if (control.signal.aborted) return;
        const words = error instanceof AskError ? error.message : "The page could not read the answer.";
        if (!(error instanceof AskError)) console.error(error);
        answer.value = { ...answer.peek(), waits: false, error: words };
      }
    };
    const stop = effect(() => {
      const asked = body();
      const key = `${repeat.value}${JSON.stringify(asked)}`;
      if (key === last) return;
      last = key;
      running?.abort();
      clearTimeout(timer);
      if (asked === null) {
        answer.value = EMPTY;
        return;
      }
      answer.value = { ...answer.peek(), waits: true };
      const control = new AbortController();
      running = control;
      if (wait) timer = setTimeout(() => void send(asked, control), wait);
      else void send(asked, control);
    });
    return () => {
      stop();
      running?.abort();
      clearTimeout(timer);
    };
  }
  return { answer, start, again: () => (repeat.value += 1) };
}

/** A resource that lives as long as a component does. */
export function useResource<T>(make: () => Resource<T>): Resource<T> {
  const made = useMemo(make, []);
  useEffect(() => made.start(), [made]);
  return made;
}
