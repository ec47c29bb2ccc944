// The filter bar: it shows what the address says, and writes there what is chosen. Which choices a page has stands in
// its data-choices (layouts/filters.py).
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const DAY_MS = 86_400_000;
  const SHOWN_UNITS = 200;

  const DAYS = /^\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d$/;
  const noon = (day) => Date.parse(`${day}T05:00:00Z`);
  const iso = (at) => at.toISOString().slice(0, 10);

  // The first and last day of a window (so many days until the frame's, or two days), as noon of each in UTC.
  function windowOf(frame, win) {
    const today = noon(frame.as_of.slice(0, 10));
    const [low, high] = DAYS.test(win) ? win.split("_").map(noon).sort((one, other) => one - other) : [today - (Number(win) - 1) * DAY_MS, today];
    const last = Math.min(high, today);
    const first = Math.min(low, last);
    return { first: new Date(first), last: new Date(last), days: Math.round((last - first) / DAY_MS) + 1 };
  }

  // What holds for a choice: what the address says when that is an option, else what holds without one.
  function held(choice, state) {
    const asked = state?.[choice.key] ?? "";
    const known = !choice.options.length || choice.options.includes(asked) || (choice.takes_days && DAYS.test(asked) && !Number.isNaN(noon(asked.slice(0, 10))) && !Number.isNaN(noon(asked.slice(11))));
    return known ? asked || choice.default : choice.default;
  }

  // What a page offers; the map opens on what the frame has.
  function choicesOf(node, frame) {
    const choices = JSON.parse(node?.dataset.choices ?? "[]");
    return frame ? choices.map((choice) => (choice.key === "ind" ? { ...choice, default: board.preset(frame) } : choice)) : choices;
  }

  const optionName = (choice, option) => board.say(choice.words ? `${choice.words}.${option}` : `filters.${choice.key}_${option}`);

  // What holds for each choice of the page that has a bar.
  function chosen(state) {
    return Object.fromEntries(choicesOf(document.getElementById("filters")).map((choice) => [choice.key, held(choice, state)]));
  }

  function write(choice, value, more) {
    board.state.choose({ ...more, [choice.key]: value === choice.default ? "" : value });
  }

  function group(choice) {
    const node = board.make("div", { class: `filter filter-${choice.key}` });
    const name = board.make("span", { class: "filter-name" }, board.say(`filters.${choice.key}`));
    if (choice.key === "win") name.append(" ", board.make("span", { class: "dates", "data-part": "dates" }));
    node.append(name);
    return node;
  }

  function buttons(choice) {
    const node = board.set(group(choice), { role: "group", "aria-label": board.say(`filters.${choice.key}`) });
    const all = board.make("div", { class: "segments" });
    for (const option of choice.options) {
      const button = board.make("button", { type: "button", class: "segment", "data-value": option }, optionName(choice, option));
      button.onclick = () => write(choice, option);
      all.append(button);
    }
    node.append(all);
    if (choice.takes_days) all.append(daysButton(choice, node));
    return node;
  }

  // Two days instead of so many until today: the button opens them with the window that holds.
  function daysButton(choice, node) {
    const button = board.make("button", { type: "button", class: "segment", "data-value": "days", title: board.say("filters.win_days"), "aria-label": board.say("filters.win_days") }, "…");
    const inputs = ["first", "last"].map((name) => board.make("input", { type: "date", name, required: "", "aria-label": board.say(`filters.win_${name}`) }));
    const pair = board.make("span", { class: "days", hidden: "" }, inputs[0], " – ", inputs[1]);
    button.onclick = () => write(choice, `${node.dataset.first}_${node.dataset.last}`);
    for (const input of inputs) input.onchange = () => inputs.every((one) => one.value) && write(choice, inputs.map((one) => one.value).sort().join("_"));
    node.append(pair);
    return button;
  }

  // Show the days of the window that holds, for reading and for choosing others.
  function showDays(node, choice, view, span) {
    const pair = node.querySelector(".days");
    if (!pair) return;
    Object.assign(node.dataset, { first: iso(span.first), last: iso(span.last) });
    const own = DAYS.test(held(choice, view.state));
    pair.hidden = !own;
    board.set(node.querySelector('[data-value="days"]'), { "aria-pressed": String(own) });
    for (const input of pair.querySelectorAll("input")) {
      input.max = view.frame.as_of.slice(0, 10);
      if (document.activeElement !== input) input.value = node.dataset[input.name];
    }
  }

  function list(choice, options) {
    const node = group(choice);
    const select = board.make("select", { "aria-label": board.say(`filters.${choice.key}`) });
    for (const { value, label } of options) select.append(board.make("option", { value }, label));
    select.onchange = () => write(choice, select.value, choice.key === "geo" ? { unit: "" } : {});
    node.append(select);
    return node;
  }

  const named = (row) => (board.language() === "en" ? row.name_en || row.name_vi : row.name_vi || row.name_en);

  function optionsOf(choice, view) {
    if (choice.kind === "geographies") return view.geographies.map((one) => ({ value: one.default ? "" : String(one.id), label: named(one) }));
    if (choice.kind === "fields") {
      const fields = Object.values(view.fields).map((one) => ({ value: one.code, label: named(one) }));
      return [{ value: "", label: board.say("filters.field_all") }, ...fields.sort((one, other) => board.compare(one.label, other.label))];
    }
    return choice.options.map((value) => ({ value, label: optionName(choice, value) }));
  }

  // A search box over the units of the geography; letters without their marks find them too.
  function units(choice, view) {
    const node = group(choice);
    const input = board.make("input", {
      type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "false", "aria-controls": "filter-units",
      "aria-autocomplete": "list", "aria-label": board.say("filters.unit_search"), placeholder: board.say("filters.unit_search"),
    });
    const clear = board.make("button", { type: "button", class: "clear", "aria-label": board.say("filters.unit_clear") }, "✕");
    const menu = board.make("ul", { id: "filter-units", role: "listbox", class: "filter-menu", "aria-label": board.say("filters.unit") });
    menu.hidden = true;
    const known = view.units.map((unit) => ({ key: unit.key, name: board.unitName(unit), folded: board.fold(`${board.unitName(unit)} ${unit.code}`) }));
    let active = -1;

    function found() {
      const asked = board.fold(input.value);
      return known.filter((unit) => unit.folded.includes(asked)).slice(0, SHOWN_UNITS);
    }

    function show(open) {
      menu.hidden = !open;
      board.set(input, { "aria-expanded": String(open), "aria-activedescendant": null });
      active = -1;
      if (!open) return;
      const rows = found().map((unit) => board.make("li", { role: "option", id: `filter-unit-${unit.key}`, "data-value": unit.key, "aria-selected": "false" }, unit.name));
      menu.replaceChildren(...(rows.length ? rows : [board.make("li", { class: "none" }, board.say("filters.unit_none"))]));
    }

    function point(step) {
      const rows = [...menu.querySelectorAll("[data-value]")];
      if (!rows.length) return;
      active = (active + step + rows.length) % rows.length;
      rows.forEach((row, i) => board.set(row, { "aria-selected": String(i === active) }));
      board.set(input, { "aria-activedescendant": rows[active].id });
      rows[active].scrollIntoView({ block: "nearest" });
    }

    function take(key) {
      show(false);
      write(choice, key);
    }

    input.oninput = () => show(true);
    input.onfocus = () => input.select();
    input.onclick = () => show(true);
    input.onblur = () => setTimeout(() => (show(false), (input.value = input.dataset.name ?? "")), 150);
    input.onkeydown = (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (menu.hidden) show(true);
        point(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter") {
        const rows = [...menu.querySelectorAll("[data-value]")];
        const row = rows[Math.max(0, active)];
        if (!menu.hidden && row) take(row.dataset.value);
      } else if (event.key === "Escape") show(false);
    };
    menu.onpointerdown = (event) => {
      event.preventDefault();
      const key = event.target.closest("[data-value]")?.dataset.value;
      if (key) take(key);
    };
    clear.onclick = () => write(choice, "");
    node.append(board.make("div", { class: "combo" }, input, clear, menu));
    return node;
  }

  function make(choice, view) {
    if (choice.kind === "buttons") return buttons(choice);
    return choice.kind === "units" ? units(choice, view) : list(choice, optionsOf(choice, view));
  }

  function fold() {
    const button = board.make("button", { type: "button", class: "filters-fold", "aria-expanded": "false" });
    button.onclick = () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      board.set(button, { "aria-expanded": String(open) });
      button.parentElement.toggleAttribute("data-open", open);
    };
    return button;
  }

  function reset(choices) {
    const button = board.make("button", { type: "button", class: "button reset" }, board.say("filters.reset"));
    button.onclick = () => board.state.choose(Object.fromEntries(choices.map((choice) => [choice.key, ""])));
    return button;
  }

  const isBare = (node) => !node.classList.contains("filters");

  function build(node, choices, view) {
    const parts = choices.map((choice) => make(choice, view));
    node.replaceChildren(...(isBare(node) ? parts : [fold(), ...parts, reset(choices)]));
  }

  function update(part, choice, view) {
    const value = choice.key === "geo" ? (view.geography.default ? "" : String(view.geography.id)) : held(choice, view.state);
    for (const button of part.querySelectorAll(".segment")) board.set(button, { "aria-pressed": String(button.dataset.value === value) });
    const select = part.querySelector("select");
    if (select && document.activeElement !== select) select.value = value;
    else if (select && select.value !== value) select.value = value;
    const input = part.querySelector("input[role=combobox]");
    if (!input) return;
    const unit = view.unit && view.units.includes(view.unit) ? board.unitName(view.unit) : "";
    input.dataset.name = unit;
    if (document.activeElement !== input) input.value = unit;
    part.querySelector(".clear").hidden = !unit;
  }

  // What is chosen beside what holds anyway, in one line: what a phone shows of the closed bar.
  function summary(choices, view) {
    const said = choices.filter((choice) => view.state[choice.key] || choice.key === "win").map((choice) => {
      if (choice.kind === "units") return view.unit ? board.shortName(view.unit) : "";
      if (choice.kind === "geographies") return named(view.geography);
      if (choice.kind === "fields") return view.fields[view.state.field] ? named(view.fields[view.state.field]) : "";
      if (choice.takes_days && DAYS.test(held(choice, view.state))) {
        const { first, last } = windowOf(view.frame, held(choice, view.state));
        return board.say("filters.dates", { from: board.day(first), to: board.day(last) });
      }
      return optionName(choice, held(choice, view.state));
    });
    return board.say("filters.shown", { chosen: said.filter(Boolean).join(" · ") || board.say("filters.everything") });
  }

  let built = { node: null, key: "", registry: null };

  function filters(frame, state, registry, words) {
    const node = document.getElementById("filters");
    const view = board.look(frame, state, registry, words, null, null);
    if (!node || !view) return window.dash_clientside.no_update;
    const choices = choicesOf(node, frame);
    const key = [view.geography?.id, board.language(), board.preset(frame)].join("|");
    if (built.node !== node || built.key !== key || built.registry !== registry) {
      build(node, choices, { ...view, geographies: registry.geographies });
      built = { node, key, registry };
    }
    for (const choice of choices) update(node.querySelector(`.filter-${choice.key}`), choice, view);
    if (isBare(node)) return frame.version;
    board.put(node.firstElementChild, summary(choices, view));
    const win = choices.find((choice) => choice.key === "win");
    const dates = node.querySelector('[data-part="dates"]');
    if (dates) {
      const span = windowOf(frame, held(win, view.state));
      board.put(dates, board.say("filters.dates", { from: board.day(span.first), to: board.day(span.last) }));
      showDays(dates.closest(".filter"), win, view, span);
    }
    node.lastElementChild.hidden = !choices.some((choice) => view.state[choice.key]);
    return frame.version;
  }

  Object.assign(board, { filters, chosen, windowOf });
})();
