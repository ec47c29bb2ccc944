// The page of late dossiers: three matrices — unit × field, unit × week, who has the file × field.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const LEAST = 0.15; // a cell this late is painted in the deepest shade, unless another is later
  const HOLDERS = 14;
  const FIELDS = 12; // columns of the table of holders; the rest is summed up in the last
  const WEEK_MS = 7 * 86_400_000;

  const painter = board.latePainter;

  // All that is chosen; the window too, unless what is painted does not follow it.
  const askedOf = (view, part, hasWindow = true) => [part, view.silent, view.geography.id, view.held.show, view.mode, board.state.search({ ...view.state, win: hasWindow ? view.state.win : "" })].join("|");

  const unitOf = (row) => (row.key === "city" ? "" : row.tile ?? row.key);
  const words = (view, name) => board.say(`lateness.${name}_${view.isRate ? "rate" : "count"}_${view.mode}`);

  function window_(view) {
    if (view.mode === "late" || !view.data) return "";
    return board.say("filters.dates", { from: board.day(`${view.data.first}T05:00:00Z`), to: board.day(`${view.data.through}T05:00:00Z`) });
  }

  // Whose series a note is pinned to that belongs on what a mode shows.
  const NOTED = { late: ["dossiers_late"], finished: ["on_time_rate_30d"], accepted: ["accepted_late_rate_30d"] };
  const noted = (view, row, first, last) => board.notesWithin(unitOf(row), NOTED[view.mode], first, last);
  const dayAt = (view, at) => new Intl.DateTimeFormat("sv-SE", { timeZone: view.frame.timezone }).format(at);

  const lateFields = painter("late-fields", (node, view, note) => {
    const columns = board.lateColumns(view);
    const span = [view.data?.first ?? dayAt(view, Date.parse(view.frame.as_of) - 4 * WEEK_MS), dayAt(view, Date.parse(view.frame.as_of))];
    const rows = (view.mode === "late" || view.data ? board.lateRows(view) : []).map((row) => ({ ...row, notes: noted(view, row, ...span) }));
    const cellOf = (row, column) => (view.mode === "late" || view.data ? board.sumCells(row.units.map((key) => board.fieldCell(view, key, column.key))) : null);
    const known = rows.slice(1).filter((row) => row.kind !== "group").flatMap((row) => columns.map((column) => cellOf(row, column)));
    const deep = board.lateDeepest(view, known, LEAST);
    board.put(note, [words(view, "note"), window_(view)].filter(Boolean).join(" · "));
    board.paintMatrix(node, {
      label: board.say("lateness.fields"), none: board.say(view.mode === "late" || view.data ? "heatmap.none" : "lateness.reading"), columns, rows,
      question: askedOf(view, "fields"),
      cell: (row, column) => board.lateCell(view, cellOf(row, column), [row.title ?? row.name, column.name], () => board.caseList(view, { unit: unitOf(row), field: column.key }), deep),
    });
  });

  function weekColumns(view) {
    let month = "";
    return view.data.weeks.days.map((monday) => {
      const at = Date.parse(`${monday}T05:00:00Z`);
      const name = monday.slice(5, 7) === month ? "" : board.say("lateness.month", { month: Number(monday.slice(5, 7)) });
      month = monday.slice(5, 7);
      return { key: monday, name, through: new Date(at + WEEK_MS - 86_400_000).toISOString().slice(0, 10), tip: board.say("filters.dates", { from: board.day(at), to: board.day(at + WEEK_MS - 86_400_000) }) };
    });
  }

  // [late, of] of some units in a week; null before anything is known.
  function weekCell(view, row, place) {
    const { cells } = view.data.weeks;
    const keys = row.key === "city" ? view.data.weeks.all ??= Object.keys(cells) : row.units;
    const found = keys.map((key) => cells[key]?.[place]).filter(Boolean);
    return found.length ? board.sumCells(found) : [0, 0];
  }

  const lateWeeks = painter("late-weeks", (node, view, note) => {
    const columns = view.data ? weekColumns(view) : [];
    const rows = view.data ? board.lateRows(view) : [];
    const known = rows.slice(1).filter((row) => row.kind !== "group").flatMap((row) => columns.map((column, place) => weekCell(view, row, place)));
    const deep = board.lateDeepest(view, known, LEAST);
    const places = new Map(columns.map((column, place) => [column.key, place]));
    const last = columns.length - 1;
    board.put(note, [board.say(`lateness.weeks_${view.mode}`), view.state.field ? board.say("lateness.all_fields") : ""].filter(Boolean).join(" · "));
    const isNew = !node.firstElementChild?.querySelector("td");
    board.paintMatrix(node, {
      label: board.say("lateness.weeks"), none: board.say("lateness.reading"), columns, rows,
      question: askedOf(view, "weeks", false),
      cell(row, column) {
        const place = places.get(column.key);
        const week = view.mode === "late" && place === last ? "" : column.key;
        const href = () => board.caseList(view, { unit: unitOf(row), field: "", win: "", week });
        const notes = noted(view, row, column.key, column.through);
        return { ...board.lateCell(view, weekCell(view, row, place), [row.title ?? row.name, column.tip], href, deep, true), notes };
      },
    });
    const scroll = node.firstElementChild;
    if (isNew && scroll) scroll.scrollLeft = scroll.scrollWidth;
  });

  // Who has a file: an agency and its department; a level stands for the units of that level; sent = on its way from there.
  function holderName(view, id) {
    const [agency, department] = view.data.holders.names[id.replace("s", "")] ?? ["@none", ""];
    const who = agency.startsWith("@") ? board.say(`lateness.holder_${agency.slice(1)}`) : agency;
    if (id === "0s") return board.say("lateness.waiting");
    const whole = [who.startsWith("lateness.") ? board.say("lateness.holder_other") : who, department].filter(Boolean).join(" · ");
    return id.endsWith("s") ? board.say("lateness.sent", { holder: whole }) : whole;
  }

  function holderRows(view) {
    const sums = {};
    for (const cell of Object.values(view.data.holders.cells)) for (const [id, n] of Object.entries(cell)) sums[id] = (sums[id] ?? 0) + n;
    const ids = Object.keys(sums).sort((one, other) => sums[other] - sums[one] || one.localeCompare(other));
    const named = ids.slice(0, ids.length > HOLDERS ? HOLDERS - 1 : HOLDERS).map((id) => ({ key: id, ids: [id], name: holderName(view, id), title: holderName(view, id) }));
    const rest = ids.slice(named.length);
    return rest.length ? [...named, { key: "rest", ids: rest, name: board.say("lateness.holders_rest", { n: board.number(rest.length) }) }] : named;
  }

  function holderColumns(view) {
    const all = board.lateColumns(view).filter((column) => view.data.holders.cells[column.key]).map((column) => ({ ...column, codes: [column.key] }));
    if (all.length <= FIELDS) return all;
    const rest = all.slice(FIELDS - 1);
    return [...all.slice(0, FIELDS - 1), { key: "rest", codes: rest.map((column) => column.key), name: board.say("heatmap.rest"), tip: rest.map((column) => column.name).join("\n") }];
  }

  const lateHolders = painter("late-holders", (node, view, note) => {
    const holders = view.data?.holders;
    const columns = holders ? holderColumns(view) : [];
    const rows = holders ? holderRows(view) : [];
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    const count = (row, column) => sum(column.codes.flatMap((code) => row.ids.map((id) => holders.cells[code][id] ?? 0)));
    const total = Object.fromEntries(columns.map((column) => [column.key, sum(column.codes.flatMap((code) => Object.values(holders.cells[code])))]));
    const most = Math.max(1, ...rows.flatMap((row) => columns.map((column) => count(row, column))));
    board.put(note, board.say(`lateness.holders_${view.mode}`));
    const none = !view.data ? "reading" : view.mode === "accepted" ? "no_steps" : "none_late";
    board.paintMatrix(node, {
      label: board.say("lateness.holders"), none: board.say(`lateness.${none}`), columns, rows,
      question: askedOf(view, "holders"),
      cell(row, column) {
        const [n, of] = [count(row, column), total[column.key]];
        const tip = () => board.lateSaid({ ...view, mode: "held" }, [row.title ?? row.name, column.name], [n, of]);
        const href = n && row.ids.length === 1 && column.codes.length === 1 ? () => board.caseList(view, { field: column.key, holder: row.key }) : null;
        return { text: board.number(n), fact: `${n}/${of}`, tip, depth: view.silent ? null : n / most, kind: view.silent ? "grey" : n ? null : "zero", href };
      },
    });
  });

  Object.assign(board, { lateFields, lateWeeks, lateHolders });
})();
