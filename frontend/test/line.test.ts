/** The line to a notebook's kernel: each question has its own answer, and silence is told. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AskError } from "../src/api";
import { lineTo, type Model, type Said } from "../src/line";

/** A notebook's model: what is sent is kept, what is heard is told. */
class Kernel implements Model {
  readonly sent: Record<string, unknown>[] = [];
  heard: ((content: Said, buffers: readonly DataView[]) => void)[] = [];
  breaks = false;
  get(name: string): unknown {
    return name;
  }
  send(content: unknown): void {
    if (this.breaks) throw new Error("no comm");
    this.sent.push(content as Record<string, unknown>);
  }
  on(_: string, call: Kernel["heard"][number]): void {
    this.heard.push(call);
  }
  off(_: string, call: Kernel["heard"][number]): void {
    this.heard = this.heard.filter((one) => one !== call);
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

  it("asks a kernel that is quiet whether it is there, and tells where it does not say so", () => {
    const kernel = new Kernel();
    const line = lineTo(kernel, { quiet: 100, still: 50 });
    const told = vi.fn();
    line.onSilence(told);
    void line.ask("pairs", {}, signal());
    vi.advanceTimersByTime(101);
    expect(kernel.sent[1]).toEqual({ id: 2, ping: true });
    expect(told).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(51);
    expect(told.mock.calls).toEqual([[true, false]]);
  });

  it("does not take a question that takes long for silence", async () => {
    const kernel = new Kernel();
    const line = lineTo(kernel, { quiet: 100, still: 50 });
    const told = vi.fn();
    line.onSilence(told);
    const asked = line.ask("pairs", {}, signal());
    for (let id = 2; id < 9; id++) {
      vi.advanceTimersByTime(101);
      kernel.say({ id });
    }
    kernel.say({ id: 1, json: 1 });
    expect(await asked).toEqual({ json: 1 });
    vi.advanceTimersByTime(1000);
    expect(told).toHaveBeenCalledTimes(0);
    expect(kernel.sent).toHaveLength(8);
  });

  it("tells when a silent kernel speaks again, and gives late answers", async () => {
    const kernel = new Kernel();
    const line = lineTo(kernel, { quiet: 100, still: 50 });
    const asked = line.ask("open", {}, signal());
    vi.advanceTimersByTime(200);
    const told = vi.fn();
    line.onSilence(told);
    kernel.say({ id: 1, json: 1 });
    expect(await asked).toEqual({ json: 1 });
    expect(told.mock.calls).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it("is silent where nothing can be sent", () => {
    const kernel = new Kernel();
    kernel.breaks = true;
    const line = lineTo(kernel);
    const told = vi.fn();
    line.onSilence(told);
    void line.ask("open", {}, signal());
    expect(told.mock.calls).toEqual([[true, false]]);
  });

  it("hears nothing after its end", () => {
    const kernel = new Kernel();
    lineTo(kernel).end();
    expect(kernel.heard).toEqual([]);
  });
});
