/** Pictures of the page as it stands: node --experimental-websocket mock/look.mjs ADDRESS FOLDER */

import { browser } from "./browser.mjs";

const [address, into] = process.argv.slice(2);
const page = await browser();
await page.go(address);
await page.rest(6000);
await page.shot(`${into}/1280-light.png`);
await page.media("dark");
await page.rest(400);
await page.shot(`${into}/1280-dark.png`);
await page.media("light");
await page.size(1920, 1080);
await page.rest(800);
await page.shot(`${into}/1920-light.png`);
console.log(page.problems.join("\n") || "no problems");
await page.close();
