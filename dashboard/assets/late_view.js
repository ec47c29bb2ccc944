// What the painters of late dossiers look at: rows in their order, cells as [late, of], and the way to the case list.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const CITY = "city";
  const UNASSIGNED = "unassigned";
  const DAY_MS = 86_400_000;
  const TOPS = { 10: 10, 30: 30 };

  // The view of board.look with what is chosen in the bar; `data` = what the server said (callbacks/lateness.py).
  function lateView(frame, state, registry, words, link, data, history) {
    const view = board.look(frame, state, registry, words, link, history);
    if (!view || !document.getElementById("filters")) return null;
    const held = board.chosen(view.state);
    const mode = held.mode || "late";
    const current = data && data.mode === mode && String(data.geo) === String(view.geography.id) ? data : null;
    return { ...view, held, mode, isRate: held.show !== "count", data: current, silent: isSilent(view, held, mode) };
  }

  // Whether figures are less than known because their feed is silent: a window that was over before that is as known as ever.
  function isSilent(view, held, mode) {
    const feed = board.health(view, "dossiers");
    if (feed.state === "live") return false;
    const isPast = mode !== "late" && feed.state !== "old" && feed.at !== null && Date.parse(feed.at) - board.windowOf(view.frame, held.win).last > DAY_MS;
    return !isPast;
  }

  // What the server said, passed on to the painters, which do not wait for it.
  function lateTold(data) {
    if (data) board.give("lateness-told", data);
    return data ? `${data.version}` : "";
  }

  const latePainter = (id, paint) => board.asking(id, paint, lateView);

  // [late, of] of a unit (or the city) in a field, now or in the window; null where that is not known yet.
  function fieldCell(view, key, code) {
    if (view.mode === "late") {
      const cell = view.frame.fields?.[key]?.[code];
      return cell ? [cell[1], cell[0]] : [0, 0];
    }
    return view.data ? view.data.fields[key]?.[code] ?? [0, 0] : null;
  }

  function add(cells) {
    return cells.reduce((sum, cell) => (cell ? [sum[0] + cell[0], sum[1] + cell[1]] : sum), [0, 0]);
  }

  // [late, of] of a unit over the chosen field, or all.
  function whole(view, key) {
    if (view.state.field) return fieldCell(view, key, view.state.field) ?? [0, 0];
    if (view.mode === "late") {
      const values = key === CITY ? view.frame.city : view.frame.units[key];
      return [values?.dossiers_late ?? 0, values?.dossiers_open ?? 0];
    }
    const clocks = view.data?.clocks[key];
    if (key === CITY) return view.data ? add(Object.values(view.data.fields[CITY] ?? {})) : [0, 0];
    return clocks ? (view.mode === "finished" ? clocks.slice(0, 2) : clocks.slice(2, 4)) : [0, 0];
  }

  const rate = ([late, of]) => (of ? late / of : -1);

  function worst(view) {
    const weight = (key) => {
      const cell = whole(view, key);
      if (!view.isRate) return cell[0];
      return cell[1] && cell[1] < view.minimum ? rate(cell) / 1e6 : rate(cell);
    };
    return (one, other) => weight(other.key) - weight(one.key) || board.byName(one, other);
  }

  function sorted(view, units) {
    if (view.held.sort === "name") return [...units].sort(board.byName);
    const order = view.held.sort === "alike" ? view.data?.order : null;
    if (!order) return [...units].sort(worst(view));
    const place = new Map(order.map((key, i) => [key, i]));
    return [...units].sort((one, other) => (place.get(one.key) ?? 1e6) - (place.get(other.key) ?? 1e6));
  }

  // The first or last of a list, by the choice of how many rows.
  const some = (view, list) => (view.held.top === "last" ? list.slice(-10) : list.slice(0, TOPS[view.held.top] ?? list.length));

  const opened = (view) => new Set((view.state.group ?? "").split(",").filter(Boolean));

  function toggle(view, key) {
    const open = opened(view);
    if (!open.delete(key)) open.add(key);
    board.state.choose({ group: [...open].join(",") });
  }

  const unitRow = (view, unit, kind) => ({
    key: unit.key, units: [unit.key], name: board.shortName(unit), title: board.unitName(unit),
    kind: [unit.key === view.unit?.key ? "chosen" : "", kind].filter(Boolean).join(" ") || null,
  });

  // Units under the unit that they were a part of, closed unless they were opened.
  function grouped(view, groups) {
    const members = {};
    for (const unit of view.units) (members[groups[unit.key]] ??= []).push(unit);
    const heads = Object.keys(members).map((key) => view.byKey[key] ?? { key, name_vi: board.say("map.unassigned"), name_en: board.say("map.unassigned") });
    const open = opened(view);
    const all = { name: board.byName, worst: (one, other) => rate(add(members[other.key].map((unit) => whole(view, unit.key)))) - rate(add(members[one.key].map((unit) => whole(view, unit.key)))) };
    return heads.sort(view.held.sort === "name" ? all.name : all.worst).flatMap((head) => {
      const isOpen = open.has(head.key) || open.has("all");
      const row = {
        key: `group-${head.key}`, tile: head.key, units: members[head.key].map((unit) => unit.key), name: `${board.shortName(head)} (${board.number(members[head.key].length)})`,
        title: board.say("lateness.former", { unit: board.unitName(head) }), kind: "group", open: isOpen, fold: () => toggle(view, head.key),
      };
      return [row, ...(isOpen ? sorted(view, members[head.key]).map((unit) => unitRow(view, unit, "member")) : [])];
    });
  }

  // The rows of a matrix: the city first; the chosen unit next, or the units of a chosen former district alone.
  function lateRows(view) {
    const groups = view.data?.groups ?? {};
    const city = { key: CITY, units: [CITY], name: board.say("heatmap.city"), kind: "whole" };
    const within = view.state.unit && Object.values(groups).includes(view.state.unit) ? view.units.filter((unit) => groups[unit.key] === view.state.unit) : null;
    const isGrouped = Object.keys(groups).length && !within && view.held.top === "all" && view.held.sort !== "alike" && !view.unit;
    if (isGrouped) return [city, ...grouped(view, groups), ...unplaced(view)];
    const units = some(view, sorted(view, within ?? view.units));
    const chosen = view.unit && view.units.includes(view.unit) ? [view.unit] : [];
    return [city, ...[...chosen, ...units.filter((unit) => unit !== view.unit)].map((unit) => unitRow(view, unit)), ...unplaced(view)];
  }

  function unplaced(view) {
    const known = view.frame.units?.[UNASSIGNED] || view.frame.fields?.[UNASSIGNED];
    return known ? [{ key: UNASSIGNED, units: [UNASSIGNED], name: board.say("map.unassigned"), kind: null }] : [];
  }

  // Fields by what is late in them; the order changes with what is asked, not with each frame.
  let order = { question: null, codes: [] };
  function lateColumns(view) {
    const source = view.mode === "late" ? view.frame.fields?.[CITY] : view.data?.fields?.[CITY];
    const codes = Object.keys(source ?? {});
    const question = [view.mode, view.state.win, codes.length].join("|");
    if (order.question !== question) {
      const late = (code) => fieldCell(view, CITY, code)?.[0] ?? 0;
      order = { question, codes: codes.sort((one, other) => late(other) - late(one)) };
    }
    return order.codes.map((code) => ({ key: code, name: board.fieldName(view, code), tip: board.fieldName(view, code), kind: code === view.state.field ? "chosen" : null }));
  }

  // The address of the case list behind a number.
  function caseList(view, changes) {
    const { lang, theme } = view.state;
    const mode = view.mode === "late" ? "" : view.mode;
    const win = view.mode === "late" ? "" : view.state.win;
    const geo = view.geography.default ? "" : String(view.geography.id);
    const unit = view.state.unit;
    return "/ho-so" + board.state.search({ lang, theme, geo, mode, win, unit, field: view.state.field, ...changes });
  }

  const range = (late, of) => {
    const interval = board.wilson(late, of);
    return interval ? board.say("format.range_percent", { low: board.number(100 * interval[0], 1), high: board.number(100 * interval[1], 1) }) : "";
  };

  // What a cell says on hover: the names, the count, the rate with its interval.
  function told(view, names, [late, of]) {
    if (!of) return board.say("lateness.tip_none", { names: names.join(" · ") });
    const values = { late: board.number(late), of: board.number(of), rate: board.percent(late / of), range: range(late, of) };
    return `${names.join(" · ")}\n${board.say(`lateness.tip_${view.mode}`, values)}\n${board.say("lateness.tip_rate", values)}`;
  }

  const written = (value) => board.number(value, value < 10 ? 1 : value < 100 && Number.isInteger(value) ? 0 : 1);

  // One cell of a matrix of rates or counts; `deepest` is the value of the deepest shade.
  function lateCell(view, cell, names, href, deepest, short) {
    if (!cell) return { text: "", tip: () => names.join(" · "), depth: null, kind: "waiting" };
    const [late, of] = cell;
    const tip = () => told(view, names, cell);
    if (!of) return { text: "", tip, depth: null, kind: "hatched" };
    const few = view.isRate && of < view.minimum;
    const percent = (100 * late) / of;
    const text = few ? (short ? "·" : board.say("tile.n", { n: board.number(of) })) : view.isRate ? (short && percent >= 9.95 ? board.number(percent) : written(percent)) : board.number(late);
    const depth = few || view.silent ? null : (view.isRate ? late / of : late) / deepest;
    return { text, fact: `${late}/${of}`, tip, depth: depth === null ? null : Math.min(1, depth), kind: few ? "few" : view.silent ? "grey" : null, href: late ? href : null };
  }

  // The value of the deepest shade: the worst cell that can be judged, but never less than `least`.
  function deepest(view, cells, least) {
    const values = cells.filter(([, of]) => of && (!view.isRate || of >= view.minimum)).map(([late, of]) => (view.isRate ? late / of : late));
    return Math.max(view.isRate ? least : 1, ...values);
  }

  Object.assign(board, { latePainter, fieldCell, lateWhole: whole, lateRows, lateColumns, caseList, lateCell, lateTold, lateDeepest: deepest, sumCells: add, lateSaid: told });
})();
