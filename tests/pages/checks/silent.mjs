// The page says nothing to the console, and loads nothing but itself.

import { pathToFileURL } from "node:url";

import { ALL } from "../browser.mjs";

export const name = "no message, no error, no request";
export const views = ALL;

const LOUD = new Set(["assert", "error", "warn", "warning"]);

export async function check(page, { path, seen }) {
  await page.evaluate(() => inside.openAll());
  await page.waitForNetworkIdle({ idleTime: 50 });
  const own = pathToFileURL(path).href;
  return [
    ...seen.messages.filter(([type]) => LOUD.has(type)).map(([type, text]) => `${type}: ${text}`),
    ...seen.requests
      .filter((url) => url !== own && !url.startsWith("data:"))
      .map((url) => `asks for ${url}`),
  ];
}
