"use strict";
// Shows, for the settings of the page's controls, what was made for them beforehand.
{
  const { controls, sets, series, targets } = JSON.parse(
    document.getElementById("page-settings").textContent,
  );

  function elements(name) {
    return document.querySelectorAll(`[name="${name}"]`);
  }

  function setting(name) {
    const [first, ...others] = elements(name);
    return first.type === "radio" ? [first, ...others].find((one) => one.checked).value : first.value;
  }

  function set(name, value) {
    for (const element of elements(name)) {
      if (element.type === "radio") element.checked = element.value === value;
      else element.value = value;
    }
  }

  function show() {
    const at = {};
    for (const name in controls) at[name] = controls[name].indexOf(setting(name));
    for (const [key, attribute, number] of targets) {
      const [names, values, places] = series[number];
      const place = names.reduce((sum, name) => sum * controls[name].length + at[name], 0);
      const element = document.getElementById(key);
      const value = values[places[place]];
      if (attribute) element.setAttribute(attribute, value);
      else element.textContent = value;
    }
  }

  document.addEventListener("change", (event) => {
    const { name, value } = event.target;
    for (const [other, its] of Object.entries(sets[name]?.[value] ?? {})) set(other, its);
    show();
  });
  for (const fieldset of document.querySelectorAll("fieldset")) fieldset.disabled = false;
  // A browser may keep settings when a page is loaded again.
  show();
}
