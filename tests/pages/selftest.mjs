// node selftest.mjs BROWSER: each check passes a good page, and sees each defect planted in it.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { within } from "./browser.mjs";
import { examine, load } from "./checks.mjs";
import { DEFECTS } from "./defects.mjs";

/** Browsers at the same time. */
const AT_ONCE = 3;
const GOOD = readFileSync(new URL("good.html", import.meta.url), "utf8");
/** What stands beside it, for checks/controls.mjs. */
const EXPECTED = JSON.stringify([
  ...Object.entries({ json: "12", csv: "10" }).map(([format, ms]) => ({
    settings: { format },
    shown: {
      "Times|storage|ms": ms,
      "card|Speed": ms,
      "line|It takes ": `${ms} ms`,
      "finding| ms is the least": `${ms} ms`,
    },
  })),
]);

/** Return a page with the hash of its first script in its policy. */
function hashed(text) {
  const script = /<script>([^]*?)<\/script>/.exec(text)[1];
  return text.replace("HASH", createHash("sha256").update(script).digest("base64"));
}

function write(path, text) {
  writeFileSync(path, hashed(text));
  writeFileSync(path.replace(/\.html$/, ".json"), EXPECTED);
}

/** Plant a defect and look for it; return what is wrong with that, as a list. */
async function tried(browser, [file, said, from, to], path) {
  const planted = GOOD.replace(from, to);
  if (planted === GOOD) return [`good.html has no ${from}`];
  write(path, planted);
  const check = checks.find((one) => one.file === file);
  const seen = (faults) => faults.get(file).some((fault) => said.test(fault));
  const faults = await examine(browser, path, [check], seen);
  if (seen(faults)) return [];
  return [`${file} does not see ${said}, but: ${faults.get(file).join("; ") || "nothing"}`];
}

/** Look at the page without a defect; return what is found, as a list. */
async function untouched(browser, path) {
  write(path, GOOD);
  const found = [...(await examine(browser, path, checks))];
  return found.flatMap(([file, faults]) => faults.map((fault) => `${file} finds in a good page: ${fault}`));
}

const checks = await load();
const folder = mkdtempSync(join(tmpdir(), "pages-"));
const problems = checks
  .filter((check) => !DEFECTS.some(([file]) => file === check.file))
  .map((check) => `${check.file} has no defect in defects.mjs to find`);
const left = [
  untouched,
  ...DEFECTS.map((defect) => (browser, path) => tried(browser, defect, path)),
];
async function work(browser) {
  for (let next = left.shift(); next; next = left.shift()) {
    problems.push(...(await next(browser, join(folder, `${left.length}.html`))));
  }
}
try {
  await Promise.all(Array.from({ length: AT_ONCE }, () => within(process.argv[2], work)));
} finally {
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.log(problem);
console.log(`self-test: ${DEFECTS.length} planted defects, ${problems.length} problems`);
process.exitCode = problems.length ? 1 : 0;
