// The report as a reader sees it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { open, quit } from "./open.mjs";

after(quit);

test("the committed report opens without an error and asks for nothing", async () => {
  const { page, errors, requests, close } = await open("results/reference/quickstart/report.html");
  assert.equal(await page.locator("h1").innerText(), "Which goal did each agent learn?");
  assert.deepEqual(errors, []);
  assert.deepEqual(requests, []);
  await close();
});
