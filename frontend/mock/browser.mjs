/** A headless Chromium by its debugging protocol, for pictures and timings; run node with --experimental-websocket. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function browser({ width = 1280, height = 720, density = 1, dark = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), "aition-look-"));
  const child = spawn(
    "/usr/bin/chromium",
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars=false",
      "--force-color-profile=srgb",
      "--no-first-run",
      "--remote-debugging-port=0",
      `--user-data-dir=${home}`,
      `--window-size=${width},${height}`,
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const address = await new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (bytes) => {
      said += bytes;
      const found = /ws:\/\/\S+/.exec(said);
      if (found) resolve(found[0]);
    });
    child.on("exit", () => reject(new Error(said)));
  });
  const { host } = new URL(address);
  const page = (await (await fetch(`http://${host}/json/list`)).json()).find((one) => one.type === "page");
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const waiting = new Map();
  const problems = [];
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (id) {
      error ? waiting.get(id).reject(new Error(error.message)) : waiting.get(id).resolve(result);
      waiting.delete(id);
    }
    if (method === "Runtime.exceptionThrown")
      problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && params.type === "error")
      problems.push(params.args.map((one) => one.value ?? one.description).join(" "));
    if (method === "Log.entryAdded" && params.entry.level === "error")
      problems.push(`${params.entry.text} ${params.entry.url ?? ""}`);
  });
  const call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  for (const domain of ["Page", "Runtime", "Log"]) await call(`${domain}.enable`);
  const size = (w, h, d = density) =>
    call("Emulation.setDeviceMetricsOverride", {
      width: w,
      height: h,
      deviceScaleFactor: d,
      mobile: false,
    });
  await size(width, height);
  await call("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
  });
  const mouse = (type, x, y, extra = {}) =>
    call("Input.dispatchMouseEvent", {
      type,
      x,
      y,
      button: "left",
      clickCount: 1,
      buttons: type === "mouseReleased" ? 0 : 1,
      ...extra,
    });
  return {
    call,
    problems,
    size,
    rest: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    go: (url) => call("Page.navigate", { url }),
    media: (value) =>
      call("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value }],
      }),
    async run(expression) {
      const { result, exceptionDetails } = await call("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async shot(path) {
      const { data } = await call("Page.captureScreenshot", { format: "png" });
      writeFileSync(path, Buffer.from(data, "base64"));
    },
    hover: (x, y) => mouse("mouseMoved", x, y, { button: "none", buttons: 0 }),
    async click(x, y) {
      await mouse("mousePressed", x, y);
      await mouse("mouseReleased", x, y);
    },
    async drag(x0, y0, x1, y1, steps = 8) {
      await mouse("mousePressed", x0, y0);
      for (let i = 1; i <= steps; i++)
        await mouse("mouseMoved", x0 + ((x1 - x0) * i) / steps, y0 + ((y1 - y0) * i) / steps);
      await mouse("mouseReleased", x1, y1);
    },
    async key(key, modifiers = 0) {
      await call("Input.dispatchKeyEvent", {
        type: "keyDown",
        key,
        code: key,
        modifiers,
        text: key.length === 1 && !modifiers ? key : undefined,
        windowsVirtualKeyCode: {
          Enter: 13,
          Escape: 27,
          Tab: 9,
          ArrowLeft: 37,
          ArrowUp: 38,
          ArrowRight: 39,
          ArrowDown: 40,
        }[key],
      });
      await call("Input.dispatchKeyEvent", {
        type: "keyUp",
        key,
        code: key,
        modifiers,
      });
    },
    async close() {
      await call("Browser.close").catch(() => undefined);
      await new Promise((resolve) => (child.exitCode === null ? child.on("exit", resolve) : resolve()));
      rmSync(home, { recursive: true, force: true });
    },
  };
}
