/** The same page in a notebook: questions go to the kernel as messages instead of over HTTP. */

import "./theme.css";
import { AskError, connectBy } from "./api";
import { mount } from "./mount";

/** The part of a notebook's model that is used. */
interface Model {
  send(content: unknown): void;
  on(event: "msg:custom", heard: (content: Message, buffers: readonly DataView[]) => void): void;
  off(event: "msg:custom", heard: (content: Message, buffers: readonly DataView[]) => void): void;
}

interface Message {
  readonly id: number;
  readonly error?: string;
  readonly status?: number;
  readonly json?: unknown;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  let last = 0;
  const waiting = new Map<number, (content: Message, buffers: readonly DataView[]) => void>();
  const heard = (content: Message, buffers: readonly DataView[]) => {
    waiting.get(content.id)?.(content, buffers);
    waiting.delete(content.id);
  };
  model.on("msg:custom", heard);
  connectBy(
    (question, body, signal) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        signal.addEventListener("abort", () => {
          if (!waiting.delete(id)) return;
          model.send({ id, cancel: true });
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
        model.send({ id, question, body });
      }),
  );
  el.classList.add("aition-widget");
  const unmount = mount(el);
  return () => {
    unmount();
    model.off("msg:custom", heard);
  };
}

export default { render };
