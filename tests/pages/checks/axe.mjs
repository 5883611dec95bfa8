// What axe-core finds wrong for readers with a screen reader, a keyboard or weak eyes.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { NARROW, WIDE } from "../browser.mjs";

export const name = "axe-core finds nothing serious or critical";
export const views = [{ width: WIDE, mode: "light" }, { width: NARROW, mode: "dark" }];

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function check(page) {
  await page.evaluate(() => inside.openAll());
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    axe.run(document, { resultTypes: ["violations"], elementRef: false }),
  );
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target}`));
}
