// The hotline: what is open by category and unit, what the weeks tell, what calls gather where.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const skip = () => window.dash_clientside.no_update;
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const UNASSIGNED = "unassigned";
  let past = null; // what the tiles say of the weeks

  const named = (row) => (board.language() === "en" ? row.name_en || row.name_vi : row.name_vi || row.name_en);
  const count = (value) => (value === null || value === undefined ? "–" : board.number(value));
  const share = (n, of) => (of ? board.percent(n / of) : "–");
  const unitOf = (view, key) => view.byKey[key] ?? { key, name_vi: board.say("map.unassigned"), name_en: board.say("map.unassigned") };
  const silent = (view) => board.isSilent(view, "tickets");

  // Minutes as people say them: 45 minutes, 3.5 hours, 2.1 days.
  function wait(minutes) {
    if (minutes === null || minutes === undefined) return "–";
    if (minutes < 90) return board.say("calls.minutes", { n: board.number(minutes) });
    if (minutes < 2880) return board.say("calls.hours", { n: board.number(minutes / 60, 1) });
    return board.say("calls.days", { n: board.number(minutes / 1440, 1) });
  }

  const list = (kind, more) => board.state.choose({ calls: kind, slot: "", page: "", ...more });

  function sum(cells, keys, code) {
    return keys.reduce(([open, late, due], key) => {
      const cell = code ? [cells[key]?.[code] ?? [0, 0, 0]] : Object.values(cells[key] ?? {});
      return cell.reduce(([a, b, c], [x, y, z]) => [a + x, b + y, c + z], [open, late, due]);
    }, [0, 0, 0]);
  }

  const keysOf = (now, view) => (view.unit ? [view.unit.key] : Object.keys(now.cells));

  function note(name, words) {
    const node = part(name)?.parentElement.querySelector('[data-part="note"]');
    if (node) board.put(node, words);
  }

  // The median and the ninth tenth on one line of time, and the limit.
  function spreadOf(cell, waits, limit, label) {
    const key = JSON.stringify([waits, limit, label]);
    if (cell.dataset.drawn === key) return;
    cell.dataset.drawn = key;
    cell.replaceChildren(board.make("span", { class: "wait" }, waits.n ? `${wait(waits.median)} · ${wait(waits.p90)}` : "–"));
    board.set(cell, { "data-tip": waits.n ? board.say("calls.wait_tip", { label, n: board.number(waits.n), median: wait(waits.median), p90: wait(waits.p90) }) : null });
  }

  function limits(row) {
    const said = [];
    if (row.forward_minutes) said.push(board.say("calls.limit_forward", { limit: wait(row.forward_minutes) }));
    if (row.first_answer_hours) said.push(board.say("calls.limit_answer", { limit: wait(60 * row.first_answer_hours) }));
    if (row.sla_hours) said.push(board.say("calls.limit_close", { limit: wait(60 * row.sla_hours) }));
    return said.join("\n") || board.say("calls.limit_none");
  }

  const dayAt = (day) => (day ? board.day(`${day}T12:00:00Z`) : "–");
  const spanOf = (weeks) => ({ from: dayAt(weeks?.from_on), to: dayAt(weeks?.to_on) });

  function paintCategories(view, now, weeks) {
    const told = new Map((weeks?.categories ?? []).map((row) => [row.code, row]));
    const keys = keysOf(now, view);
    const rows = now.categories.map((row) => {
      const [open, late] = sum(now.cells, keys, row.code);
      return { ...row, ...told.get(row.code), open, late };
    }).filter((row) => row.open || row.opened || row.ended || row.code === view.state.cat);
    rows.sort((one, other) => other.late - one.late || other.open - one.open || (other.opened ?? 0) - (one.opened ?? 0));
    const grey = silent(view) ? "grey" : "";
    const number = { kind: "number" };
    const columns = [
      { key: "name", kind: "name", label: board.say("calls.category"), text: named, value: named, about: limits },
      { key: "open", ...number, label: board.say("calls.open"), text: (row) => count(row.open), value: (row) => row.open, ask: (row) => list("open", { cat: row.code }) },
      { key: "late", ...number, label: board.say("calls.late"), text: (row) => count(row.late), value: (row) => row.late, shade: (row) => (row.late ? `strong ${grey}` : grey), ask: (row) => list("late", { cat: row.code }) },
      ...(weeks ? [
        { key: "opened", ...number, label: board.say("calls.opened"), text: (row) => count(row.opened), value: (row) => row.opened, ask: view.unit ? null : (row) => list("opened", { cat: row.code }) },
        { key: "answer", kind: "number wide", label: board.say("calls.answer_head"), tip: board.say("calls.spread_tip"), value: (row) => row.answer?.median, draw: (cell, row) => spreadOf(cell, row.answer ?? { n: 0 }, row.first_answer_hours, named(row)) },
        { key: "close", kind: "number wide", label: board.say("calls.close_head"), tip: board.say("calls.spread_tip"), value: (row) => row.close?.median, draw: (cell, row) => spreadOf(cell, row.close ?? { n: 0 }, row.sla_hours, named(row)) },
        { key: "limit", kind: "number", label: board.say("calls.limit"), text: (row) => (row.sla_hours ? wait(60 * row.sla_hours) : "–"), value: (row) => row.sla_hours, about: limits },
        { key: "on_time", ...number, label: board.say("calls.on_time"), text: (row) => share(row.on_time, row.judged), value: (row) => (row.judged ? row.on_time / row.judged : null), about: (row) => board.say("tile.n_of", { n: count(row.on_time), of: count(row.judged) }), ask: view.unit ? null : (row) => list("closed_late", { cat: row.code }) },
        { key: "reopened", ...number, label: board.say("calls.reopened"), text: (row) => count(row.reopened), value: (row) => row.reopened, ask: view.unit ? null : (row) => list("reopened", { cat: row.code }) },
      ] : []),
    ];
    board.paintTable(part("calls_categories"), columns, rows, {
      key: (row) => row.code, question: `${view.state.unit}|${view.state.win}|${board.language()}`, none: board.say("calls.none"),
      chosen: (row) => row.code === view.state.cat,
      choose: (row) => board.state.choose({ cat: row.code === view.state.cat ? "" : row.code, slot: "", page: "" }),
    });
    note("calls_categories", board.say(view.unit ? "calls.note_unit" : "calls.note_weeks", { unit: view.unit ? board.unitName(view.unit) : "", ...spanOf(weeks) }));
  }

  function paintUnits(view, now, weeks) {
    const keys = [...new Set([...view.units.map((unit) => unit.key), ...Object.keys(now.cells), ...Object.keys(weeks?.units ?? {})])];
    const code = view.state.cat;
    const rows = keys.map((key) => {
      const [open, late] = sum(now.cells, [key], code);
      return { key, unit: unitOf(view, key), ...(code ? {} : weeks?.units[key]), open, late };
    }).filter((row) => row.key !== UNASSIGNED || row.open || row.opened);
    rows.sort((one, other) => other.late - one.late || other.open - one.open || (other.opened ?? 0) - (one.opened ?? 0) || board.byName(one.unit, other.unit));
    const number = { kind: "number" };
    const columns = [
      { key: "name", kind: "name", label: board.say("calls.unit"), text: (row) => board.shortName(row.unit), value: (row) => board.shortName(row.unit), about: (row) => board.unitName(row.unit) },
      { key: "open", ...number, label: board.say("calls.open"), text: (row) => count(row.open), value: (row) => row.open, ask: (row) => list("open", { unit: row.key }) },
      { key: "late", ...number, label: board.say("calls.late"), text: (row) => count(row.late), value: (row) => row.late, shade: (row) => (silent(view) ? "grey" : row.late ? "strong" : ""), ask: (row) => list("late", { unit: row.key }) },
      { key: "late_share", ...number, label: board.say("calls.late_share"), text: (row) => share(row.late, row.open), value: (row) => (row.open ? row.late / row.open : null), shade: (row) => board.judged(view, { tickets_late: row.late, tickets_open: row.open }, "tickets_late") ?? "" },
      ...(weeks && !code ? [
        { key: "opened", ...number, label: board.say("calls.opened"), text: (row) => count(row.opened ?? 0), value: (row) => row.opened, ask: (row) => list("opened", { unit: row.key }) },
        { key: "on_time", ...number, label: board.say("calls.on_time"), text: (row) => share(row.on_time, row.judged), value: (row) => (row.judged ? row.on_time / row.judged : null), about: (row) => board.say("tile.n_of", { n: count(row.on_time), of: count(row.judged) }), ask: (row) => list("closed_late", { unit: row.key }) },
        { key: "reopened", ...number, label: board.say("calls.reopened"), text: (row) => count(row.reopened ?? 0), value: (row) => row.reopened, ask: (row) => list("reopened", { unit: row.key }) },
      ] : []),
    ];
    board.paintTable(part("calls_units"), columns, rows, {
      key: (row) => row.key, question: `${code}|${view.state.win}|${board.language()}`, none: board.say("calls.none"),
      chosen: (row) => row.key === view.state.unit,
      choose: (row) => (view.byKey[row.key] ? board.state.choose({ unit: row.key === view.state.unit ? "" : row.key, slot: "", page: "" }) : undefined),
    });
    note("calls_units", code ? board.say("calls.note_category", { category: categoryName(now, code) }) : board.say("calls.note_worst"));
  }

  const categoryName = (now, code) => named(now.categories.find((row) => row.code === code) ?? { name_vi: code });

  // What category the page speaks of, and the way back to all of them.
  function paintScope(view, now) {
    const node = document.getElementById("calls-scope");
    const code = view.state.cat ?? "";
    const text = code ? categoryName(now, code) : "";
    if (node.dataset.drawn === `${code}|${text}`) return;
    node.dataset.drawn = `${code}|${text}`;
    node.replaceChildren();
    if (!code) return;
    const back = board.make("button", { type: "button", class: "button chip", "aria-label": board.say("calls.clear", { category: text }) }, text, board.make("span", { "aria-hidden": "true" }, " ✕"));
    back.onclick = () => board.state.choose({ cat: "", slot: "", page: "" });
    node.append(back);
  }

  const kinds = (board.tileKinds ??= {});
  kinds.calls_late = (view, values) => ({
    shown: board.measure(values, "tickets_late"),
    unit: "tickets",
    status: board.judged(view, values, "tickets_late"),
    first: values.tickets_open ? board.say("calls.of_open", { rate: board.percent(values.tickets_late / values.tickets_open) }) : "",
    second: "",
    trend: view.unit ? [] : [view.history?.city?.tickets_late ?? []],
  });
  kinds.calls_today = (view, values) => ({
    shown: board.measure(values, "tickets_opened_today"),
    unit: "tickets",
    first: board.say("calls.closed_today", { n: count(values.tickets_closed_today) }),
    second: "",
    trend: [],
  });
  kinds.calls_on_time = (view, values) => {
    const shown = board.measure(values, "ticket_on_time_rate_30d");
    return {
      shown, status: board.judged(view, values, "ticket_on_time_rate_30d"),
      first: shown.of === null ? "" : board.say("tile.n_of", { n: count(shown.n), of: count(shown.of) }), second: "", trend: [],
    };
  };
  const waiting = (name) => () => {
    const waits = past?.[name];
    return {
      shown: { value: waits?.n ? waits.median : null, rate: false },
      text: waits?.n ? wait(waits.median) : null,
      first: waits?.n ? board.say("calls.p90", { p90: wait(waits.p90) }) : "",
      second: waits?.n ? board.say("tile.n", { n: count(waits.n) }) : "",
      trend: [],
    };
  };
  kinds.calls_answer = waiting("answer");
  kinds.calls_close = waiting("close");

  function calls(frame, state, registry, words, link, history, now, weeks) {
    const view = board.look(frame, state, registry, words, link, history);
    if (!view || !document.getElementById("calls")) return skip();
    if (board.waits(view, now, weeks)) return skip();
    board.stands(silent(view));
    past = weeks;
    board.feedNotice(part("calls_categories")?.parentElement, view, "tickets");
    if (now) {
      paintScope(view, now);
      paintCategories(view, now, weeks);
      paintUnits(view, now, weeks);
      board.paintCallsMatrix(part("calls_matrix"), view, now);
      note("calls_matrix", board.say("calls.note_matrix", { version: board.number(now.version) }));
    }
    if (weeks) {
      board.paintCallsHours(part("calls_hours"), view, weeks);
      board.paintCallsWaits(part("calls_waits"), view, weeks);
      board.paintBursts(part("calls_bursts"), view, weeks);
      board.paintAboutDossiers(part("calls_dossiers"), view, weeks);
      note("calls_hours", chosenWords(view, now, weeks));
      note("calls_waits", chosenWords(view, now, weeks));
      board.paintTiles(view);
    }
    return frame.version;
  }

  function chosenWords(view, now, weeks) {
    const said = [view.unit ? board.unitName(view.unit) : "", view.state.cat && now ? categoryName(now, view.state.cat) : ""];
    return [...said, board.say("calls.since", spanOf(weeks))].filter(Boolean).join(" · ");
  }

  Object.assign(board, { calls, paintWaitText: wait, listCalls: list, callUnit: unitOf, callName: named });
})();
