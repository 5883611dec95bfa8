// Legends, captions and all other text are whole; controls lie on nothing.

import { MOVED } from "../browser.mjs";

export const name = "legends, captions and text are whole; controls lie on nothing";
export const views = MOVED;

export async function check(page) {
  return page.evaluate(() => {
    inside.openAll();
    const width = document.documentElement.clientWidth;
    const faults = inside.crowded();
    for (const part of document.querySelectorAll(".keys, .keys *, figcaption, legend")) {
      const { left, right } = part.getBoundingClientRect();
      if (inside.visible(part) && (left < 0 || right > width + 0.5)) {
        faults.push(`${inside.says(part)} reaches beyond the page's edge`);
      }
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (!(element instanceof HTMLElement) || inside.readOnly(element)) continue;
      if (!inside.visible(element) || !element.innerText) continue;
      const { overflowX, overflowY } = getComputedStyle(element);
      const cut = (overflow) => ["hidden", "clip"].includes(overflow);
      if (
        (cut(overflowX) && element.scrollWidth > element.clientWidth + 1) ||
        (cut(overflowY) && element.scrollHeight > element.clientHeight + 1)
      ) {
        faults.push(`the text of ${inside.says(element)} is cut`);
      }
    }
    return faults;
  });
}
