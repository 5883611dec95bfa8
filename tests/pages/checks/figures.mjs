// The text of a figure is large enough, whole, and apart from other text.

import { MOVED } from "../browser.mjs";

export const name = "text of figures is 11 px or more, whole, and apart";
export const views = MOVED;

const LEAST_PX = 11;

export async function check(page) {
  return page.evaluate((least) => {
    inside.openAll();
    return [...document.querySelectorAll("svg:not(svg svg)")].filter(inside.visible).flatMap((picture) => {
      const frame = picture.getBoundingClientRect();
      const labels = [...picture.querySelectorAll("text")]
        .filter((text) => text.textContent.trim() && inside.visible(text))
        .map((text) => ({ text, box: text.getBoundingClientRect() }));
      const where = inside.plain(picture.getAttribute("aria-label") ?? "").slice(0, 40);
      return labels.flatMap((label, at) =>
        [...cut(label, frame), ...small(label), ...covered(label, labels.slice(at + 1))].map(
          (fault) => `${fault} in "${where}"`,
        ),
      );
    });

    function said({ text }) {
      return `"${inside.plain(text.textContent)}"`;
    }

    function cut(label, frame) {
      const right = Math.min(frame.right, document.documentElement.clientWidth);
      const beyond = {
        left: Math.max(frame.left, 0) - label.box.left,
        right: label.box.right - right,
        top: frame.top - label.box.top,
        bottom: label.box.bottom - frame.bottom,
      };
      return Object.entries(beyond)
        .filter(([, px]) => px > 0.5)
        .map(([side, px]) => `${said(label)} is cut by ${px.toFixed(1)} px at the ${side}`);
    }

    function small(label) {
      const { a, b } = label.text.getScreenCTM();
      const px = parseFloat(getComputedStyle(label.text).fontSize) * Math.hypot(a, b);
      return px < least - 0.05 ? [`${said(label)} is ${px.toFixed(1)} px`] : [];
    }

    function covered(label, others) {
      return others
        .filter((other) => inside.meet(label.box, other.box))
        .map((other) => `${said(label)} lies on ${said(other)}`);
    }
  }, LEAST_PX);
}
