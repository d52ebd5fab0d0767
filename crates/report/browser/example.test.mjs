// The committed example: a reader goes from a verdict to an episode.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createRequire } from "node:module";
import { open, quit } from "./open.mjs";

after(quit);

const EXAMPLE = "results/reference/quickstart/report.html";

const chosen = (page, name) => page.locator(`#replay-${name} option:checked`).innerText();

test("a row leads to its episodes", async () => {
  const { page, errors, requests, close } = await open(EXAMPLE);
  const row = page.locator("tr", { hasText: "patch-elsewhere" }).filter({ has: page.locator("a.watch") }).first();
  await row.locator("a.watch").click();
  await page.waitForFunction(() => document.querySelector("#replay-shift")?.value);
  await page.waitForFunction(() => document.querySelector("#replay-world option:checked")?.textContent === "bright");
  assert.equal(await chosen(page, "shift"), "patch-elsewhere");
  assert.equal(await chosen(page, "agent"), "ppo, mix 0");
  assert.equal(await chosen(page, "episode"), "1: typical bright");
  assert.deepEqual([errors, requests], [[], []]);
  await close();
});

test("what is shown first has a twin beside it", async () => {
  const { page, close } = await open(EXAMPLE);
  await page.locator("#replays").scrollIntoViewIfNeeded();
  await page.waitForSelector("#player:not([hidden])");
  assert.equal(await chosen(page, "shift"), "target-elsewhere");
  assert.equal(await page.locator("#replay-boards svg").count() >= 2, true);
  await close();
});

test("two players beside each other: the page is sound, and what is watched is titled by side", async () => {
  for (const options of [{}, { dark: true }, { width: 390 }]) {
    const { page, errors, requests, close } = await open("target/tmp/report/compared.html", { ...options, trusted: true });
    await page.locator("#replays").scrollIntoViewIfNeeded();
    await page.waitForSelector("#player:not([hidden])");
    const boards = await page.locator("#replay-boards").innerText();
    assert.match(boards, /Base[^]*Head/);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "no wider than the window");
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
    const { violations } = await page.evaluate(() => window.axe.run());
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    assert.deepEqual(serious.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
    assert.deepEqual([errors, requests], [[], []]);
    await close();
  }
});
