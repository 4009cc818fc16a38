/** Frames: what is written is read, and what cannot be read is said. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { AskError, arrayOf, askFrame, askJson, connectBy, overHttp, readFrame } from "../src/api";

interface Written {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

function write(meta: unknown, arrays: readonly Written[], version = 1): ArrayBuffer {
  let header = new TextEncoder().encode(
    JSON.stringify({
      meta,
      arrays: arrays.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    }),
  );
  const padded = new Uint8Array(Math.ceil((12 + header.length) / 8) * 8 - 12).fill(32);
  padded.set(header);
  header = padded;
  const size = arrays.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 8) * 8, 12 + header.length);
  const out = new Uint8Array(size);
  out.set(new TextEncoder().encode("AITN"));
  const view = new DataView(out.buffer);
  view.setUint32(4, version, true);
  view.setUint32(8, header.length, true);
  out.set(header, 12);
  let at = 12 + header.length;
  for (const { bytes } of arrays) {
    out.set(bytes, at);
    at += Math.ceil(bytes.length / 8) * 8;
  }
  return out.buffer;
}

const bytes = (of: ArrayBufferView) => new Uint8Array(of.buffer, of.byteOffset, of.byteLength);
const arrays: Written[] = [
  {
    name: "n",
    dtype: "u4",
    shape: [3],
    bytes: bytes(Uint32Array.of(1, 2, 4_000_000_000)),
  },
  {
    name: "half",
    dtype: "f4",
    shape: [1, 3],
    bytes: bytes(Float32Array.of(NaN, -0.5, 1e20)),
  },
  {
    name: "flag",
    dtype: "u1",
    shape: [5],
    bytes: Uint8Array.of(0, 1, 2, 3, 255),
  },
  {
    name: "exact",
    dtype: "f8",
    shape: [1],
    bytes: bytes(Float64Array.of(Math.PI)),
  },
  { name: "none", dtype: "i4", shape: [0, 4], bytes: new Uint8Array(0) },
];

describe("a frame", () => {
  it("gives back its arrays, of any kind and padded", () => {
    const { meta, arrays: read } = readFrame<{ title: string }>(write({ title: "größer – 12 °C" }, arrays));
    expect(meta.title).toBe("größer – 12 °C");
    expect(read.n.data).toEqual(Uint32Array.of(1, 2, 4_000_000_000));
    expect(read.half.data).toEqual(Float32Array.of(NaN, -0.5, 1e20));
    expect(read.flag.data).toEqual(Uint8Array.of(0, 1, 2, 3, 255));
    expect(read.exact.data[0]).toBe(Math.PI);
    expect(read.none.data.length).toBe(0);
  });

  it("is read without a copy", () => {
    const buffer = write({}, arrays);
    expect(readFrame(buffer).arrays.n.data.buffer).toBe(buffer);
  });

  it("of another version says so", () => {
    expect(() => readFrame(write({}, arrays, 2))).toThrow("version 2");
  });

  it("that was cut off says so", () => {
    const whole = write({}, arrays);
    for (const end of [4, 30, whole.byteLength - 8]) expect(() => readFrame(whole.slice(0, end))).toThrow(AskError);
  });

  it("of an unknown kind of number names the array", () => {
    expect(() => readFrame(write({}, [{ ...arrays[0], dtype: "f2" }]))).toThrow("n as f2");
  });

  it("that lacks an array, or has it in another shape, names it", () => {
    const frame = readFrame(write({}, arrays));
    expect(() => arrayOf(frame, "total")).toThrow("total");
    expect(() => arrayOf(frame, "n", [4])).toThrow("n must be [4], but is [3]");
  });
});

describe("what fails", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    connectBy(overHttp);
  });
  const answers = (status: number, body: BodyInit, type = "application/json") =>
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status, headers: { "Content-Type": type } })));
  const signal = () => new AbortController().signal;

  it("is said in the words of the server", async () => {
    answers(400, JSON.stringify({ error: "time must be [first, last]" }));
    await expect(askJson("open", {}, signal())).rejects.toThrow("time must be [first, last]");
  });

  it("is said in the page's words where the server has none", async () => {
    answers(504, "", "text/plain");
    await expect(askJson("open", {}, signal())).rejects.toThrow("took too long");
  });

  it("is said where no server is there", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
    await expect(askJson("open", {}, signal())).rejects.toThrow("does not answer");
  });

  it("keeps what was stopped apart from what failed", async () => {
    const control = new AbortController();
    vi.stubGlobal("fetch", () => {
      control.abort();
      return Promise.reject(new DOMException("stopped", "AbortError"));
    });
    await expect(askJson("open", {}, control.signal)).rejects.not.toBeInstanceOf(AskError);
  });

  it("asks with the header that forgers cannot set", async () => {
    let sent: RequestInit | undefined;
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
      sent = init;
      return Promise.resolve(
        new Response(write({ ok: 1 }, []), { headers: { "Content-Type": "application/octet-stream" } }),
      );
    });
    expect((await askFrame<{ ok: number }>("cube", {}, signal())).meta.ok).toBe(1);
    expect(new Headers(sent?.headers).get("X-Aition")).toBe("1");
    expect(sent?.method).toBe("POST");
  });
});
