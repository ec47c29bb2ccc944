// Notes that leaders pin to unit, indicator and day: a list at the side, and a mark on every line of that series.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const FRESH_MS = 60_000;
  let notes = [];
  let readAt = 0;
  let reading = null;
  let view = null;

  async function read(force) {
    if (reading || (!force && Date.now() - readAt < FRESH_MS)) return;
    reading = fetch("/api/v1/notes", { headers: { accept: "application/json" } });
    try {
      const answer = await reading;
      if (answer.ok) {
        notes = await answer.json();
        readAt = Date.now();
      }
    } catch {
      readAt = Date.now(); // away: asked again in a minute
    }
    reading = null;
    paint();
    marks();
  }

  const of = (unit, indicators) => notes.filter((note) => (note.unit ?? "") === (unit ?? "") && (!indicators || indicators.includes(note.indicator)));

  // The days of a line that have a note: [{place 0..1, note}].
  function placed(days, unit, indicators) {
    const last = Math.max(1, (days?.length ?? 1) - 1);
    return of(unit, indicators)
      .map((note) => ({ note, place: (days ?? []).indexOf(note.day) / last }))
      .filter((one) => one.place >= 0);
  }

  // The notes of a unit (none = the city) and some indicators from one day through another, as they are told.
  const notesWithin = (unit, indicators, first, last) => of(unit, indicators).filter((note) => note.day >= first && note.day <= last).map(written);

  // Every note that is marked in a part of the page: what goes below its picture.
  function notesFor(node) {
    const marked = [...node.querySelectorAll(".note-marks [role=note]")].map((mark) => mark.getAttribute("aria-label"));
    const told = [...node.querySelectorAll("[data-notes]")].flatMap((cell) => cell.dataset.notes.split("\n"));
    return [...new Set([...marked, ...told])];
  }

  const written = (note) => `✎ ${board.day(note.day)} · ${note.words} (${note.author})`;

  // Put the marks of a line's notes over it; `days` are the line's.
  function markLine(node, days, unit, indicators) {
    const found = placed(days, unit, indicators);
    const old = node.querySelector(".note-marks");
    if (!found.length) {
      old?.remove();
      return;
    }
    const layer = old ?? board.make("div", { class: "note-marks" });
    board.keyed(layer, found, (one) => one.note.id, () => board.make("span", { tabindex: "0", role: "note" }), (mark, one) => {
      mark.style.left = `${(100 * one.place).toFixed(2)}%`;
      board.set(mark, { "data-tip": written(one.note), "aria-label": written(one.note) });
    });
    if (!old) node.append(layer);
  }

  function unitOf(state, registry) {
    return registry?.units.find((one) => one.key === state?.unit) ?? null;
  }

  function show(frame, state, registry, words) {
    if (!words || !registry) return window.dash_clientside.no_update;
    board.speak(words, registry.profile.timezone);
    view = { state, registry, unit: unitOf(state, registry), of: frame?.as_of };
    read(false);
    paint();
    return "";
  }

  function paint() {
    const button = document.getElementById("notes");
    if (!button || !view) return;
    const found = of(view.unit?.key);
    button.title = board.say("notes.title");
    button.setAttribute("aria-label", board.say("notes.open", { n: found.length }));
    button.textContent = found.length ? `✎ ${found.length}` : "✎";
    if (!button.dataset.wired) {
      button.dataset.wired = "yes";
      button.addEventListener("click", toggle);
    }
    const panel = document.querySelector(".notes-panel");
    if (panel) fill(panel);
  }

  // The lines that are on the screen ask for their marks again when notes have come.
  const lines = new Map();
  function marks() {
    for (const [node, draw] of lines) {
      if (node.isConnected) draw();
      else lines.delete(node);
    }
  }

  // Mark the notes of a line now, and whenever notes come.
  function noteLine(node, days, unit, indicators) {
    lines.set(node, () => markLine(node, days, unit, indicators));
    markLine(node, days, unit, indicators);
  }

  function toggle() {
    const open = document.querySelector(".notes-panel");
    if (open) {
      close();
      return;
    }
    read(true);
    const panel = board.make("aside", { class: "notes-panel card", role: "dialog", "aria-label": board.say("notes.title") });
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    document.body.append(panel);
    fill(panel);
    panel.querySelector("button").focus();
  }

  function close() {
    document.querySelector(".notes-panel")?.remove();
    document.getElementById("notes")?.focus();
  }

  function unitName() {
    return view.unit ? board.unitName(view.unit) : board.say("notes.city");
  }

  function fill(panel) {
    if (!panel.firstElementChild) {
      const head = board.make("div", { class: "panel-head" }, board.make("h2"), board.make("button", { class: "button", type: "button" }, "✕"));
      panel.append(head, board.make("ul"), board.make("p", { class: "note" }), board.make("div"));
      head.lastElementChild.addEventListener("click", close);
    }
    const [head, list, none, form] = panel.children;
    const found = of(view.unit?.key);
    head.firstElementChild.textContent = board.say("notes.other", { unit: unitName() });
    head.lastElementChild.setAttribute("aria-label", board.say("notes.close"));
    board.keyed(list, found, (note) => note.id, item, (node, note) => tell(node, note));
    none.textContent = found.length ? "" : board.say("notes.none", { unit: unitName() });
    if (!form.firstElementChild) form.append(board.me().may_pin ? pinForm() : signIn());
  }

  function item() {
    return board.make("li", {}, board.make("b"), board.make("p"), board.make("small"), board.make("button", { class: "button", type: "button" }, "✕"));
  }

  function tell(node, note) {
    const [head, words, by, remove] = node.children;
    head.textContent = `${board.day(note.day)} · ${board.say(`indicator.${note.indicator}`)}`;
    words.textContent = note.words;
    by.textContent = board.say("notes.by", { author: note.author, at: board.clock(note.pinned_at, false) });
    const mine = board.me().name === note.author || board.me().role === "leader";
    remove.hidden = !mine;
    remove.setAttribute("aria-label", board.say("notes.remove"));
    remove.onclick = () => send(`/api/v1/notes/${note.id}`, "DELETE");
  }

  function signIn() {
    const back = encodeURIComponent(location.pathname + location.search);
    return board.make("a", { href: `/dang-nhap?next=${back}` }, board.say("notes.sign_in"));
  }

  const INDICATORS = [
    "dossiers_open", "dossiers_late", "dossiers_due_24h", "on_time_rate_30d", "accepted_late_rate_30d", "online_rate_30d",
    "same_day_rate_30d", "tickets_open", "tickets_late", "satisfaction_low_30d", "letters_overdue",
  ];

  function field(label, input) {
    return board.make("label", { class: "field" }, board.make("span", {}, label), input);
  }

  function pinForm() {
    const indicator = board.make("select", { name: "indicator" }, ...INDICATORS.map((name) => board.make("option", { value: name }, board.say(`indicator.${name}`))));
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: view.registry.profile.timezone }).format(board.now());
    const day = board.make("input", { type: "date", name: "day", value: today, max: today, required: "" });
    const words = board.make("textarea", { name: "words", maxlength: 500, rows: 3, required: "" });
    const said = board.make("p", { class: "note", role: "status" });
    const form = board.make("form", {}, field(board.say("notes.indicator"), indicator), field(board.say("notes.day"), day),
      field(board.say("notes.words"), words), board.make("button", { class: "button primary", type: "submit" }, board.say("notes.pin")), said);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const note = { unit: view.unit?.key ?? null, indicator: indicator.value, day: day.value, words: words.value };
      const failed = await send("/api/v1/notes", "POST", note);
      said.textContent = failed ? board.say("notes.failed", { reason: failed }) : board.say("notes.sent");
      if (!failed) words.value = "";
    });
    return form;
  }

  // Send a change; return why it failed, or nothing.
  async function send(path, method, body) {
    try {
      const answer = await fetch(path, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
      if (!answer.ok) return (await answer.json()).detail ?? String(answer.status);
    } catch (error) {
      return String(error.message ?? error);
    }
    await read(true);
    return "";
  }

  Object.assign(board, { notes: show, notesOf: of, notesWithin, notesFor, noteLine });
})();
