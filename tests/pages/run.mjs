// node run.mjs BROWSER PAGE... [--only CHECK]...: try all checks on pages; status 1 where one fails.

import { basename } from "node:path";
import { parseArgs } from "node:util";

import { within } from "./browser.mjs";
import { examine, load } from "./checks.mjs";

const MOST_SHOWN = 12;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", multiple: true, default: [] } },
});
const [executable, ...paths] = positionals;
const checks = await load(values.only);
let failed = 0;
const found = await Promise.all(
  paths.map((path) => within(executable, (browser) => examine(browser, path, checks))),
);
for (const [at, path] of paths.entries()) {
  for (const check of checks) {
    const faults = found[at].get(check.file);
    if (!faults.length) continue;
    failed += 1;
    console.log(`FAILED ${basename(path)}: ${check.name} (checks/${check.file}.mjs)`);
    for (const fault of faults.slice(0, MOST_SHOWN)) console.log(`  ${fault}`);
    if (faults.length > MOST_SHOWN) console.log(`  and ${faults.length - MOST_SHOWN} more`);
  }
}
const all = checks.length * paths.length;
console.log(`${all - failed} of ${all} page checks passed, on ${paths.length} pages`);
process.exitCode = failed || !all ? 1 : 0;
