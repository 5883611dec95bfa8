// The table of contents leads somewhere, and headings leave out no level.

export const name = "the contents lead to all sections; headings leave out no level";

export async function check(page) {
  return page.evaluate(() => {
    inside.openAll();
    const faults = [];
    const links = [...document.querySelectorAll("nav a")];
    const targets = links.map((link) => decodeURIComponent(link.getAttribute("href") ?? ""));
    if (!links.length) faults.push("there is no table of contents");
    for (const target of targets) {
      if (!target.startsWith("#") || !document.getElementById(target.slice(1))) {
        faults.push(`the link ${target} leads nowhere`);
      }
    }
    const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")];
    const nav = document.querySelector("nav");
    for (const heading of headings.filter(({ tagName }) => tagName === "H2")) {
      const after = nav && nav.compareDocumentPosition(heading) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (after && !targets.includes(`#${heading.id}`)) {
        faults.push(`${inside.says(heading)} is not among the contents`);
      }
    }
    let level = 0;
    for (const heading of headings) {
      const next = Number(heading.tagName[1]);
      if (next > level + 1) faults.push(`${inside.says(heading)} comes after level ${level}`);
      level = next;
    }
    if (headings.filter(({ tagName }) => tagName === "H1").length !== 1) {
      faults.push("there is not one heading of the first level");
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    return [...faults, ...twice.map((id) => `the name ${id} stands twice`)];
  });
}
