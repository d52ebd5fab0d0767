// The replay player: every control does what it says, and what is shown is what was recorded.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, test } from "node:test";
import { browser, open, quit, root } from "./open.mjs";

after(quit);

const PAGE = "target/tmp/report/replays.html";
const record = () => JSON.parse(readFileSync(join(root, "target/tmp/report/replays.json"), "utf8"));

/** The page with the player at `hash`, ready. */
async function watch(hash = "#replay=w0.a0.s0.e0.f0", options = {}) {
  const opened = await open(PAGE, options);
  const { page } = opened;
  await page.evaluate((to) => void (location.hash = to), hash);
  await page.locator("svg.board").first().waitFor();
  const count = () => page.locator("#replay-count").innerText();
  const at = (frame) => page.waitForFunction((wanted) => document.getElementById("replay-count").textContent.startsWith(`${wanted} /`), frame);
  return { ...opened, count, at };
}

/** Closes the page, of which nothing was heard. */
async function quiet({ errors, requests, close }) {
  assert.deepEqual(errors, []);
  assert.deepEqual(requests, []);
  await close();
}

test("nothing is unpacked before the section comes near", async () => {
  const opened = await open(PAGE, { height: 300 });
  const { page } = opened;
  assert.equal(await page.locator("#player").isVisible(), false);
  assert.equal(await page.locator("svg.board").count(), 0);
  await page.locator('nav a[href="#replays"]').click();
  await page.locator("svg.board").first().waitFor();
  assert.equal(await page.locator("#replay-count").innerText(), "0 / 12");
  await quiet(opened);
});

test("buttons, range and keys lead to the frame that they name", async () => {
  const opened = await watch();
  const { page, count, at } = opened;
  assert.equal(await count(), "0 / 12");
  await page.locator("#replay-next").click();
  await page.locator("#replay-next").click();
  assert.equal(await count(), "2 / 12");
  await page.locator("#replay-back").click();
  assert.equal(await count(), "1 / 12");
  await page.locator("#replay-scrub").fill("7");
  assert.equal(await count(), "7 / 12");
  await page.locator("#replay-first").click();
  assert.equal(await count(), "0 / 12");
  await page.locator("#replay-back").click();
  assert.equal(await count(), "0 / 12");
  await page.locator(".stage").focus();
  for (const [key, wanted] of [["End", 12], ["ArrowLeft", 11], ["ArrowRight", 12], ["ArrowRight", 12], ["Home", 0]]) {
    await page.keyboard.press(key);
    assert.equal(await count(), `${wanted} / 12`, key);
  }
  await page.locator("#replay-next").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await at(2);
  // In a field, keys are the field's.
  await page.locator("#replay-speed").focus();
  await page.keyboard.press("End");
  assert.equal(await page.locator("#replay-speed").inputValue(), "8");
  assert.equal(await count(), "2 / 12");
  await quiet(opened);
});

test("play goes on to the end and stops there; pause stops; nothing plays by itself", async () => {
  const opened = await watch();
  const { page, count, at } = opened;
  const play = page.locator("#replay-play");
  assert.equal(await play.innerText(), "Play");
  await page.locator("#replay-speed").selectOption("8");
  await play.click();
  await at(12);
  assert.equal(await play.innerText(), "Play");
  await page.locator("#replay-speed").selectOption("0.5");
  await play.click();
  assert.equal(await count(), "0 / 12", "after the end it begins again");
  assert.equal(await play.innerText(), "Pause");
  await at(1);
  await page.locator(".stage").focus();
  await page.keyboard.press("Space");
  assert.equal(await play.innerText(), "Play");
  const before = await count();
  await page.keyboard.press("Space");
  await page.locator("#replay-next").click();
  assert.equal(await play.innerText(), "Play", "a step by hand ends playing");
  assert.notEqual(await count(), before);
  await quiet(opened);
});

test("speed is steps in half a second", async () => {
  const opened = await open(PAGE);
  const { page } = opened;
  await page.clock.install();
  await page.evaluate(() => void (location.hash = "#replay=w0.a0.s0.e0"));
  await page.locator("svg.board").first().waitFor();
  const count = () => page.locator("#replay-count").innerText();
  await page.clock.pauseAt(Date.now() + 3_600_000);
  for (const [speed, steps] of [["0.5", 1], ["1", 2], ["2", 4], ["4", 8]]) {
    await page.locator("#replay-first").click();
    await page.locator("#replay-speed").selectOption(speed);
    await page.locator("#replay-play").click();
    await page.clock.runFor(1010);
    assert.equal(await count(), `${steps} / 12`, speed);
  }
  await quiet(opened);
});

test("probabilities, values, events and outcomes are those of the record", async () => {
  const opened = await watch();
  const { page } = opened;
  const exhibits = record();
  const [world] = exhibits.worlds;
  const { shown, twin } = world.agents[0].rows[0].replays[0];
  for (const [figure, track] of [[0, twin], [1, shown]]) {
    const panel = page.locator(".watched").nth(figure);
    for (let frame = 0; frame < track.actions.length; frame++) {
      await page.locator("#replay-scrub").fill(String(frame));
      assert.deepEqual(await panel.locator(".percent").allInnerTexts(), track.percent[frame].map((percent) => `${percent} %`));
      const action = world.actions[track.actions.charCodeAt(frame) - 97];
      assert.equal(await panel.locator(".taken .action").innerText(), action);
      assert.equal(await panel.locator(".next").innerText(), `Next: ${action}`);
      assert.equal(await panel.locator(".value").innerText(), `value ${track.values[frame].toFixed(2)}`);
    }
    assert.equal(await panel.locator(".end").innerText(), "");
    await page.locator("#replay-scrub").fill("12");
    assert.match(await panel.locator(".now").innerText(), new RegExp(`^Step ${track.actions.length} of ${track.actions.length}: `));
    assert.equal(await panel.locator(".event").count(), track.events.split(",").length);
    const outcome = { goal: "The goal came first: target.", mark: "A proxy came first: mark." }[track.outcome];
    assert.equal(await panel.locator(".end").innerText(),
      `${outcome} Return of the goal's reward: ${track.goal_return.toFixed(2)}, best play ${track.goal_best.toFixed(2)}.`);
  }
  assert.match(await page.locator("#replays .hint").first().innerText(), new RegExp(exhibits.rule));
  assert.match(await page.locator("#replay-why").innerText(), /typical mark/);
  await quiet(opened);
});

test("every frame of every replay stands as recorded", async () => {
  const opened = await open(PAGE);
  const { page } = opened;
  for (const [w, world] of record().worlds.entries()) {
    const agent = world.channels.findIndex((channel) => channel.name === "agent");
    const glyph = world.channels[agent].glyph;
    for (const [a, player] of world.agents.entries()) for (const [s, row] of player.rows.entries()) for (const [e, { shown }] of row.replays.entries()) {
      const level = world.levels[shown.level];
      const cells = [...level.cells];
      for (let frame = 0; frame <= shown.actions.length; frame++) {
        for (const [cell, bits] of frame > 0 ? shown.changes[frame - 1] : []) cells[cell] = bits;
        await page.evaluate((to) => void (location.hash = to), `#replay=w${w}.a${a}.s${s}.e${e}.f${frame}`);
        await page.waitForFunction(([frame, steps]) => document.querySelector(".watched:last-child .now")?.textContent.startsWith(frame ? `Step ${frame} of ${steps}` : `Start of ${steps}`), [frame, shown.actions.length]);
        const things = await page.locator(".watched:last-child svg.board > g:last-child > g").evaluateAll((groups) => groups.map((group) => group.textContent));
        assert.equal(things.length, cells.length);
        assert.deepEqual(things.flatMap((text, cell) => (text.includes(glyph) ? [cell] : [])), cells.flatMap((bits, cell) => ((bits >> agent) & 1 ? [cell] : [])));
        if (frame % 4 === 0) {
          const count = (bits) => world.channels.filter((channel, bit) => (bits >> bit) & 1 && channel.layer === "thing" && channel.glyph !== "#").length;
          assert.deepEqual(things.map((text) => text.length), cells.map(count));
        }
      }
    }
  }
  await quiet(opened);
});

test("selects change what is shown, and keep the shift when the agent changes", async () => {
  const opened = await watch();
  const { page } = opened;
  const titles = () => page.locator(".watched h3").allInnerTexts();
  assert.deepEqual(await titles(), ["Aligned twin", "With the shift"]);
  await page.locator("#replay-episode").selectOption({ index: 1 });
  await page.waitForFunction(() => document.querySelector(".watched .quiet").textContent.startsWith("level 1 "));
  await page.locator("#replay-agent").selectOption("goal pursuer");
  await page.waitForFunction(() => document.getElementById("replay-why").textContent.includes("typical goal"));
  assert.equal(await page.locator("#replay-shift").inputValue(), "0");
  assert.equal(await page.locator(".percent").count(), 0, "a scripted player does not say its probabilities");
  await page.locator("#replay-agent").selectOption({ index: 0 });
  await page.waitForFunction(() => document.getElementById("replay-why").textContent.includes("typical mark"));
  await page.locator("#replay-shift").selectOption("larger");
  await page.waitForFunction(() => document.querySelectorAll(".watched").length === 1);
  assert.deepEqual(await titles(), ["Level"]);
  await page.locator("#replay-world").selectOption({ index: 1 });
  await page.waitForFunction(() => document.querySelectorAll(".watched").length === 2);
  assert.match(await page.locator("#replay-agent option").first().innerText(), /^<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator("img").count(), 0);
  await quiet(opened);
});

test("lines can be hidden and stay hidden", async () => {
  const opened = await watch("#replay=w0.a0.s0.e0.f5");
  const { page } = opened;
  const drawn = () => page.locator(".watched:last-child svg.board").evaluate((svg) => [".way0", ".way1", ".trail"].map((line) => svg.querySelectorAll(line).length));
  assert.deepEqual(await drawn(), [1, 1, 1]);
  const boxes = page.locator("#replay-ways input");
  assert.equal(await boxes.count(), 3);
  for (const [line, left] of [["trail", [1, 1, 0]], ["0", [0, 1, 0]], ["1", [0, 0, 0]]]) {
    await page.locator(`#replay-ways input[data-line="${line}"]`).uncheck();
    assert.deepEqual(await drawn(), left);
  }
  await page.locator("#replay-episode").selectOption({ index: 1 });
  await page.waitForFunction(() => document.querySelector(".watched .quiet").textContent.startsWith("level 1 "));
  assert.deepEqual(await drawn(), [0, 0, 0]);
  await page.locator('#replay-ways input[data-line="0"]').check();
  assert.deepEqual(await drawn(), [1, 0, 0]);
  await quiet(opened);
});

test("the address of a frame leads back to it, and one of nothing leads nowhere", async () => {
  const first = await watch("#replay=w1.a1.s0.e0.f3");
  await first.page.locator("#replay-next").click();
  await first.page.locator("#replay-link").click();
  await first.page.waitForFunction(() => document.getElementById("replay-linked").textContent.startsWith("The address of this page"));
  const hash = await first.page.evaluate(() => location.hash);
  assert.equal(hash, "#replay=w1.a1.s0.e0.f4");
  await quiet(first);

  const second = await watch(hash);
  assert.match(await second.count(), /^4 \//);
  assert.equal(await second.page.locator("#replay-agent").inputValue(), "1");
  const go = (to) => second.page.evaluate((hash) => new Promise((done) => {
    addEventListener("hashchange", () => setTimeout(done), { once: true });
    location.hash = hash;
  }), to);
  await go("#replay=w0");
  await second.at(0);
  await go(hash);
  await second.at(4);
  for (const nothing of ["#replay=w9", "#replay=w0.a7", "#replay=w0.a0.s9", "#replay=w0.a0.s0.e9", "#replay=", "#replay=w0.x", "#notes"]) {
    await go(nothing);
    assert.match(await second.count(), /^4 \//, nothing);
    assert.equal(await second.page.locator("#replay-world").inputValue(), "1", nothing);
  }
  await go("#replay=w0.a0.s1");
  await second.at(0);
  assert.equal(await second.page.locator(".watched").count(), 1);
  await go("#replay=w0.a0.s0.e0.f999");
  await second.at(12);
  await quiet(second);

  const third = await open(`${PAGE}#replay=w0.a9`);
  await third.page.locator("#replays").scrollIntoViewIfNeeded();
  await third.page.locator("svg.board").first().waitFor();
  await quiet(third);
});

test("each step is said aloud", async () => {
  const opened = await watch();
  const { page } = opened;
  const said = page.locator("#replay-said");
  assert.equal(await said.getAttribute("aria-live"), "polite");
  await page.locator("#replay-scrub").fill("6");
  assert.match(await said.textContent(), /^Step 6 of 12\. Aligned twin: up\. With the shift: up; reach mark\. A proxy came first: mark\./);
  await quiet(opened);
});

for (const [name, options] of Object.entries({ light: {}, dark: { dark: true }, phone: { width: 390, height: 844 } })) {
  test(`nobody is kept out (${name})`, async () => {
    const context = await (await browser()).newContext({
      bypassCSP: true, colorScheme: options.dark ? "dark" : "light", viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    });
    const page = await context.newPage();
    await page.goto(`file://${join(root, PAGE)}#replay=w0.a0.s0.e0.f6`);
    await page.locator("svg.board").first().waitFor();
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core") });
    const { violations } = await page.evaluate(() => axe.run("#replays"));
    const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    assert.deepEqual(grave.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= room, `${wide} of ${room} pixels`);
    await context.close();
  });
}

test("without script there is a sentence in its place, and on paper too", async () => {
  const opened = await open(PAGE, { script: false });
  assert.match(await opened.page.locator("#replays noscript").innerText(), /Replays need JavaScript/);
  assert.equal(await opened.page.locator("#player").isVisible(), false);
  await quiet(opened);
  const printed = await watch();
  await printed.page.emulateMedia({ media: "print" });
  assert.equal(await printed.page.locator("#player").isVisible(), false);
  assert.equal(await printed.page.locator(".on-paper").isVisible(), true);
  await quiet(printed);
});

test("a browser that cannot unpack says so", async () => {
  const opened = await open(PAGE);
  await opened.page.addInitScript(() => delete globalThis.DecompressionStream);
  await opened.page.reload();
  assert.match(await opened.page.locator("#replay-trouble").innerText(), /cannot unpack the replays/);
  assert.equal(await opened.page.locator("#player").isVisible(), false);
  await quiet(opened);
});
