// A zone of the lab's page: shows the HTML that the lab sends, and sends what its student does.
// Nothing is worked out here. What the lab sends replaces only what differs, so that the focus, what
// is being written, and what was opened stay.

const PAUSE_MS = 700; // after a key that moves through settings, until the one that is meant is set
const ASK_MS = 2000; // between questions whether the lab still runs
const CLOCK_S = 20;
const QUIET = new Set(["time", "refresh"]); // of the page itself: another one follows soon

// What is being written, kept by the browser until the lab has it: of one ledger each. A tab has its
// own; what is kept for all tabs is for one that is opened after a browser was killed.
class Drafts {
  constructor(name) {
    this.start = `lab.${name}.`;
    this.stores = [];
    for (const kind of ["sessionStorage", "localStorage"]) {
      try {
        this.stores.push(window[kind]);
      } catch {
        // a browser that keeps nothing
      }
    }
  }

  keep(element) {
    const { draft } = element.dataset;
    if (!draft) return;
    const isRadio = element.type === "radio";
    for (const store of this.stores) {
      if (isRadio) for (const other of element.form.elements[element.name]) store.removeItem(this.start + other.dataset.draft);
      store.setItem(this.start + draft, isRadio ? "on" : element.value);
    }
  }

  restore(root) {
    for (const element of root.querySelectorAll?.("[data-draft]") ?? []) this.fill(element);
    if (root.dataset?.draft) this.fill(root);
  }

  fill(element) {
    const key = this.start + element.dataset.draft;
    const kept = this.stores.map((store) => store.getItem(key)).find((text) => text !== null);
    if (kept === undefined) return;
    if (element.type === "radio") element.checked = true;
    else element.value = kept;
  }

  // The lab has kept what a form held; another page may be writing something else.
  forget(form, sent) {
    for (const element of form.querySelectorAll("[data-draft]")) {
      const key = this.start + element.dataset.draft;
      for (const store of this.stores)
        if (element.type === "radio" || store.getItem(key) === sent[element.name]) store.removeItem(key);
    }
  }
}

const same = (a, b) =>
  a.nodeName === b.nodeName && (a.id ?? "") === (b.id ?? "") &&
  a.dataset?.action === b.dataset?.action && a.dataset?.draft === b.dataset?.draft;

function attributes(now, next) {
  for (const { name } of [...now.attributes]) if (!next.hasAttribute(name) && name !== "open") now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
}

// The choices that an element is one of: of a radio button, those of its name.
const group = (element) => (element.type === "radio" ? [...element.form.elements[element.name]] : [element]);

function morph(now, next, drafts) {
  if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
    return;
  }
  const text = now.matches("textarea, input[type=text]");
  // What is being written stays, whatever another page has kept meanwhile.
  const untouched = text && now.value === (now.dataset.saved ?? now.getAttribute("value") ?? "");
  attributes(now, next);
  if (text) {
    if (untouched) now.value = next.value;
    if (now.nodeName === "TEXTAREA") return;
  }
  children(now, next, drafts);
  if (now.matches("input[type=radio][data-draft]")) return;
  if (now.matches("input[type=radio]") && !group(now).some((one) => one.pending)) now.checked = next.checked;
  if (now.matches("select[data-lever], input[type=range]") && !now.pending && now.value !== next.value) now.value = next.value;
  if (now.matches("output") && !now.parentElement.querySelector("input")?.pending) now.textContent = next.textContent;
}

function children(now, next, drafts) {
  const wanted = [...next.childNodes];
  let at = now.firstChild;
  wanted.forEach((node, place) => {
    // What is not wanted any more goes; what is wanted later waits, behind what is new.
    while (at && !same(at, node) && !wanted.slice(place + 1).some((later) => same(at, later))) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
    if (at && same(at, node)) {
      morph(at, node, drafts);
      at = at.nextSibling;
    } else {
      now.insertBefore(node, at);
      drafts.restore(node);
    }
  });
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function spoken(element) {
  const { unit } = element.dataset;
  const words = `${element.value} ${element.value === "1" ? unit.replace(/s$/, "") : unit}`;
  element.setAttribute("aria-valuetext", words);
  const output = element.parentElement.querySelector("output");
  if (output) output.textContent = words;
}

// Says beside the button of a form whether the ledger has what stands in its boxes.
function mark(form) {
  const boxes = [...form.querySelectorAll("[data-saved]")];
  const [kept, unkept] = [form.querySelector(".kept"), form.querySelector(".unkept")];
  if (!kept || !boxes.length) return;
  const all = boxes.every((box) => box.value.trim() === box.dataset.saved.trim());
  kept.hidden = !all || boxes.every((box) => !box.dataset.saved);
  unkept.hidden = all;
}

function render({ model, el }) {
  const zone = model.get("zone");
  const drafts = new Drafts(model.get("drafts"));
  const root = document.createElement("section");
  root.className = "zone";
  root.dataset.zone = zone;
  root.setAttribute("aria-label", model.get("label"));
  el.append(root);
  document.getElementById("root")?.setAttribute("role", "main");

  let count = 0;
  let lastKey = 0;
  let inHand = null; // what was sent last, until the lab has dealt with it
  const waiting = [];
  function send(action, fields, form) {
    if (QUIET.has(action) && (inHand || waiting.length)) return;
    waiting.push({ action, fields, form });
    root.setAttribute("aria-busy", "true");
    next();
  }

  // One after another: of what is sent at once, the last alone would arrive.
  function next() {
    if (inHand || !waiting.length) return;
    inHand = waiting.shift();
    count += 1;
    model.set("event", { count, action: inHand.action, fields: inHand.fields });
    model.save_changes();
  }

  function show() {
    const held = root.getRootNode().activeElement;
    const template = document.createElement("template");
    template.innerHTML = model.get("html");
    children(root, template.content, drafts);
    root.querySelectorAll("form").forEach(mark);
    // What had the focus is gone, as a form is once it was sent: go on where its answer stands.
    if (held && !held.isConnected) root.querySelector("[data-focus]")?.focus();
  }

  function hold(element) {
    for (const one of group(element)) {
      clearTimeout(one.pending);
      one.pending = 0;
    }
  }

  function commit(element) {
    hold(element);
    if (element.dataset.lever) {
      send("set", { act: element.dataset.act, lever: element.dataset.lever, value: settingOf(element) });
    } else send(element.form.dataset.action, { [element.name]: element.value });
  }

  function settingOf(element) {
    const percent = element.dataset.unit === "%";
    return percent ? `${element.value} percent` : element.value;
  }

  const isLever = (element) => element.dataset?.lever || element.form?.hasAttribute("data-auto");

  root.addEventListener("keydown", (event) => {
    lastKey = event.key === "Tab" ? 0 : event.timeStamp;
    if (event.key === "Enter" && isLever(event.target) && event.target.pending) {
      event.preventDefault();
      commit(event.target);
    }
  });
  root.addEventListener("pointerdown", () => { lastKey = 0; });
  root.addEventListener("input", ({ target }) => {
    if (target.type === "range") spoken(target);
    drafts.keep(target);
    if (target.form) mark(target.form);
  });
  root.addEventListener("change", (event) => {
    const { target } = event;
    if (!isLever(target)) return;
    hold(target);
    // A key passes through settings that are not meant: wait for the last, or for Enter.
    const passing = lastKey && event.timeStamp - lastKey < 100;
    if (passing) target.pending = setTimeout(() => commit(target), PAUSE_MS);
    else commit(target);
  });
  root.addEventListener("focusout", ({ target, relatedTarget }) => {
    // An arrow moves the focus on to the next choice of the same question.
    if (target.pending && !group(target).includes(relatedTarget)) commit(target);
  });
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    send(form.dataset.action, Object.fromEntries(new FormData(form)), form);
  });
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-action]");
    if (button) send(button.dataset.action, { ...button.dataset });
  });
  model.on("change:html", show);
  model.on("change:handled", () => {
    if (model.get("handled") !== count) return;
    if (inHand?.form && model.get("done") === count) drafts.forget(inHand.form, inHand.fields);
    inHand = null;
    if (waiting.length) next();
    else root.removeAttribute("aria-busy");
  });
  const lost = () => { root.inert = true; };
  window.addEventListener("lab-lost", lost);
  show();
  const stop = zone === "header" ? watch(root, send) : () => {};
  return () => {
    window.removeEventListener("lab-lost", lost);
    stop();
  };
}

// The first zone keeps the time, looks for what other pages add, and notices that the lab has ended.
function watch(root, send) {
  let instance = null;
  let missed = 0;
  let looked = performance.now();
  const banner = document.createElement("div");
  banner.className = "zone callout bad lost";
  banner.setAttribute("role", "alert");
  banner.hidden = true;
  root.before(banner);

  function lose(text, again) {
    window.dispatchEvent(new Event("lab-lost"));
    banner.replaceChildren(Object.assign(document.createElement("strong"), { textContent: text }));
    if (again) {
      const button = Object.assign(document.createElement("button"), { textContent: "Load the page again" });
      button.addEventListener("click", () => window.location.reload());
      banner.append(button);
      banner.hidden = false;
      button.focus();
    }
    banner.hidden = false;
  }

  async function ask() {
    try {
      const answer = await fetch("/lab/instance", { cache: "no-store" });
      const now = (await answer.json()).instance;
      if (instance && now !== instance) {
        lose("The lab was started again. Load the page again: all that is in your ledger is there.", true);
        clearInterval(asking);
      }
      instance ??= now;
      if (missed > 1 && now === instance) window.location.reload();
      missed = 0;
    } catch {
      missed += 1;
      if (missed === 2) lose("The lab has ended. What you locked, tried and kept is in your ledger; start it again with nox -s lab.", false);
    }
  }

  function clock() {
    const now = performance.now();
    const seconds = (now - looked) / 1000;
    looked = now;
    if (!document.hidden && !missed) send("time", { seconds: String(seconds) });
  }
  const back = () => { if (!document.hidden && !missed) { looked = performance.now(); send("refresh", {}); } };
  const asking = setInterval(ask, ASK_MS);
  const ticking = setInterval(clock, CLOCK_S * 1000);
  document.addEventListener("visibilitychange", back);
  window.addEventListener("focus", back);
  ask();
  return () => {
    clearInterval(asking);
    clearInterval(ticking);
    document.removeEventListener("visibilitychange", back);
    window.removeEventListener("focus", back);
  };
}

export default { render };
