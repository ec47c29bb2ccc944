// A frame changed by a delta: the rules of indicators/frame.py, in the browser.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const SECTIONS = new Set(["feeds", "city", "units", "fields", "attention"]);

  class WrongBase extends Error {}

  function without(frame, gone) {
    const left = { ...frame };
    for (const key of gone.frame ?? []) delete left[key];
    for (const [section, keys] of Object.entries(gone)) {
      if (section === "frame" || !(section in left)) continue;
      left[section] = { ...left[section] };
      for (const key of keys) delete left[section][key];
    }
    return left;
  }

  function cells(old, changed) {
    return Object.fromEntries(Object.entries({ ...old, ...changed }).filter(([, cell]) => cell !== null));
  }

  function listed(old, part) {
    if (Array.isArray(part)) return part;
    const entries = new Map((old ?? []).map((entry) => [entry.unit, entry]));
    for (const [unit, entry] of Object.entries(part.entries)) entries.set(unit, entry);
    return (part.order ?? [...entries.keys()]).map((unit) => entries.get(unit));
  }

  function section(name, old, part) {
    const changed = { ...old };
    for (const [key, value] of Object.entries(part)) {
      if (name === "units") changed[key] = { ...old[key], ...value };
      else if (name === "fields") changed[key] = cells(old[key], value);
      else if (name === "attention") changed[key] = listed(old[key], value);
      else changed[key] = value;
    }
    return changed;
  }

  // Return a new frame; neither argument is written to. Throws WrongBase for a delta of another frame.
  function apply(frame, delta) {
    if (delta.base !== frame.version) throw new WrongBase(`${delta.base} is not ${frame.version}`);
    const changed = without(frame, delta.gone ?? {});
    for (const [key, part] of Object.entries(delta)) {
      if (key === "base" || key === "gone") continue;
      changed[key] = SECTIONS.has(key) ? section(key, changed[key] ?? {}, part) : part;
    }
    return changed;
  }

  Object.assign(board, { apply, WrongBase });
})();
