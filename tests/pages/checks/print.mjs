// On paper all of the page is there: nothing closed, nothing cut, nothing covered.

export const name = "in print all is open, whole and uncovered";
/** A4 less 1 cm a side; Chromium prints in light colours whatever the mode. */
export const views = [{ width: 718, mode: "light" }];
export const alters = true;

const LEAST_CONTRAST = 4.5;

export async function check(page) {
  await page.emulateMediaType("print");
  const faults = await page.evaluate((least) => {
    dispatchEvent(new Event("beforeprint"));
    const faults = inside.crowded();
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
      const wide = [...document.querySelectorAll("main *")].filter(
        (element) => element.getBoundingClientRect().right > root.clientWidth + 1,
      );
      const last = wide.find((element) => !wide.some((other) => element !== other && element.contains(other)));
      faults.push(`the page is wider than the paper: ${last ? inside.says(last) : ""}`);
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (!(element instanceof HTMLElement) || !inside.visible(element)) continue;
      if (inside.readOnly(element)) continue;
      const cut = getComputedStyle(element).overflowX !== "visible";
      if (cut && element.scrollWidth > element.clientWidth + 1) {
        faults.push(`${inside.says(element)} is cut: ${element.scrollWidth} px in ${element.clientWidth}`);
      }
    }
    for (const details of document.querySelectorAll("details")) {
      if (!details.checkVisibility()) continue;
      const held = [...details.children].filter(({ tagName }) => tagName !== "SUMMARY");
      if (!held.every((one) => one.checkVisibility())) faults.push(`${inside.says(details)} is closed`);
    }
    // Browsers print no grounds unless they are told to.
    const paper = [255, 255, 255, 1];
    const pale = inside.lines(document.body).filter(({ parent }) => {
      if (parent.closest("[aria-hidden=true]")) return false; // the sign of a key, no text
      const { color, fill } = getComputedStyle(parent);
      const ink = inside.colour(parent instanceof SVGElement ? fill : color);
      return ink && inside.contrast(inside.over(ink, paper), paper) < least;
    });
    if (pale.length) faults.push(`${pale.length} lines are too pale, as "${pale[0].text.slice(0, 50)}"`);
    return faults;
  }, LEAST_CONTRAST);
  const paper = await page.pdf({ format: "A4" });
  if (!Buffer.from(paper).subarray(0, 5).equals(Buffer.from("%PDF-"))) faults.push("it does not print");
  return faults;
}
