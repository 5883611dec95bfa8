// Figures stand out from the page in light and dark.

import { BOTH_MODES } from "../browser.mjs";

export const name = "text of figures has a contrast of 4.5 with the page, marks one of 3";
export const views = BOTH_MODES;

/** WCAG 2.2, success criteria 1.4.3 and 1.4.11. */
const LEAST = { text: 4.5, mark: 3 };

export async function check(page) {
  return page.evaluate((least) => {
    inside.openAll();
    const root = getComputedStyle(document.documentElement);
    // The grid and the gaps between marks are no data.
    const beside = ["--line", "--paper"]
      .map((name) => inside.colour(root.getPropertyValue(name)))
      .filter(Boolean)
      .map(String);
    const faults = new Set();

    function hold(element, paint, alpha, wanted, what) {
      const colour = inside.colour(paint);
      if (!colour || !alpha || (wanted === least.mark && beside.includes(String(colour)))) return;
      const ground = inside.ground(element);
      const ratio = inside.contrast(inside.over([...colour.slice(0, 3), colour[3] * alpha], ground), ground);
      if (ratio < wanted) faults.add(`${what} in ${paint} has a contrast of ${ratio.toFixed(2)}`);
    }

    for (const text of document.querySelectorAll("svg text")) {
      if (!inside.visible(text) || !text.textContent.trim()) continue;
      const { fill, opacity, fillOpacity } = getComputedStyle(text);
      hold(text, fill, opacity * fillOpacity, least.text, `"${inside.plain(text.textContent)}"`);
    }
    const shapes = "path, use, line, rect, circle, ellipse, polyline, polygon";
    for (const shape of document.querySelectorAll(shapes)) {
      if (!shape.closest("svg") || shape.closest("clipPath")) continue;
      const { fill, stroke, opacity, fillOpacity, strokeOpacity } = getComputedStyle(shape);
      // What stands in <defs> is painted as <use> says, where it says nothing itself.
      const own = shape.closest("defs") ? shape.style.fill || "none" : fill;
      // A pale area, such as a band of intervals, is seen by its outline.
      const outlined = stroke !== "none" && fillOpacity < strokeOpacity;
      if (own !== "none" && !outlined) hold(shape, fill, opacity * fillOpacity, least.mark, "a mark");
      hold(shape, stroke, opacity * strokeOpacity, least.mark, "a line");
    }
    for (const sign of document.querySelectorAll(".keys li > span")) {
      hold(sign, getComputedStyle(sign).color, 1, least.mark, `the key "${sign.parentElement.innerText}"`);
    }
    return [...faults];
  }, LEAST);
}
