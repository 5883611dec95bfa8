// The page is small, and its policy lets its own scripts run and nothing else.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export const name = "at most 3 MB; the content security policy names each script, and they run";
export const alters = true;

const MOST_BYTES = 3e6;

export async function check(page, { path, seen }) {
  const bytes = readFileSync(path);
  const faults = [];
  if (bytes.length > MOST_BYTES) faults.push(`the page has ${bytes.length} bytes`);
  const found = await page.evaluate(() => {
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy" i]');
    const first = document.querySelector("script");
    const known = ["", "module", "text/javascript"];
    return {
      policy: policy?.content ?? null,
      late: Boolean(policy && first && !(policy.compareDocumentPosition(first) & 4)),
      scripts: [...document.scripts].filter((one) => known.includes(one.type)).map((one) => one.text),
      sources: [...document.scripts].map((one) => one.src).filter(Boolean),
      handlers: [...document.querySelectorAll("*")]
        .filter((one) => [...one.attributes].some(({ name }) => name.startsWith("on")))
        .map((one) => inside.says(one)),
    };
  });
  faults.push(...found.sources.map((source) => `a script is loaded from ${source}`));
  faults.push(...found.handlers.map((one) => `${one} has a handler that no hash covers`));
  if (!found.scripts.length) return faults;
  if (found.policy === null) return [...faults, "there is a script, and no policy"];
  if (found.late) faults.push("the policy comes after the first script");
  const rules = new Map(
    found.policy.split(";").map((rule) => rule.trim().split(/\s+/)).map(([key, ...all]) => [key, all]),
  );
  if (String(rules.get("default-src")) !== "'none'") faults.push("default-src is not 'none'");
  const allowed = rules.get("script-src") ?? [];
  const hashes = found.scripts.map(
    (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
  );
  faults.push(...hashes.filter((one) => !allowed.includes(one)).map((one) => `${one} is not allowed`));
  faults.push(...allowed.filter((one) => !hashes.includes(one)).map((one) => `${one} is no script here`));
  if (seen.scripts < found.scripts.length) {
    faults.push(`${seen.scripts} of ${found.scripts.length} scripts ran`);
  }
  return faults;
}
