// What a screen reader calls a control is what everybody sees beside it; each picture has a name.

import { BOTH_WIDTHS } from "../browser.mjs";

export const name = "controls are called what they are labelled; pictures have names";
export const views = BOTH_WIDTHS;

export async function check(page, { client }) {
  await page.evaluate(() => inside.openAll());
  const faults = [];
  for (const handle of await page.$$("select, input:not([type=hidden]), textarea, button, summary")) {
    const seen = await handle.evaluate(labelOf);
    if (!seen) continue;
    const called = await nameOf(client, handle);
    if (!seen.label) faults.push(`${seen.says} has no label to see; it is called "${called}"`);
    else if (called !== seen.label) {
      faults.push(`${seen.says} is called "${called}" and labelled "${seen.label}"`);
    }
  }
  for (const handle of await page.$$("svg, figure, img, [role=img]")) {
    const named = await handle.evaluate(
      (element) =>
        !inside.visible(element) ||
        element.parentElement.closest("[aria-hidden=true], [role=img]") !== null ||
        // HTML-AAM names a figure by its caption; Chromium reads the caption without saying so.
        Boolean(element.querySelector(":scope > figcaption")?.textContent.trim()),
    );
    if (!named && !(await nameOf(client, handle))) {
      faults.push(`${await handle.evaluate((element) => inside.says(element))} has no name`);
    }
  }
  return faults;
}

/** Return the name that the browser hands to screen readers. */
async function nameOf(client, handle) {
  const backendNodeId = await handle.backendNodeId();
  const { nodes } = await client.send("Accessibility.getPartialAXTree", {
    backendNodeId,
    fetchRelatives: false,
  });
  return (nodes[0].name?.value ?? "").replace(/\s+/g, " ").trim();
}

/** Return a control's label as it is seen, within the page; null where the control is not. */
function labelOf(control) {
  if (!inside.visible(control)) return null;
  const named = (control.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
  let labels = named.map((id) => document.getElementById(id)).filter(Boolean);
  if (!labels.length) labels = [...(control.labels ?? [])];
  if (!labels.length && ["BUTTON", "SUMMARY"].includes(control.tagName)) labels = [control];
  const text = labels
    .flatMap((label) => inside.lines(label).map((line) => ({ ...line, label })))
    // What a control holds, such as a list's choices, is no part of the label around it.
    .filter(({ parent, label }) => {
      const around = parent.closest("select, textarea, button");
      return around === null || around === label;
    });
  // A line that wraps has a box for each of its lines.
  const once = text.filter((line, at) => at === 0 || line.text !== text[at - 1].text);
  const pushed = ["button", "submit", "reset"].includes(control.type) ? control.value : "";
  const label = inside.plain(once.map((line) => line.text).join(" ") || pushed || "");
  return { label, says: inside.says(control) };
}
