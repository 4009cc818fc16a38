/** Pictures of every view as it stands: node --experimental-websocket mock/look.mjs ADDRESS FOLDER [WIDTH HEIGHT] */

import { browser } from "./browser.mjs";

const [address, into, width = "1280", height = "720"] = process.argv.slice(2);
const page = await browser({ width: Number(width), height: Number(height) });
const press = (selector) => page.run(`document.querySelector(${JSON.stringify(selector)})?.click()`);
const both = async (name) => {
  for (const theme of ["light", "dark"]) {
    await page.media(theme);
    await page.rest(400);
    await page.shot(`${into}/${width}-${theme}-${name}.png`);
  }
};
await page.go(address);
await page.rest(6000);
await both("start");
for (const [tab, wait] of [
  ["patterns", 5000],
  ["pairs", 4000],
  ["runs", 9000],
  ["findings", 600],
]) {
  await press(`[data-tab="${tab}"]`);
  await page.rest(wait);
  await both(tab);
}
await press('[data-tab="sequence"]');
await page.rest(1500);
await press(".list tbody th button");
await page.rest(1500);
await both("sequence");
await press('[data-tab="what-if"]');
await page.rest(1000);
await both("what-if");
await press('[aria-label="How they are shown"] button:last-child');
await page.rest(2000);
await both("map");
console.log(page.problems.join("\n") || "no problems");
await page.close();
