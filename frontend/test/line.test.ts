/** The line to a notebook's kernel: each question has its own answer, and none waits for a kernel that has ended. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AskError } from "../src/api";
import { lineTo, type Model, type Said } from "../src/line";

/** A notebook's model: what is sent is kept, what is heard is told. */
class Kernel implements Model {
  readonly sent: Record<string, unknown>[] = [];
  heard: ((content: Said, buffers: readonly DataView[]) => void)[] = [];
  changed: (() => void)[] = [];
  breaks = false;
  get(name: string): unknown {
    return name;
  }
  send(content: unknown): void {
    if (this.breaks) throw new Error("no comm");
    this.sent.push(content as Record<string, unknown>);
  }
  on(event: string, call: never): void {
    (event === "msg:custom" ? this.heard : this.changed).push(call);
  }
  off(event: string, call: never): void {
    if (event === "msg:custom") this.heard = this.heard.filter((one) => one !== call);
    else this.changed = this.changed.filter((one) => one !== call);
  }
  say(content: Said, ...buffers: DataView[]): void {
    for (const call of this.heard) call(content, buffers);
  }
}

const signal = () => new AbortController().signal;

describe("a line", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("gives each question its own answer, in whatever order they come", async () => {
    const kernel = new Kernel();
    const line = lineTo(kernel);
    const [first, second] = [line.ask("open", {}, signal()), line.ask("list", { n: 3 }, signal())];
    expect(kernel.sent).toEqual([
      { id: 1, question: "open", body: {} },
      { id: 2, question: "list", body: { n: 3 } },
    ]);
    kernel.say({ id: 2, json: "b" });
    kernel.say({ id: 1, json: "a" });
    expect([await first, await second]).toEqual([{ json: "a" }, { json: "b" }]);
  });

  it("copies bytes out of the message that brings them", async () => {
    const kernel = new Kernel();
    const asked = lineTo(kernel).ask("cube", {}, signal());
    const whole = new Uint8Array([9, 1, 2, 3, 9]);
    kernel.say({ id: 1 }, new DataView(whole.buffer, 1, 3));
    const answer = (await asked) as { buffer: ArrayBuffer };
    expect([...new Uint8Array(answer.buffer)]).toEqual([1, 2, 3]);
  });

  it("raises what the kernel says went wrong", async () => {
    const kernel = new Kernel();
    const asked = lineTo(kernel).ask("cube", {}, signal());
    kernel.say({ id: 1, error: "no such run", status: 400 });
    await expect(asked).rejects.toMatchObject({ message: "no such run", status: 400 } satisfies Partial<AskError>);
  });

  it("tells the kernel once that nobody waits any more", async () => {
    const kernel = new Kernel();
    const control = new AbortController();
    const asked = lineTo(kernel).ask("cube", {}, control.signal);
    control.abort();
    await expect(asked).rejects.toThrow("abort");
    control.abort();
    expect(kernel.sent.slice(1)).toEqual([{ id: 1, cancel: true }]);
  });

  it("sends no word of a question that was answered", async () => {
    const kernel = new Kernel();
    const control = new AbortController();
    const asked = lineTo(kernel).ask("open", {}, control.signal);
    kernel.say({ id: 1, json: 1 });
    await asked;
    control.abort();
    expect(kernel.sent).toHaveLength(1);
  });

  it("lets nothing wait for a kernel that does not come back", async () => {
    const kernel = new Kernel();
    const line = lineTo(kernel, 100);
    const asked = line.ask("cube", {}, signal());
    for (const call of kernel.changed) call();
    const told = expect(asked).rejects.toThrow("Run the cell again");
    vi.advanceTimersByTime(101);
    await told;
    await expect(line.ask("open", {}, signal())).rejects.toThrow("Run the cell again");
  });

  it("goes on where the kernel is there", async () => {
    const kernel = new Kernel();
    const asked = lineTo(kernel, 100).ask("cube", {}, signal());
    for (const call of kernel.changed) call();
    kernel.say({ id: 2, error: "there is no such question", status: 404 });
    vi.advanceTimersByTime(101);
    kernel.say({ id: 1, json: 1 });
    expect(await asked).toEqual({ json: 1 });
  });

  it("says that the kernel has ended where nothing can be sent", async () => {
    const kernel = new Kernel();
    kernel.breaks = true;
    await expect(lineTo(kernel).ask("open", {}, signal())).rejects.toThrow("Run the cell again");
  });

  it("tells once that something came, also whoever asks later", () => {
    const kernel = new Kernel();
    const line = lineTo(kernel);
    const told = vi.fn();
    line.onFirst(told);
    expect(told).toHaveBeenCalledTimes(0);
    kernel.say({});
    kernel.say({});
    expect(told).toHaveBeenCalledTimes(1);
    line.onFirst(told);
    expect(told).toHaveBeenCalledTimes(2);
  });

  it("hears nothing after its end", () => {
    const kernel = new Kernel();
    lineTo(kernel).end();
    expect([kernel.heard, kernel.changed]).toEqual([[], []]);
  });
});
