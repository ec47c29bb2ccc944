// Who made it late: the parts of each stop by field, and what moved appointments and stopped clocks hide, by unit.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const STOPS = 16;
  const FIELDS = 12;
  const PLACE = { days: 0, dossiers: 2, alone: 3 }; // of a cell [late_s, dossiers, most, alone]
  const COLUMNS = ["ended", "late", "late_first", "late_fair", "moved", "unexplained", "asked_twice"];

  const painter = (id, paint) => board.asking(id, (node, view, note) => paint(node, { ...view, mode: view.held.mode || "days" }, note));

  const days = (view, seconds) => board.number(seconds / view.data.day_s, seconds / view.data.day_s < 99.5 ? 1 : 0);

  // What a holder is called: "@commune" stands for the units of that level.
  function holderName(names, missing) {
    if (!names || names[0] === "@none") return board.say(missing);
    const [agency, department] = names;
    const known = agency.startsWith("@") ? board.say(`lateness.holder_${agency.slice(1)}`) : agency;
    const who = known.startsWith("lateness.") ? board.say("lateness.holder_other") : known;
    return [who, department].filter(Boolean).join(" · ") || board.say("lateness.holder_other");
  }

  function stopName(view, stop) {
    const { holders } = view.data;
    if (!stop.is_sent) return holderName(holders[stop.holder], "attribution.no_steps");
    const sender = stop.holder ? holderName(holders[stop.holder], "attribution.intake") : board.say("attribution.intake");
    const receiver = stop.to ? holderName(holders[stop.to], "attribution.nobody") : board.say("attribution.nobody");
    return board.say("attribution.handover", { sender, receiver });
  }

  const add = (cells) => cells.reduce((sum, cell) => sum.map((value, i) => value + (cell?.[i] ?? 0)), [0, 0, 0, 0]);

  function sums(view) {
    const stops = view.data?.stops ?? [];
    const total = stops.reduce((sum, stop) => sum + stop.most, 0);
    const none = stops.filter((stop) => stop.key === "0").reduce((sum, stop) => sum + stop.most, 0);
    return { total, none };
  }

  const blameSums = painter("blame-sums", (node, view) => {
    const { total, none } = sums(view);
    const tiles = {
      late: { value: board.number(total), detail: board.say("attribution.late_detail", { days: board.number(board.windowOf(view.frame, view.held.win).days) }) },
      attributed: { value: total ? board.percent((total - none) / total) : board.say("format.missing"), detail: board.say("attribution.attributed_detail", { n: board.number(total - none) }) },
      none: { value: board.number(none), detail: board.say("attribution.no_steps_detail"), status: none > 0 ? "unknown" : null },
    };
    board.paintSums(node, view.data ? tiles : {}, `${view.held.win}|${view.state.unit}`);
  });

  function stopRows(view) {
    const place = PLACE[view.mode];
    const weight = (stop) => [stop.late_s, 0, stop.most, stop.alone][place];
    const stops = view.data.stops.filter((stop) => stop.key !== "0").sort((one, other) => weight(other) - weight(one));
    const named = stops.slice(0, stops.length > STOPS ? STOPS - 1 : STOPS).map((stop) => ({ key: stop.key, stops: [stop], name: stopName(view, stop), title: stopName(view, stop) }));
    const rest = stops.slice(named.length);
    const none = view.data.stops.filter((stop) => stop.key === "0");
    return [
      ...named,
      ...(rest.length ? [{ key: "rest", stops: rest, name: board.say("attribution.rest", { n: board.number(rest.length) }) }] : []),
      ...none.map((stop) => ({ key: "0", stops: [stop], name: board.say("attribution.no_steps"), kind: "unsplit" })),
    ];
  }

  // The case list behind a cell: what ended late in the window, by the stop that made most of it late.
  function href(view, row, code) {
    if (row.stops.length !== 1) return null;
    const { lang, theme, win, unit, geo } = view.state;
    const stop = row.stops[0];
    return "/ho-so" + board.state.search({ lang, theme, win, unit, geo, mode: "finished", field: code === "all" ? view.state.field : code, holder: `${stop.holder}${stop.is_sent ? "s" : ""}` });
  }

  const blameStops = painter("blame-stops", (node, view, note) => {
    if (!view.data) return;
    const rows = stopRows(view);
    const codes = [...new Set(view.data.stops.flatMap((stop) => Object.keys(stop.fields)))];
    let others = [];
    const cellsOf = (stop, code) => (code === "all" ? Object.values(stop.fields) : code === "rest" ? others.map((one) => stop.fields[one]) : [stop.fields[code]]);
    const of = (row, code) => add(row.stops.flatMap((stop) => cellsOf(stop, code)));
    const whole = (code) => rows.reduce((sum, row) => sum + of(row, code)[PLACE[view.mode]], 0);
    codes.sort((one, other) => whole(other) - whole(one));
    const few = codes.length > FIELDS ? codes.slice(0, FIELDS - 1) : codes;
    others = codes.slice(few.length);
    const columns = [
      { key: "all", name: board.say("attribution.all_fields"), kind: "chosen" },
      ...few.map((code) => ({ key: code, name: board.fieldName(view, code), tip: board.fieldName(view, code) })),
      ...(others.length ? [{ key: "rest", name: board.say("heatmap.rest"), tip: others.map((code) => board.fieldName(view, code)).join("\n") }] : []),
    ];
    const deepest = Math.max(1, ...rows.filter((row) => row.key !== "0").flatMap((row) => codes.map((code) => of(row, code)[PLACE[view.mode]])));
    const waiting = view.data.waiting ? ` · ${board.say("attribution.waiting", { n: board.number(view.data.waiting) })}` : "";
    board.put(note, `${board.say(`attribution.note_${view.mode}`)} · ${board.say("attribution.as_of", { time: board.clock(view.data.as_of) })}${waiting}`);
    board.paintMatrix(node, {
      label: board.say("attribution.stops"), corner: board.say("attribution.stop"), none: board.say("attribution.none"), columns, rows,
      question: ["stops", view.silent, view.mode, board.state.search(view.state)].join("|"),
      cell: (row, column) => {
        const cell = of(row, column.key);
        const [late, dossiers, most, alone] = cell;
        const value = cell[PLACE[view.mode]];
        const field = column.name;
        const tip = () => board.say("attribution.tip", { stop: row.name, field, days: days(view, late), dossiers: board.number(dossiers), most: board.number(most), alone: board.number(alone) });
        const text = !dossiers && !most ? "" : view.mode === "days" ? days(view, late) : board.number(value);
        const kind = !dossiers && !most ? "hatched" : view.silent || row.key === "0" ? "grey" : null;
        return { text, fact: cell.join("/"), tip, kind, depth: kind || column.key === "all" ? null : Math.min(1, value / deepest), href: most && column.key !== "rest" ? () => href(view, row, column.key) : null };
      },
    });
  });

  // A table of units: {columns, rows: [{key, name, cells: {column: {text, tip, kind}}}]}; on a phone each row is a card.
  function paintLedger(node, ledger) {
    if (!node.firstElementChild) node.append(board.make("div", { class: "ledger-scroll", tabindex: "0", role: "region" }, board.make("table", {}, board.make("thead", {}, board.make("tr")), board.make("tbody"))), board.make("p", { class: "calm" }));
    const [scroll, calm] = node.children;
    board.set(scroll, { "aria-label": ledger.label });
    scroll.hidden = !ledger.rows.length;
    board.put(calm, ledger.rows.length ? "" : ledger.none);
    const [top, body] = scroll.firstElementChild.children;
    board.keyed(top.firstElementChild, [{ key: "", name: ledger.corner }, ...ledger.columns], (column) => column.key, () => board.make("th", { scope: "col" }), (cell, column) => {
      board.set(cell, { class: column.kind ?? null });
      board.put(cell, column.name);
    });
    board.keyed(body, ledger.rows, (row) => row.key, () => board.make("tr", {}, board.make("th", { scope: "row" }), ...ledger.columns.map(() => board.make("td", {}, board.make("span")))), (line, row) => {
      const [head, ...cells] = line.children;
      board.set(line, { class: row.kind || null });
      head.replaceChildren(...(row.mark ? [board.mark(row.mark), " "] : []), row.href ? board.make("a", { href: row.href, "data-visit": "" }, row.name) : row.name, ...(row.note ? [board.make("small", {}, row.note)] : []));
      ledger.columns.forEach((column, i) => {
        const said = row.cells[column.key] ?? { text: "" };
        const span = cells[i].firstElementChild;
        if (said.href) span.replaceChildren(board.make("a", { href: said.href, class: "button", ...(said.visit ? { "data-visit": "" } : { download: "" }), "aria-label": said.label ?? said.text }, said.text));
        else board.put(span, said.text, `${row.key}|${column.key}`);
        board.set(cells[i], { "data-label": column.name, "data-tip": said.tip ?? null, class: said.kind ?? null });
      });
    });
  }

  const share = (part, of) => (of ? board.percent(part / of) : board.say("format.missing"));

  function ledgerRow(view, key, row, name) {
    const cells = { ended: { text: board.number(row.ended) }, asked_twice: { text: board.number(row.asked_twice) }, unexplained: { text: board.number(row.unexplained), kind: row.is_named ? "worst" : null } };
    for (const part of ["late", "late_first", "late_fair"]) cells[part] = { text: share(row[part], row.ended), tip: `${board.number(row[part])} / ${board.number(row.ended)}`, kind: part !== "late" && row[part] > row.late ? "more" : null };
    cells.moved = { text: `${board.number(row.moved)} (${share(row.moved, row.ended)})` };
    return { key, name, cells, mark: row.is_named ? (view.silent ? "unknown" : "late") : null, note: row.is_named ? board.say("attribution.is_named") : "", kind: key === "city" ? "whole" : row.is_named ? "named" : null };
  }

  const blameLedger = painter("blame-ledger", (node, view, note) => {
    if (!view.data) return;
    const { units, city, peers } = view.data;
    const known = Object.entries(units).filter(([, row]) => row.ended);
    const named = known.filter(([, row]) => row.is_named);
    const nameOf = (key) => (view.byKey[key] ? board.shortName(view.byKey[key]) : board.say("map.unassigned"));
    const weight = ([, row]) => (row.is_named ? 1e6 : 0) + (row.ended ? row.unexplained / row.ended : 0);
    known.sort((one, other) => weight(other) - weight(one) || board.compare(nameOf(one[0]), nameOf(other[0])));
    const shown = view.state.unit && units[view.state.unit] ? known.filter(([key]) => key === view.state.unit) : known;
    const told = named.length ? board.say("attribution.named_note", { units: named.map(([key]) => nameOf(key)).join(", "), peers: board.say("attribution.peers", { rate: share(peers, 1) }) }) : board.say("attribution.none_named");
    note.classList.toggle("attention", named.length > 0);
    note.replaceChildren(...(named.length ? [board.mark(view.silent ? "unknown" : "late"), " "] : []), told);
    paintLedger(node, {
      label: board.say("attribution.ledger"), corner: board.say("attribution.unit"), none: board.say("attribution.none"),
      columns: COLUMNS.map((name) => ({ key: name, name: board.say(name === "late" ? "attribution.late_column" : `attribution.${name}`) })),
      rows: known.length ? [ledgerRow(view, "city", city, board.say("attribution.city")), ...shown.map(([key, row]) => ledgerRow(view, key, row, nameOf(key)))] : [],
    });
  });

  const blamePage = (...seen) => board.together([blameSums, blameStops, blameLedger], seen);

  Object.assign(board, { blamePage, paintLedger, holderName });
})();
