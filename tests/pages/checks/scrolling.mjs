// A page never scrolls sideways; what is wide does so in a frame, its first column in sight.

import { MOVED } from "../browser.mjs";

export const name = "nothing is wider than the page; wide tables scroll, with their first column in sight";
export const views = MOVED;

export async function check(page) {
  return page.evaluate(() => {
    inside.openAll();
    const faults = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
      faults.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}`);
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (element instanceof SVGElement && element.tagName !== "svg") continue;
      if (!inside.visible(element) || inside.readOnly(element)) continue;
      if (element.closest(".scroll")) continue;
      const { left, right } = element.getBoundingClientRect();
      if (left < -1 || right > root.clientWidth + 1) {
        faults.push(`${inside.says(element)} reaches from ${left} to ${right} px, in no .scroll`);
      } else if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) {
        faults.push(`${inside.says(element)} is wider inside than outside, and is no .scroll`);
      }
    }
    for (const region of document.querySelectorAll(".scroll")) faults.push(...scrolled(region));
    return faults;

    function scrolled(region) {
      if (!inside.visible(region) || region.scrollWidth <= region.clientWidth) return [];
      const faults = [];
      if (region.tabIndex < 0) faults.push(`${inside.says(region)} cannot be reached by keys`);
      if (!["auto", "scroll"].includes(getComputedStyle(region).overflowX)) {
        faults.push(`${inside.says(region)} is cut and does not scroll`);
      }
      region.scrollLeft = region.scrollWidth;
      const frame = region.getBoundingClientRect();
      const gone = [...region.querySelectorAll("tr > :first-child")].find((cell) => !inSight(cell, frame));
      if (gone) faults.push(`${inside.says(gone)} is out of sight when its table is scrolled`);
      region.scrollLeft = 0;
      return faults;
    }

    function inSight(cell, frame) {
      scrollBy(0, cell.getBoundingClientRect().top - innerHeight / 2);
      const box = cell.getBoundingClientRect();
      if (box.left < frame.left - 1 || box.right > frame.right + 1) return false;
      const top = document.elementFromPoint(box.right - 2, (box.top + box.bottom) / 2);
      // Nothing that slides below it shines through.
      const solid = inside.colour(getComputedStyle(cell).backgroundColor);
      return (top === cell || cell.contains(top)) && solid !== null && solid[3] === 1;
    }
  });
}
