// Marks that touch are told apart: by a contrast of 3 between them, or of each with a gap.
//
// Colours that all have a contrast of 3 with white and with a dark page lie so close in lightness
// that they cannot have one of 3 with each other: what tells neighbours apart is the gap in the
// page's colour. So this looks at what was really painted, pixel by pixel.

import { NARROW } from "../browser.mjs";

export const name = "parts of bars that touch, and neighbours in legends, are told apart";
export const views = [
  { width: NARROW, mode: "light" },
  { width: NARROW, mode: "dark", last: true },
];
export const alters = true;

const LEAST = 3;
/** Pixels of the picture to one of the page. */
const SCALE = 4;

export async function check(page, context) {
  const { width } = context.view;
  await page.setViewport({ width, height: 900, deviceScaleFactor: SCALE });
  await page.evaluate(() => inside.openAll());
  const faults = await page.evaluate(keys, LEAST);
  for (const picture of await page.$$("svg:not(svg svg)")) {
    const rows = await picture.evaluate(bars);
    if (!rows.length) continue;
    const image = await picture.screenshot({ encoding: "base64" });
    faults.push(...(await page.evaluate(touching, image, rows, SCALE, LEAST)));
  }
  return faults;
}

/** Return the colours of each row of a picture's bars, and where its middle is, within the page. */
function bars(picture) {
  const frame = picture.getBoundingClientRect();
  const rows = new Map();
  for (const path of picture.querySelectorAll("path")) {
    const steps = (path.getAttribute("d") ?? "").replace(/[^A-Za-z]/g, "");
    const fill = inside.colour(getComputedStyle(path).fill);
    if (!/^M(LLL|HVH)L?z$/i.test(steps) || !fill || !inside.visible(path) || path.closest("defs")) continue;
    const { top, bottom } = path.getBoundingClientRect();
    const middle = Math.round((top + bottom) / 2 - frame.top);
    rows.set(middle, [...(rows.get(middle) ?? []), fill]);
  }
  return [...rows]
    .map(([middle, colours]) => ({ middle, colours }))
    .filter(({ colours }) => new Set(colours.map(String)).size > 1);
}

/** Return which parts of bars are not told apart, within the page. */
async function touching(image, rows, scale, least) {
  const bytes = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const drawn = canvas.getContext("2d");
  drawn.drawImage(bitmap, 0, 0);
  const faults = new Set();
  for (const { middle, colours } of rows) {
    const { data } = drawn.getImageData(0, Math.round(middle * scale), bitmap.width, 1);
    const pixels = Array.from({ length: bitmap.width }, (_, at) => [...data.slice(4 * at, 4 * at + 4)]);
    let last = null;
    pixels.forEach((pixel, at) => {
      const part = colours.find((colour) => [0, 1, 2].every((c) => Math.abs(colour[c] - pixel[c]) < 3));
      if (!part) return;
      if (last && String(last.part) !== String(part) && at - last.at <= 3 * scale) {
        const between = pixels.slice(last.at + 1, at);
        const direct = inside.contrast(last.part, part);
        const gap = Math.max(
          0, ...between.map((p) => Math.min(inside.contrast(p, last.part), inside.contrast(p, part))),
        );
        if (Math.max(direct, gap) < least - 0.05) {
          const place = `${(at / scale).toFixed(0)} px from the left, ${middle} px from the top`;
          faults.add(
            `rgb(${last.part.slice(0, 3)}) touches rgb(${part.slice(0, 3)}) ${place}: ` +
              `a contrast of ${direct.toFixed(2)}, and of ${gap.toFixed(2)} with what lies between`,
          );
        }
      }
      last = { at, part };
    });
  }
  return [...faults];
}

/** Return which neighbours in legends are not told apart, within the page. */
function keys(least) {
  const faults = [];
  for (const legend of document.querySelectorAll(".keys")) {
    const signs = [...legend.querySelectorAll("li > span")];
    signs.slice(1).forEach((sign, at) => {
      const before = signs[at];
      const [one, other] = [before, sign].map((key) => inside.colour(getComputedStyle(key).color));
      const apart = sign.textContent !== before.textContent || inside.contrast(one, other) >= least;
      const gap = sign.getBoundingClientRect().left - before.getBoundingClientRect().right;
      const below = sign.getBoundingClientRect().top >= before.getBoundingClientRect().bottom;
      if (!apart && gap < 2 && !below) {
        faults.push(`the keys "${before.parentElement.innerText}" and "${sign.parentElement.innerText}" touch`);
      }
    });
  }
  return faults;
}
