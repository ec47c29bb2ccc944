// The case list: the dossiers behind a number, read from the API a page at a time.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const PATH = "/ho-so";
  const LIMIT = 100;
  const STATES = { late: "late", finished: "finished_late", accepted: "accepted_late", open: "open" };
  const PASSED = ["unit", "geo", "field", "proc", "holder", "week", "age", "win", "sort"];
  const COLUMNS = ["code", "procedure", "unit", "holder", "accepted", "due", "days_late", "status"];
  let list = { asked: null, rows: [], total: null, after: null, asOf: null, error: "", reading: false };
  let view = null;

  function address(state, held) {
    const asked = new URLSearchParams({ state: STATES[held.mode] ?? "late", limit: LIMIT });
    for (const key of PASSED) {
      const value = held[key] || state[key];
      if (value) asked.set(key, value);
    }
    return asked.toString();
  }

  const named = (row) => (board.language() === "en" ? row.name_en || row.name_vi : row.name_vi || row.name_en);

  // Read one page; an answer to a question that is no longer asked is dropped.
  async function read(asked, after) {
    list = { ...list, reading: true, error: "" };
    const current = () => list.asked === asked;
    try {
      const answer = await fetch(`/api/v1/dossiers?${asked}${after ? `&after=${encodeURIComponent(after)}` : ""}`, { headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (!current()) return;
      if (answer.ok) list = { ...list, rows: [...(after ? list.rows : []), ...said.rows], total: after ? list.total : said.total, after: said.after, asOf: said.as_of, mode: said.mode, reading: false };
      else list = { ...list, reading: false, error: answer.status === 401 || answer.status === 403 ? "refused" : "broken" };
    } catch {
      if (current()) list = { ...list, reading: false, error: "broken" };
    }
    paint();
  }

  function chip(label, changes) {
    const node = board.make("button", { type: "button", class: "button chip", "aria-label": board.say("cases.without", { filter: label }) }, `${label} `);
    node.append(board.make("span", { "aria-hidden": "true" }, "✕"));
    node.onclick = () => board.state.choose(changes);
    return node;
  }

  // What is chosen beside the bar: the procedure, the holder, the week, the age.
  function chips(node) {
    const { state } = view;
    const first = list.rows[0];
    const holder = () => [first?.agency, first?.department].filter(Boolean).join(" · ");
    const said = [];
    if (state.proc) said.push(chip(first ? named(first) : state.proc, { proc: "" }));
    if (state.holder) said.push(chip(board.say("cases.held_by", { holder: view.held.mode === "late" && holder() ? holder() : state.holder }), { holder: "" }));
    if (state.week) said.push(chip(board.say("cases.week", { day: board.day(`${state.week}T05:00:00Z`) }), { week: "" }));
    if (state.age && view.held.mode === "late") said.push(chip(board.say("cases.age", { days: board.say(`lateness.age_${state.age.replace(">", "over_").replace("-", "_")}`) }), { age: "" }));
    node.replaceChildren(...said);
  }

  function frameOf(node) {
    if (node.firstElementChild) return;
    const head = board.make("div", { class: "cases-head" }, board.make("p", { class: "cases-total", role: "status" }), board.make("div", { class: "chips" }));
    const again = board.make("button", { type: "button", class: "button" });
    again.onclick = () => start(list.asked);
    head.append(again);
    const table = board.make("table", {}, board.make("thead", {}, board.make("tr")), board.make("tbody"));
    const more = board.make("button", { type: "button", class: "button more" });
    more.onclick = () => list.after && !list.reading && read(list.asked, list.after);
    node.append(head, board.make("div", { class: "cases-scroll" }, table), board.make("p", { class: "calm" }), more);
    new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && list.after && !list.reading && read(list.asked, list.after)).observe(more);
  }

  const time = (at) => (at ? board.dateTime(at) : "–");
  const statusOf = (row) => (row.status ? board.say(`cases.status_${row.status}`) : "–");

  function cells(row) {
    const unit = view.byKey[row.unit];
    const holder = [row.agency, row.department].filter(Boolean).join(" · ");
    return {
      procedure: named(row), unit: unit ? board.shortName(unit) : board.say("map.unassigned"),
      holder: holder ? (row.is_sent ? board.say("lateness.sent", { holder }) : holder) : "–",
      accepted: time(row.accepted_at), due: time(view.held.mode === "accepted" ? row.accept_by : row.due_at),
      days_late: row.days_late === null ? "–" : board.number(row.days_late), status: statusOf(row),
    };
  }

  function create() {
    const row = board.make("tr", {}, ...COLUMNS.map((name) => board.make(name === "code" ? "th" : "td", { class: `case-${name}`, ...(name === "code" ? { scope: "row" } : {}) })));
    row.firstElementChild.append(board.make("a", { "data-visit": "" }));
    return row;
  }

  function update(node, row) {
    const link = node.firstElementChild.firstElementChild;
    const { lang, theme } = view.state;
    board.put(link, row.code);
    board.set(link, { href: `/ho-so/${encodeURIComponent(row.code)}${board.state.search({ lang, theme })}` });
    const said = cells(row);
    COLUMNS.slice(1).forEach((name, i) => {
      const cell = node.children[i + 1];
      board.put(cell, said[name]);
      board.set(cell, { "data-none": said[name] === "–" ? "" : null, "data-label": board.say(`cases.${name === "due" && view.held.mode === "accepted" ? "accept_by" : name}`) });
    });
  }

  function paint() {
    const node = document.getElementById("cases");
    if (!node || !view) return;
    frameOf(node);
    const [head, scroll, calm, more] = node.children;
    const total = list.total === null || list.error ? "" : board.say("cases.total", { n: board.number(list.total), shown: board.number(list.rows.length), time: board.clock(list.asOf) });
    board.put(head.children[0], list.reading && list.total === null ? board.say("lateness.reading") : total);
    board.put(head.children[2], board.say("cases.again"));
    head.children[2].hidden = list.total === null && !list.error;
    chips(head.children[1]);
    const [top, body] = scroll.firstElementChild.children;
    board.keyed(top.firstElementChild, COLUMNS, (name) => name, () => board.make("th", { scope: "col" }), (cell, name) => {
      board.put(cell, board.say(`cases.${name === "due" && view.held.mode === "accepted" ? "accept_by" : name}`));
      board.set(cell, { class: `case-${name}` });
    });
    board.keyed(body, list.error ? [] : list.rows, (row) => row.code, create, update);
    scroll.hidden = !body.children.length;
    board.put(calm, list.error ? board.say(`cases.${list.error}`) : list.total === 0 ? board.say("cases.none") : "");
    board.put(more, board.say(list.reading ? "lateness.reading" : "cases.more"));
    more.hidden = !list.after || Boolean(list.error);
  }

  function start(asked) {
    list = { asked, rows: [], total: null, after: null, asOf: null, error: "", reading: true };
    paint();
    read(asked, null);
  }

  function cases(frame, state, registry, words, link) {
    const node = document.getElementById("cases");
    const seen = board.look(frame, state, registry, words, link, null);
    if (!node || !seen || location.pathname !== PATH) return window.dash_clientside.no_update; // on the way to another page
    view = { ...seen, held: board.chosen(seen.state) };
    const asked = address(seen.state, view.held);
    const isNew = !node.firstElementChild;
    if (asked !== list.asked) start(asked);
    else if (isNew || node.dataset.words !== board.language()) paint();
    node.dataset.words = board.language();
    return frame.version;
  }

  Object.assign(board, { cases });
})();
