// The report as a reader sees it: pages that `cargo test -p misgen-report` writes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { open, quit } from "./open.mjs";

const written = (name) => `target/tmp/report/${name}`;

after(quit);

for (const path of ["results/reference/quickstart/report.html", "results/reference/families/report.html", "full.html", "hostile.html", "thousand.html"]) {
  test(`${path} opens without an error and asks for nothing`, async () => {
    const { page, errors, requests, close } = await open(path.includes("/") ? path : written(path));
    assert.equal(await page.locator("h1").innerText(), "Which goal did each agent learn?");
    const timing = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
    console.log(`${path}: loaded after ${Math.round(timing)} ms`);
    assert.deepEqual(errors, []);
    assert.deepEqual(requests, []);
    await close();
  });
}

test("hostile names are text", async () => {
  const { page, close } = await open(written("hostile.html"));
  assert.equal(await page.locator("img, iframe, object, script[src]").count(), 0);
  assert.equal(await page.locator("script").count(), 1);
  assert.ok((await page.locator("table.matrix").first().innerText()).includes("<img src=x onerror=alert(1)>"));
  await close();
});

test("a link leads to its place, however much of a long page was never laid out", async () => {
  const { page, close } = await open("results/reference/families/report.html");
  const worlds = await page.locator("section.world").count();
  assert.equal(worlds, 16);
  for (const link of ["#guide", `#world-${worlds - 2}`, "#verdicts", "#world-9", "#looks", "#world-3"]) {
    await page.evaluate((to) => document.querySelector(`a[href="${to}"]`).click(), link);
    // What came into view is laid out by then.
    await page.waitForTimeout(300);
    const { top, most } = await page.locator(link).evaluate((part) => ({
      top: part.getBoundingClientRect().top,
      most: scrollY + innerHeight >= document.documentElement.scrollHeight - 1 ? innerHeight : 150,
    }));
    assert.ok(top >= 0 && top <= most, `${link} stands at ${top}`);
  }
  await close();
});

test("nothing overflows on a phone", async () => {
  for (const name of ["full.html", "hostile.html", "thousand.html"]) {
    const { page, close } = await open(written(name), { width: 390, height: 800 });
    await page.evaluate(() => document.querySelectorAll("details").forEach((folded) => { folded.open = true; }));
    const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= screen, `${name}: ${wide} of ${screen}`);
    await close();
  }
});

test("without a script everything is there but what needs one", async () => {
  const { page, errors, close } = await open(written("full.html"), { script: false });
  assert.ok(await page.locator("table.matrix").first().isVisible());
  assert.ok(await page.locator("tr.is-main").first().isVisible());
  assert.equal(await page.locator(".filters").isVisible(), false);
  assert.equal(await page.locator("button.csv").first().isVisible(), false);
  assert.deepEqual(errors, []);
  await close();
});

const shown = (page, selector) => page.locator(selector).evaluateAll((all) => all.filter((part) => part.checkVisibility()).length);

test("filters reach rows, worlds, figures and the matrix", async () => {
  const { page, errors, close } = await open(written("full.html"));
  const rows = "section.world table.main tbody tr:not(.agent)";
  const all = await shown(page, rows);
  await page.locator("#f-world").selectOption({ label: "corner" });
  assert.equal(await shown(page, "section.world"), 1);
  assert.equal(await shown(page, "article.card"), 1);
  assert.equal(await shown(page, "#curves .group"), 1);
  assert.deepEqual(await page.locator("#matrix-learned thead th[colspan]:visible").allInnerTexts(), ["corner"]);
  await page.locator("#f-agent").selectOption({ label: "ppo, mix 1" });
  assert.equal(await shown(page, "#matrix-learned tbody tr"), 1);
  assert.equal(await shown(page, "#curves figure"), 1);
  await page.locator("#only-main").check();
  assert.equal(await shown(page, rows), 1);
  assert.equal(await page.locator("#matrix-learned thead th[colspan]:visible").getAttribute("colspan"), "1");
  assert.match(await page.locator("#f-said").innerText(), /^1 of \d+ rows$/);
  await page.locator("#f-reset").click();
  assert.equal(await shown(page, rows), all);
  assert.equal(await page.locator("#f-said").innerText(), "");

  await page.locator("#f-verdict").selectOption("transfers");
  assert.deepEqual([...new Set(await page.locator(`${rows}:visible`).evaluateAll((found) => found.map((row) => row.dataset.verdict)))], ["transfers"]);
  assert.ok(await page.locator("#matrix-learned td.misgeneralizes a:visible").count() === 0);
  await page.locator("#f-verdict").selectOption("");
  await page.locator("#f-role").selectOption("nuisance");
  assert.deepEqual([...new Set(await page.locator(`${rows}:visible`).evaluateAll((found) => found.map((row) => row.dataset.role)))], ["nuisance"]);
  await page.locator("#f-reset").click();
  await page.locator("#f-text").fill("ppo walls mixed");
  assert.equal(await shown(page, rows), 1);
  await page.locator("#f-text").fill("nobody at all");
  assert.equal(await shown(page, rows), 0);
  assert.deepEqual(errors, []);
  await close();
});

test("tables sort, by keys alone, and go back", async () => {
  const { page, close } = await open(written("full.html"));
  const agents = () => page.locator("#matrix-learned tbody th").allInnerTexts();
  const before = await agents();
  const head = page.locator("#matrix-learned th.shift").first();
  await head.locator("button").focus();
  await page.keyboard.press("Enter");
  assert.equal(await head.getAttribute("aria-sort"), "descending");
  assert.equal((await agents())[0], "ppo, mix 1");
  await page.keyboard.press("Space");
  assert.equal(await head.getAttribute("aria-sort"), "ascending");
  const sorted = await agents();
  assert.equal(sorted[0], "ppo, mix 0");
  // A player that was not there is last, whichever way.
  assert.equal(sorted.at(-1), before.at(-1));
  await page.keyboard.press("Enter");
  assert.equal(await head.getAttribute("aria-sort"), null);
  assert.deepEqual(await agents(), before);

  const table = page.locator("section.world").first().locator("table.main");
  await table.locator('th[data-sort="4"] button').click();
  const values = await table.locator("tbody").evaluateAll((groups) => groups.map((group) =>
    [...group.querySelectorAll('td:nth-child(5)')].map((cell) => cell.dataset.v).filter(Boolean).map(Number)));
  for (const group of values) assert.deepEqual(group, group.toSorted((a, b) => b - a));
  const firsts = values.filter((group) => group.length > 0).map((group) => group[0]);
  assert.deepEqual(firsts, firsts.toSorted((a, b) => b - a));
  assert.ok(await table.locator("tbody tr:first-child").evaluateAll((all) => all.every((row) => row.classList.contains("agent"))));
  await close();
});

/** The text that `button` saves, and its name. */
async function save(page, button) {
  const waiting = page.waitForEvent("download");
  await button.press("Enter");
  const download = await waiting;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("the data of figures and tables downloads as CSV", async () => {
  const { page, errors, requests, close } = await open(written("full.html"));
  const matrix = await save(page, page.locator('button.csv[data-of="matrix-learned"]'));
  assert.equal(matrix.name, "trained-agents.csv");
  const [head, first] = matrix.text.replace("\ufeff", "").split("\r\n");
  assert.ok(head.startsWith("Agent,corner: cheese-elsewhere,corner: opposite,"), head);
  assert.ok(first.startsWith('"ppo, mix 0",-0.226,-0.31,'), first);

  await page.locator("details.raw").first().evaluate((folded) => { folded.open = true; });
  const raw = await save(page, page.locator('button.csv[data-of="raw-0"]'));
  assert.ok(raw.text.includes("\r\nppo,0,cheese-elsewhere,conflict,misgeneralizes,5,0,512,0.617,0.998,0.998,-0.226,-0.257,-0.195,"), raw.text);

  const learning = await save(page, page.locator("#curves figure button.csv").first());
  assert.equal(learning.name, "learning-corner-ppo-mix-0.csv");
  assert.ok(learning.text.startsWith("\ufeffframes,training return of seed 0,"));
  assert.ok(learning.text.includes("\r\n600000,0.99,0.99,0.99,0.99,0.99,1,-0.2,1\r\n"));
  const ends = await save(page, page.locator('button.csv[data-file^="ends-corner-ppo"]').first());
  assert.ok(ends.text.includes("\r\n2,2,31\r\n"));
  const meg = await save(page, page.locator('button.csv[data-of="meg-0-0"]'));
  assert.ok(meg.text.startsWith("\ufeffcue,MEG,nats a decision,beta,its pursuer's\r\ngoal,0.04,0.400,10,1.200\r\n"), meg.text);
  assert.deepEqual([errors, requests], [[], []]);
  await close();
});

test("no name is a formula in what downloads", async () => {
  const { page, close } = await open(written("hostile.html"));
  await page.locator("details.raw").first().evaluate((folded) => { folded.open = true; });
  const { text } = await save(page, page.locator('button.csv[data-of="raw-0"]'));
  assert.ok(text.includes(`,"'=HYPERLINK(""https://evil.example"",""x"")cheese-elsewhere",`), text.slice(0, 2000));
  assert.ok(!/(^|,)"?[=+@]/m.test(text));
  await close();
});

test("a link to something folded opens it", async () => {
  const { page, close } = await open(written("full.html"));
  await page.locator("#looks details").evaluateAll((all) => all.forEach((folded) => { folded.open = false; }));
  await page.locator("a.closer").first().press("Enter");
  await page.locator("#looks .map").first().waitFor({ state: "visible" });
  await page.locator("#matrix-learned td a").first().press("Enter");
  await page.waitForURL(/#w0a0s1$/);
  assert.ok(await page.locator(":target").evaluate((row) => row.tagName === "TR" && row.id === "w0a0s1"));
  await close();
});

test("a cell of the matrix leads to its row, however far below", async () => {
  const { page, close } = await open(written("thousand.html"));
  const link = page.locator("#matrix-learned tbody tr").last().locator("td a").last();
  const id = (await link.getAttribute("href")).slice(1);
  await link.press("Enter");
  await page.waitForFunction((wanted) => {
    const place = document.getElementById(wanted).getBoundingClientRect();
    return place.top > 0 && place.bottom < innerHeight;
  }, id);
  await close();
});

for (const [dark, width] of [[false, 1280], [true, 1280], [false, 390], [true, 390]]) {
  test(`axe finds nothing serious, ${dark ? "dark" : "light"} at ${width} px`, async () => {
    const { page, close } = await open(written("full.html"), { dark, width, trusted: true });
    await page.addScriptTag({ path: new URL("./node_modules/axe-core/axe.min.js", import.meta.url).pathname });
    await page.evaluate(() => document.querySelectorAll("details").forEach((folded) => { folded.open = true; }));
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const bad = found.violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
    assert.deepEqual(bad.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`)]), []);
    await close();
  });
}
