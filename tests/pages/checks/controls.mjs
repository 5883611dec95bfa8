// What the page shows at random settings of its controls is what the acts say of them.

export const name = "controls show the numbers of the acts, and each of them changes something";
export const alters = true;

export async function check(page, { expected }) {
  if (expected === null) return [];
  // First from where the page begins, where all numbers are known.
  const faults = [];
  for (const control of Object.keys(expected[0]?.settings ?? {})) {
    const shown = await page.evaluate(each, control);
    if (shown === null) faults.push(`no control is named ${control}`);
    else if (new Set(shown).size < 2) faults.push(`${control} changes nothing that is shown`);
  }
  for (const { settings, shown } of expected) {
    const unknown = await page.evaluate(set, settings);
    faults.push(...unknown.map((name) => `no control is named ${name}`));
    const seen = await page.evaluate(reading);
    for (const [place, text] of Object.entries(shown)) {
      const fault = differs(place, text, seen);
      if (fault) faults.push(`${fault}, at ${JSON.stringify(settings)}`);
    }
    if (faults.length > 20) return faults;
  }
  if (!expected.length) faults.push("there are no settings to try");
  return faults;
}

/** Return what is wrong at a place, if anything is. */
function differs(place, text, { tables, cards, lines, findings, bars }) {
  const wanted = plain(text);
  const [kind, ...rest] = place.split("|");
  if (kind === "card") {
    const card = cards[plain(rest[0])];
    if (card === undefined) return `no card is called ${rest[0]}`;
    return card.includes(wanted) ? null : `card ${rest[0]} has no "${wanted}", but "${card}"`;
  }
  if (kind === "line" || kind === "finding") {
    const where = kind === "line" ? lines : findings;
    const begin = plain(rest.join("|"));
    const line = where.find((one) => one.includes(begin) && one.includes(wanted));
    return line === undefined ? `no ${kind} says "${begin}" with "${wanted}"` : null;
  }
  if (kind === "bar") {
    const [figure, at] = rest;
    const length = bars[figure]?.[Number(at)];
    return Math.abs(length - Number(text)) < 0.002
      ? null
      : `bar ${at} of ${figure} is ${length} long, not ${text}`;
  }
  const [caption, row, column] = [kind, ...rest].map(plain);
  const cell = tables[caption]?.[row]?.[column];
  if (cell === undefined) return `no cell ${place}`;
  const same = text.endsWith(", ") ? cell.startsWith(wanted) : cell === wanted;
  return same ? null : `${place} is "${cell}", not "${wanted}"`;
}

function plain(text) {
  return text.replace(/[\s\u202f]+/g, " ").trim();
}

/** Set controls as a reader would; return those that are not there. */
function set(settings) {
  const missing = [];
  for (const [name, value] of Object.entries(settings)) {
    const elements = [...document.getElementsByName(name)];
    const [element] = elements[0]?.type === "radio" ? elements.filter((one) => one.value === value) : elements;
    if (!element) {
      missing.push(name);
      continue;
    }
    if (element.type === "radio") element.checked = true;
    else element.value = value;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return missing;
}

/** Return all that follows the controls, by where it stands. */
function reading() {
  const text = (element) => element.textContent.replace(/[\s\u202f]+/g, " ").trim();
  const tables = {};
  for (const table of document.querySelectorAll("table")) {
    const heads = [...table.querySelectorAll("thead th")].map(text);
    const rows = {};
    for (const row of table.querySelectorAll("tbody tr")) {
      const cells = [...row.children].map(text);
      rows[cells[0]] = Object.fromEntries(heads.slice(1).map((head, at) => [head, cells[at + 1]]));
    }
    tables[text(table.caption)] = rows;
  }
  const cards = {};
  for (const card of document.querySelectorAll(".card")) {
    const [name, ...others] = [...card.children].map(text);
    cards[name] = others.join(" ");
  }
  const bars = {};
  for (const figure of document.querySelectorAll("figure")) {
    const name = figure.querySelector("figcaption code")?.textContent;
    const plane = figure.querySelector("svg svg");
    if (!name || !plane) continue;
    const width = Number(plane.getAttribute("width"));
    bars[name] = [...plane.querySelectorAll("path[stroke='var(--paper)']")]
      .map((path) => path.getAttribute("d").match(/^M([\d.]+) [\d.]+H([\d.]+)/))
      .filter(Boolean)
      .map(([, from, to]) => (Number(to) - Number(from)) / width);
  }
  // Other sections may say the same of settings of their own.
  const acts = document.querySelector("section[aria-labelledby=the-acts]") ?? document;
  const lines = [...acts.querySelectorAll("li")].map(text);
  const findings = [...acts.querySelectorAll(".finding")].map(text);
  return { tables, cards, lines, findings, bars };
}

/** Return what the page shows at each option of one control, and leave it as it was. */
function each(name) {
  const elements = [...document.getElementsByName(name)];
  if (!elements.length) return null;
  const radios = elements[0].type === "radio";
  const options = radios ? elements : [...elements[0].options];
  const chosen = radios ? elements.find((one) => one.checked).value : elements[0].value;
  const choose = (value) => {
    if (radios) elements.find((one) => one.value === value).checked = true;
    else elements[0].value = value;
    const changed = radios ? elements.find((one) => one.value === value) : elements[0];
    changed.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const shown = options.map((option) => {
    choose(option.value);
    const live = [...document.querySelectorAll("[id^=t], [id^=p]")];
    return live.map((element) => element.getAttribute("d") ?? element.textContent).join("\n");
  });
  choose(chosen);
  return shown;
}
