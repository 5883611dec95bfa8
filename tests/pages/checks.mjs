// All checks: each module in checks/ is one.
//
// It exports `name`, and `async check(page, context)`, which returns what is wrong as a list of
// sentences. `views`: how the page is looked at, a time each (USUAL where it is left out). `alters`:
// it changes the page, and gets one that nobody else uses.

import { readdirSync } from "node:fs";

import { USUAL, open } from "./browser.mjs";

const FOLDER = new URL("checks/", import.meta.url);

/** Return the check modules, or those of some names of files, in order. */
export async function load(names = []) {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".mjs")).sort();
  const chosen = files.filter((file) => !names.length || names.includes(file.slice(0, -4)));
  const modules = await Promise.all(chosen.map((file) => import(new URL(file, FOLDER))));
  return modules.map((module, at) => ({ views: USUAL, ...module, file: chosen[at].slice(0, -4) }));
}

/**
 * Try checks on a page; return a map from each check's file to its faults, with their views.
 *
 * `enough` is asked after each view, with the faults so far, whether the others can be left out.
 */
export async function examine(browser, path, checks, enough = () => false) {
  const faults = new Map(checks.map((check) => [check.file, []]));
  const views = new Map(checks.flatMap((check) => check.views.map((view) => [key(view), view])));
  for (const view of views.values()) {
    const wanted = checks.filter((check) => check.views.some((one) => key(one) === key(view)));
    const shared = wanted.filter((check) => !check.alters);
    const groups = [...wanted.filter((check) => check.alters).map((check) => [check]), shared];
    for (const group of groups.filter((group) => group.length)) {
      const { page, context } = await open(browser, path, view);
      for (const check of group) {
        for (const fault of await check.check(page, context)) {
          faults.get(check.file).push(`${key(view)}: ${fault}`);
        }
      }
      await page.close();
    }
    if (enough(faults)) break;
  }
  return faults;
}

function key({ width, mode, last = false }) {
  return `${width} px, ${mode}${last ? ", last settings" : ""}`;
}
