// A page of ours in headless Chromium, opened from disk as a reader would. Whatever it asks for or complains about is kept.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

/** The root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

let shared;

/** One browser for all tests of a file; close it in `after`. */
export async function browser() {
  shared ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return shared;
}

/**
 * Opens `path` (relative to the root; with a hash if it has one). `errors` fills with what the console and the page complain of, `requests`
 * with every request but the page's own. `trusted` lets a test put a script of its own into the page, past its policy.
 */
export async function open(path, { width = 1280, height = 900, dark = false, script = true, trusted = false } = {}) {
  const [name, hash] = path.split("#");
  const file = join(root, name);
  if (!existsSync(file)) throw new Error(`${path} is missing; \`cargo test -p misgen-report\` writes the pages of target/tmp`);
  const context = await (await browser()).newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    javaScriptEnabled: script,
    reducedMotion: "reduce",
    acceptDownloads: true,
    bypassCSP: trusted,
  });
  const page = await context.newPage();
  const [errors, requests] = [[], []];
  const own = pathToFileURL(file).href;
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => request.url().split("#")[0] !== own && !request.url().startsWith("data:") && !request.url().startsWith("blob:") && requests.push(request.url()));
  await page.goto(hash ? `${own}#${hash}` : own);
  return { page, errors, requests, close: () => context.close() };
}

/** Ends the browser. */
export async function quit() {
  await shared?.close();
  shared = undefined;
}
