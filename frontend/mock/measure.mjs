/** From a brush to what is painted: node --experimental-websocket mock/measure.mjs ADDRESS [moves] */

import { browser } from "./browser.mjs";

const [address, moves = "120"] = process.argv.slice(2);
const page = await browser({ width: 1920, height: 1080 });
await page.go(address);
await page.rest(8000);
const measure = (selector, start) =>
  page.run(`(async () => {
  const element = document.querySelector(${JSON.stringify(selector)});
  const key = (key, shiftKey = false) => element.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
  const frame = () => new Promise(requestAnimationFrame);
  element.focus();
  ${start}
  await frame(); await frame();
  const [painted, worked] = [[], []];
  let way = "ArrowRight";
  for (let i = 0; i < ${moves}; i++) {
    await frame();
    await new Promise((done) => setTimeout(done, 3));
    let begun = 0;
    requestAnimationFrame(() => (begun = performance.now()));
    const before = element.getAttribute("aria-valuetext");
    const from = performance.now();
    key(i % 12 < 6 ? "ArrowRight" : "ArrowLeft");
    await frame();
    worked.push(performance.now() - begun);
    await frame();
    painted.push(performance.now() - from);
  }
  key("Escape");
  await frame();
  const at = (of, share) => [...of].sort((x, y) => x - y)[Math.min(of.length - 1, Math.floor(of.length * share))].toFixed(1);
  return { painted: { p50: at(painted, 0.5), p95: at(painted, 0.95), max: at(painted, 1) }, worked: { p50: at(worked, 0.5), p95: at(worked, 0.95), max: at(worked, 1) } };
})()`);
const report = {
  attribution: await measure(
    ".attribution .over",
    `key("End"); for (let i = 0; i < 7; i++) key("ArrowLeft"); key("ArrowRight", true); key("ArrowRight", true);`,
  ),
  time: await measure(
    ".timeline .over",
    `key("Home"); for (let i = 0; i < 6; i++) key("ArrowRight", true); for (let i = 0; i < 8; i++) key("ArrowRight");`,
  ),
};
console.log(JSON.stringify(report, null, 1));
console.log(page.problems.join("\n") || "no problems");
await page.close();
