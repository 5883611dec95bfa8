// A browser without a window, and pages in it as a reader would have them.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

import puppeteer from "puppeteer-core";

/** Widths in CSS pixels: a laptop, a phone. */
export const WIDE = 1280, NARROW = 390;
const HEIGHT = 900;
/** For one request to the browser, on a busy machine. */
const PATIENCE_MS = 120_000;
/** The usual way to look at a page, and others; `last`: each control is at its last setting. */
export const USUAL = [{ width: WIDE, mode: "light" }];
export const BOTH_WIDTHS = [...USUAL, { width: NARROW, mode: "light" }];
export const BOTH_MODES = [...USUAL, { width: WIDE, mode: "dark" }];
export const MOVED = [...BOTH_WIDTHS, { width: NARROW, mode: "light", last: true }];
export const ALL = [...BOTH_WIDTHS, { width: WIDE, mode: "dark" }, { width: NARROW, mode: "dark" }];

const INSIDE = readFileSync(new URL("inside.js", import.meta.url), "utf8");
const OPTIONS = [
  "--disable-background-networking", "--disable-component-update", "--disable-gpu",
  "--disable-sync", "--no-first-run",
];

/**
 * Start a browser with a profile of its own, hand it to some work, and end it.
 *
 * Of a browser's tabs only the one in front is sure to be painted: what looks at several pages at
 * the same time takes a browser for each.
 */
export async function within(executablePath, work) {
  // As in a container; the pages are ours.
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({
    executablePath, args: [...OPTIONS, ...root], protocolTimeout: PATIENCE_MS,
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/**
 * Open a page in a tab of its own.
 *
 * Returns the tab and what a check may ask: the page's path, name and view, what the browser has
 * `seen` of it (messages, requests, scripts that were compiled), and `expected`, the JSON that
 * stands beside the page, or null.
 */
export async function open(browser, path, view) {
  const page = await browser.newPage();
  const url = pathToFileURL(path).href;
  const seen = { messages: [], requests: [], scripts: 0 };
  page.on("console", (message) => seen.messages.push([message.type(), message.text()]));
  page.on("pageerror", (error) => seen.messages.push(["error", String(error)]));
  page.on("request", (request) => seen.requests.push(request.url()));
  const client = await page.createCDPSession();
  client.on("Debugger.scriptParsed", (script) => {
    if (script.url === url) seen.scripts += 1;
  });
  await client.send("Debugger.enable");
  await page.setViewport({ width: view.width, height: HEIGHT });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.mode }]);
  await page.evaluateOnNewDocument(INSIDE);
  await page.goto(url);
  await client.send("Debugger.disable");
  if (view.last) await page.evaluate(() => inside.moveAll());
  return { page, context: { client, expected: beside(path), name: basename(path), path, seen, view } };
}

function beside(path) {
  try {
    return JSON.parse(readFileSync(path.replace(/\.html$/, ".json"), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
