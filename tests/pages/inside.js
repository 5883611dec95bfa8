// What all checks ask of a page, from within: put into each page before its own scripts run.

globalThis.inside = (() => {
  /** Return whether something is drawn and takes room. */
  function visible(element) {
    const { width, height } = element.getBoundingClientRect();
    const shown = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    return shown && width > 0 && height > 0;
  }

  /** Return whether something is there for screen readers alone: cut down to a pixel. */
  function readOnly(element) {
    for (let at = element; at instanceof HTMLElement; at = at.parentElement) {
      const { width, height } = at.getBoundingClientRect();
      const style = getComputedStyle(at);
      if (style.overflowX !== "visible" && width <= 1 && height <= 1) return true;
    }
    return false;
  }

  /** Return text with each run of blanks as one. */
  function plain(text) {
    return text.replace(/\s+/g, " ").trim();
  }

  /** Return in a few words which element is meant. */
  function says(element) {
    const name = element.id ? `#${element.id}` : element.getAttribute("class") ?? "";
    const label = element.getAttribute("aria-label") ?? element.textContent;
    return plain(`<${element.tagName.toLowerCase()} ${name}> "${plain(label).slice(0, 50)}"`);
  }

  /** Return a colour as red, green, blue (0 to 255) and alpha, or null where nothing is painted. */
  function colour(text) {
    const hex = /^#(\w\w)(\w\w)(\w\w)$/.exec(text.trim());
    if (hex) return [...hex.slice(1).map((two) => parseInt(two, 16)), 1];
    const parts = /^rgba?\(([^)]*)\)$/.exec(text.trim());
    if (!parts) return null;
    const [red, green, blue, alpha = 1] = parts[1].split(/[\s,/]+/).map(Number);
    return alpha > 0 ? [red, green, blue, alpha] : null;
  }

  /** Return what a colour that lets some of its ground through looks like. */
  function over([red, green, blue, alpha], ground) {
    return [red, green, blue].map((part, at) => alpha * part + (1 - alpha) * ground[at]).concat(1);
  }

  function luminance(colour) {
    const [red, green, blue] = colour.slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  /** Return WCAG 2.2's contrast ratio of two colours. */
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  /** Return the colour behind an element. */
  function ground(element) {
    for (let at = element; at; at = at.parentElement) {
      const behind = colour(getComputedStyle(at).backgroundColor);
      if (behind && behind[3] === 1) return behind;
    }
    return [255, 255, 255, 1];
  }

  /** Return the lines of text under an element that can be seen, each with its box. */
  function lines(root) {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || !visible(parent) || readOnly(parent)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.width > 0) found.push({ box, parent, text: plain(node.data) });
      }
    }
    return found;
  }

  /** Return whether two boxes share more than a hair. */
  function meet(one, other, hair = 1) {
    const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    return wide > hair && high > hair;
  }

  const CONTROLS = "select, input:not([type=hidden]), textarea, button, summary";

  /** Return the controls that can be seen. */
  function controls() {
    return [...document.querySelectorAll(CONTROLS)].filter(visible);
  }

  /** Return what is wrong with where controls stand: on each other, or on text. */
  function crowded() {
    const all = controls();
    const text = lines(document.body);
    const faults = [];
    for (const [at, control] of all.entries()) {
      const box = control.getBoundingClientRect();
      for (const other of all.slice(at + 1)) {
        if (control.contains(other) || other.contains(control)) continue;
        if (meet(box, other.getBoundingClientRect())) {
          faults.push(`${says(control)} lies on ${says(other)}`);
        }
      }
      const covered = text.find((line) => !control.contains(line.parent) && meet(box, line.box));
      if (covered) faults.push(`${says(control)} lies on the text "${covered.text.slice(0, 50)}"`);
    }
    return faults;
  }

  /** Open whatever is closed, so that all of the page is looked at. */
  function openAll() {
    for (const closed of document.querySelectorAll("details:not([open])")) closed.open = true;
  }

  /** Move each control to its last setting. */
  function moveAll() {
    for (const control of document.querySelectorAll("select, input")) {
      if (control.tagName === "SELECT") control.selectedIndex = control.options.length - 1;
      else if (control.type === "radio") control.checked = true; // the last one of a name stays so
      else continue;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  return {
    colour, contrast, controls, crowded, ground, lines, meet, moveAll, openAll, over, plain, readOnly, says,
    visible,
  };
})();
