// The red-first list: which units need attention, and why, in the publisher's order.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});

  const missing = (value) => value === null || value === undefined;
  const count = (value) => (missing(value) ? "–" : board.number(value));

  function fieldName(view, code) {
    const field = view.fields[code];
    return field ? (board.language() === "en" ? field.name_en || field.name_vi : field.name_vi) : code;
  }

  const REASONS = {
    field_late: (view, item) =>
      board.say("attention.field_late", { field: fieldName(view, item.field), n: count(item.field_late) }),
    accepted_late(view, item) {
      const shown = board.measure(view.frame.units[item.unit], "accepted_late_rate_30d");
      return board.say("attention.accepted_late", { rate: board.written(shown) });
    },
    late_share: (view, item) => board.say("attention.late_share", { rate: missing(item.rate) ? "–" : board.percent(item.rate) }),
    rising: (view, item) => board.say("attention.rising", { n: count(item.change) }),
    no_data: () => board.say("attention.no_data"),
    feed_silent(view, item) {
      const feed = board.health(view, item.dataset ?? "dossiers");
      if (feed.state === "live") return board.say("attention.sender_silent");
      if (!feed.at) return board.say("attention.feed_silent");
      return board.say(`feed.is_${feed.state}`, { age: board.age((board.now() - Date.parse(feed.at)) / 1000) });
    },
    sender_slow: (view, item) => board.say("attention.sender_slow", { rate: missing(item.rate) ? "–" : board.percent(item.rate, 0) }),
    too_few: (view, item) => board.say("attention.too_few", { n: count(item.open) }),
    none: () => board.say("attention.not_listed"),
  };

  function rateText(item) {
    if (missing(item.rate)) return "–";
    const rate = board.percent(item.rate);
    if (missing(item.low) || missing(item.high)) return rate;
    const range = board.say("format.range", { low: board.number(100 * item.low, 1), high: board.number(100 * item.high, 1) });
    return `${rate} (${range})`;
  }

  // Where a reason leads: to the files behind it, or to the senders.
  const LEADS = {
    field_late: (item) => ["/ho-so", { field: item.field }],
    accepted_late: () => ["/tre-han?mode=accepted"],
    feed_silent: () => ["/nguon"],
    sender_slow: () => ["/nguon"],
  };

  function link(node, text, address, question) {
    if (!address) return board.put(node, text, question);
    if (node.firstElementChild?.tagName !== "A") node.replaceChildren(board.make("a", { "data-visit": "" }));
    board.set(node.firstElementChild, { href: address });
    return board.put(node.firstElementChild, text, question);
  }

  const CELLS = ["unit", "late", "change", "rate", "reason", "trend"];

  function create() {
    const row = board.make("div", { class: "row", role: "row", tabindex: "0" });
    for (const name of CELLS) row.append(board.make("div", { class: `cell ${name}`, role: "cell", "data-part": name }));
    board.part(row, "unit").append(board.make("i"), board.make("span"));
    return row;
  }

  function update(view) {
    return (row, item) => {
      const unit = view.byKey[item.unit];
      const status = board.health(view, item.dataset ?? "dossiers").state === "live" ? item.status : "unknown";
      const question = `${view.geography.id}|${board.language()}`;
      const [mark, name] = board.part(row, "unit").children;
      mark.className = `mark ${status}`;
      board.set(mark, { role: "img", "aria-label": board.say(`status.${status}`) });
      board.put(name, unit ? board.shortName(unit) : board.say("map.unassigned"));
      board.set(name, { title: unit ? board.unitName(unit) : null });
      const lead = (path, changes) => board.state.lead(path, { unit: item.unit, ...changes });
      link(board.part(row, "late"), count(item.late), unit && item.late ? lead("/ho-so") : null, question);
      board.put(board.part(row, "change"), missing(item.change) ? "" : board.signed(item.change), question);
      board.put(board.part(row, "rate"), rateText(item), question);
      const [path, changes] = unit ? LEADS[item.reason]?.(item) ?? ["/tre-han"] : [];
      link(board.part(row, "reason"), (REASONS[item.reason] ?? REASONS.none)(view, item), path ? lead(path, changes) : null);
      board.set(board.part(row, "reason"), { title: board.part(row, "reason").textContent });
      const trend = view.history?.units?.[item.unit]?.dossiers_late;
      const notes = { days: view.history?.days, unit: item.unit, names: ["dossiers_late"] };
      board.trend(board.part(row, "trend"), board.say("tile.dossiers_late"), trend ? [trend] : [], { ...notes, size: [100, 20] });
      for (const part of ["late", "change"]) board.set(board.part(row, part), { "data-label": board.say(`attention.${part}`) });
      board.set(row, { "data-status": status, "aria-selected": String(view.state.unit === item.unit) });
    };
  }

  // The chosen unit stands first, whether or not it needs attention.
  function itemsOf(view) {
    const all = view.frame.attention?.[view.geography?.id] ?? [];
    if (!view.unit) return all;
    const own = all.find((item) => item.unit === view.unit.key);
    return [own ?? quiet(view), ...all.filter((item) => item !== own)];
  }

  function quiet(view) {
    const values = view.frame.units[view.unit.key];
    const shown = board.measure(values, "late_share");
    const [low, high] = board.wilson(shown.n, shown.of) ?? [null, null];
    const status = board.judged(view, values, "late_share") ?? "unknown";
    return { unit: view.unit.key, status, late: values?.dossiers_late, open: values?.dossiers_open, rate: shown.value, low, high, reason: "none" };
  }

  function head() {
    const row = board.make("div", { class: "row head", role: "row" });
    for (const name of CELLS) row.append(board.make("div", { class: `cell ${name}`, role: "columnheader", "data-part": name }));
    return row;
  }

  function frameOf(node) {
    if (node.firstElementChild) return;
    board.set(node, { role: "table" });
    node.append(head(), board.make("div", { class: "rows", role: "rowgroup" }), board.make("p", { class: "calm" }));
  }

  function paintAttention(node, view) {
    frameOf(node);
    const [headRow, rows, calm] = node.children;
    for (const name of CELLS) board.put(board.part(headRow, name), board.say(`attention.${name}`));
    const items = itemsOf(view);
    board.keyed(rows, items, (item) => item.unit, create, update(view));
    headRow.hidden = !items.length;
    board.put(calm, items.length ? "" : board.say("attention.none"));
    const choose = (event) => {
      if (event.target.closest("a")) return;
      const key = event.target.closest(".row")?.dataset.key;
      if (key && view.byKey[key]) board.state.choose({ unit: view.state.unit === key ? "" : key });
    };
    rows.onclick = choose;
    rows.onkeydown = (event) => (event.key === "Enter" ? choose(event) : undefined);
  }

  Object.assign(board, { paintAttention, fieldName });
})();
