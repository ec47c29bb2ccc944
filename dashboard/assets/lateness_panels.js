// The page of late dossiers beside its matrices: the three sums, how old lateness is, procedures, the two clocks.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const MODES = ["late", "finished", "accepted"];
  const TRENDS = { late: "dossiers_late", finished: "on_time_rate_30d", accepted: "accepted_late_rate_30d" };
  const AGES = ["1-3", "4-7", "8-30", ">30"];

  // What a sum is of: [late, of] for the chosen unit and field, or the city.
  function sumOf(view, mode) {
    if (mode === "late") return board.lateWhole({ ...view, mode }, view.unit ? view.unit.key : "city");
    const clocks = view.data?.clocks.chosen;
    return clocks ? (mode === "finished" ? clocks.slice(0, 2) : clocks.slice(2, 4)) : null;
  }

  function statusOf(view, mode, cell) {
    if (view.silent || !cell || cell[1] < Math.max(1, view.minimum)) return "unknown";
    const good = { value: 1 - cell[0] / cell[1], of: cell[1] };
    const bad = { value: cell[0] / cell[1], of: cell[1] };
    if (mode === "finished") return board.judge("on_time_rate_30d", good, view.thresholds, view.minimum);
    return board.judge(mode === "late" ? "dossiers_late_share" : "accepted_late_rate_30d", bad, view.thresholds, view.minimum);
  }

  // The last 60 days of a sum, where it is the same number; of the two clocks these are shares of 30 days.
  function trendOf({ history, unit, held, state }, mode) {
    const isSame = !state.field && (mode === "late" || (!unit && held.win === "30"));
    const told = (isSame && (unit ? history?.units?.[unit.key] : history?.city)?.[TRENDS[mode]]) || [];
    const values = mode === "finished" ? told.map((rate) => (rate === null ? null : 1 - rate)) : told;
    return [values, { days: history?.days, unit: unit?.key, names: [TRENDS[mode]], size: [100, 20] }];
  }

  function sumTile(view, mode) {
    const cell = sumOf(view, mode);
    const of = cell && { of: board.number(cell[1]), rate: cell[1] ? board.percent(cell[0] / cell[1]) : "–" };
    return { value: cell ? board.number(cell[0]) : "", detail: of ? board.say(`lateness.sum_${mode}_of`, of) : "", status: statusOf(view, mode, cell), trend: trendOf(view, mode) };
  }

  const lateSums = board.latePainter("late-sums", (node, view) => {
    const tiles = Object.fromEntries(MODES.map((mode) => [mode, sumTile(view, mode)]));
    board.paintSums(node, tiles, [view.state.unit, view.state.field, view.state.win, view.geography.id].join("|"));
    for (const card of node.children) {
      const mode = card.dataset.sum;
      const button = card.querySelector("button");
      board.set(button, { "aria-pressed": String(view.mode === mode) });
      button.onclick = () => board.state.choose({ mode: mode === "late" ? "" : mode });
    }
  });

  // A list of bars: [{key, name, title, n, detail, href}], drawn against the longest.
  function bars(node, items, none) {
    if (!node.firstElementChild) node.append(board.make("ul", { class: "bar-list" }), board.make("p", { class: "calm" }));
    const [list, calm] = node.children;
    const most = Math.max(1, ...items.map((item) => item.n));
    board.put(calm, items.length ? "" : none);
    const create = () => board.make("li", {}, board.make("a", { class: "bar-row" }, board.make("span", { class: "bar-name" }), board.make("b"), board.make("i"), board.make("small")));
    board.keyed(list, items, (item) => item.key, create, (row, item) => {
      const link = row.firstElementChild;
      const [name, value, bar, detail] = link.children;
      board.put(name, item.name);
      board.put(value, board.number(item.n), item.question);
      board.put(detail, item.detail);
      board.set(bar, { style: `--length:${((100 * item.n) / most).toFixed(1)}%` });
      board.set(link, { href: item.n ? item.href : null, "data-visit": item.n ? "" : null, "data-tip": item.title || null, "data-status": item.status || null });
    });
  }

  const lateAges = board.latePainter("late-ages", (node, view, note) => {
    const ages = view.data?.ages;
    const all = ages ? AGES.reduce((sum, name) => sum + ages[name], 0) : 0;
    board.put(note, board.say("lateness.ages_note"));
    const items = ages ? AGES.map((name) => ({
      key: name, name: board.say(`lateness.age_${name.replace(">", "over_").replace("-", "_")}`), n: ages[name],
      detail: all ? board.percent(ages[name] / all) : "", question: `${view.state.unit}|${view.state.field}|${view.geography.id}`,
      href: board.caseList({ ...view, mode: "late" }, { age: name }),
    })) : [];
    bars(node, items, board.say("lateness.reading"));
  });

  const lateProcedures = board.latePainter("late-procedures", (node, view, note) => {
    const rows = view.data?.procedures ?? [];
    board.put(note, board.say(`lateness.procedures_${view.data?.procedures_mode ?? "late"}`));
    const mode = view.data?.procedures_mode ?? "late";
    const items = rows.map((row) => {
      const name = board.language() === "en" ? row.name_en || row.name_vi : row.name_vi || row.name_en;
      return {
        key: row.code, name, title: `${name}\n${row.code} · ${board.fieldName(view, row.field)}`, n: row.late, detail: row.of ? board.percent(row.late / row.of) : "",
        href: board.caseList({ ...view, mode }, { proc: row.code, field: "" }), question: `${mode}|${view.state.unit}|${view.state.field}`,
      };
    });
    bars(node, items, board.say(view.data ? "lateness.none_late" : "lateness.reading"));
  });

  function clockCell(node, view, mode, cell, href) {
    const status = statusOf(view, mode, cell);
    if (!node.firstElementChild) node.append(board.make("a", { class: "clock" }, board.make("i", { class: "mark" }), board.make("b"), board.make("small"), board.make("s")));
    const link = node.firstElementChild;
    const [mark, value, detail, bar] = link.children;
    const [late, of] = cell ?? [0, 0];
    mark.className = `mark ${status}`;
    board.set(mark, { role: "img", "aria-label": board.say(`status.${status}`) });
    board.put(value, of ? board.percent(late / of) : board.say("format.missing"));
    board.put(detail, of ? board.say("tile.n_of", { n: board.number(late), of: board.number(of) }) : "");
    board.set(bar, { style: `--length:${of ? Math.min(100, (400 * late) / of).toFixed(1) : 0}%` });
    const tip = of ? board.lateSaid({ ...view, mode }, [board.say(`lateness.sum_${mode}`)], cell) : null;
    board.set(link, { class: `clock ${status}`, href: late ? href : null, "data-visit": late ? "" : null, "data-tip": tip });
  }

  const lateClocks = board.latePainter("late-clocks", (node, view, note) => {
    if (!node.firstElementChild) {
      const table = board.make("table", {}, board.make("thead", {}, board.make("tr")), board.make("tbody"));
      node.append(board.make("div", { class: "clocks-scroll", tabindex: "0", role: "region", "aria-label": board.say("lateness.clocks") }, table), board.make("p", { class: "calm" }));
    }
    const [head, body] = node.querySelector("table").children;
    const { data } = view;
    board.put(node.lastElementChild, data ? "" : board.say("lateness.reading"));
    board.put(note, data ? board.say("filters.dates", { from: board.day(`${data.first}T05:00:00Z`), to: board.day(`${data.through}T05:00:00Z`) }) : "");
    const titles = ["", "accepted", "finished"];
    board.keyed(head.firstElementChild, titles, (name) => name, () => board.make("th", { scope: "col" }), (cell, name) => board.put(cell, name ? board.say(`lateness.clock_${name}`) : ""));
    const rows = data ? board.lateRows(view) : [];
    const sums = (row) => row.units.map((key) => data.clocks[key]).filter(Boolean);
    const create = () => board.make("tr", {}, board.make("th", { scope: "row" }), board.make("td"), board.make("td"));
    board.keyed(body, rows, (row) => row.key, create, (node, row) => {
      const [name, accepted, finished] = node.children;
      const unit = row.key === "city" ? "" : row.tile ?? row.key;
      board.put(name, row.name);
      board.set(name, { title: row.title ?? null });
      board.set(node, { class: row.kind || null });
      const address = (mode) => board.caseList({ ...view, mode }, { unit: unit || view.state.unit, win: view.state.win });
      clockCell(accepted, view, "accepted", board.sumCells(sums(row).map((cell) => cell.slice(2, 4))), address("accepted"));
      clockCell(finished, view, "finished", board.sumCells(sums(row).map((cell) => cell.slice(0, 2))), address("finished"));
    });
  });

  const latePage = (...seen) => board.together([lateSums, board.lateFields, board.lateWeeks, board.lateHolders, lateAges, lateProcedures, lateClocks], seen);

  Object.assign(board, { latePage });
})();
