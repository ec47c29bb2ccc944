// Late dossiers by unit and field: the rate printed in each cell, rows in red-first order.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const WORST = 0.15; // a cell this late is painted in the deepest shade, unless another is later

  const NARROWEST = 4.2; // rem: a column in which the name of a field can be read
  const NAMES = 7; // rem: the column of the units

  // Fields by their late dossiers; the order changes only with what is asked, not with each frame. Those that have
  // no room are summed up in the last column.
  let order = { question: null, codes: [] };

  function columnsOf(view, node) {
    const city = view.frame.fields?.city ?? {};
    const codes = Object.keys(city);
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const room = Math.max(4, Math.floor((node.clientWidth / rem - NAMES) / NARROWEST));
    const question = `${view.geography?.id}|${codes.length}|${room}`;
    if (order.question !== question) {
      codes.sort((one, other) => city[other][1] - city[one][1] || city[other][0] - city[one][0]);
      const shown = codes.length > room ? codes.slice(0, room - 1) : codes;
      order = { question, shown, rest: codes.slice(shown.length) };
    }
    return [...order.shown.map((code) => [code]), ...(order.rest.length ? [order.rest] : [])];
  }

  // [open, late] of one unit in one column of fields.
  function sum(view, key, codes) {
    const cells = view.frame.fields?.[key] ?? {};
    return codes.reduce(([open, late], code) => [open + (cells[code]?.[0] ?? 0), late + (cells[code]?.[1] ?? 0)], [0, 0]);
  }

  const columnName = (view, codes) => (codes.length === 1 ? board.fieldName(view, codes[0]) : board.say("heatmap.rest"));

  function rowsOf(view) {
    const listed = (view.frame.attention?.[view.geography?.id] ?? []).map((item) => item.unit);
    const place = new Map(listed.map((key, i) => [key, i]));
    const lateness = (unit) => board.measure(view.frame.units[unit.key], "late_share").value ?? -1;
    const units = [...view.units];
    const rank = (unit) => (unit.key === view.unit?.key ? -1 : place.get(unit.key) ?? listed.length);
    units.sort((one, other) => rank(one) - rank(other) || lateness(other) - lateness(one));
    return [{ key: "city" }, ...units];
  }

  function create() {
    const row = board.make("tr");
    row.append(board.make("th", { scope: "row" }));
    return row;
  }

  const painted = new WeakMap(); // what each cell shows: most do not change from frame to frame

  // classList.toggle writes only what changes, and leaves the glow alone.
  function cell(node, view, row, column, shade, deepest) {
    const [open, late] = sum(view, row.key, column);
    const silent = board.isSilent(view, "dossiers");
    const key = [location.search, row.key, column, open, late, deepest, silent, board.language(), shade(0).background].join("|");
    if (painted.get(node) === key) return;
    painted.set(node, key);
    const unit = row.key === "city" ? board.say("heatmap.city") : board.unitName(row);
    const field = columnName(view, column);
    const few = open > 0 && open < view.minimum;
    const colour = open && !few && !silent ? shade(late / open / deepest) : null;
    const kind = !open ? "hatched" : few ? "few" : silent ? "grey" : null;
    const values = { unit, field, late: board.number(late), open: board.number(open) };
    const tip = board.say(open ? "heatmap.hover" : "heatmap.missing", values);
    const own = row.key === "city" ? {} : { unit: row.key };
    const href = open && column.length === 1 ? board.state.lead(late ? "/ho-so" : "/ho-so?mode=open", { ...own, field: column[0] }) : null;
    const wanted = href ? "A" : "SPAN";
    if (node.firstElementChild?.tagName !== wanted) node.replaceChildren(board.make(wanted.toLowerCase(), { class: "value", ...(href ? { tabindex: "-1" } : {}) }));
    const value = node.firstElementChild;
    const text = !open ? "" : few ? board.say("tile.n", { n: board.number(open) }) : board.number((100 * late) / open, 1);
    if (href) board.set(value, { href, "data-visit": "", "aria-label": `${text}: ${tip.replaceAll("\n", ", ")}` });
    board.put(value, text, `${row.key}|${board.language()}`);
    for (const name of ["hatched", "few", "grey"]) node.classList.toggle(name, name === kind);
    board.set(node, {
      "data-tip": tip,
      style: colour ? `background:${colour.background};color:${colour.ink}` : null,
    });
  }

  function update(view, columns, shade, deepest) {
    return (row, item) => {
      board.put(row.firstElementChild, item.key === "city" ? board.say("heatmap.city") : board.shortName(item));
      board.set(row, { class: item.key === "city" ? "whole" : item.key === view.unit?.key ? "chosen" : null });
      while (row.children.length > columns.length + 1) row.lastElementChild.remove();
      while (row.children.length < columns.length + 1) row.append(board.make("td"));
      columns.forEach((column, i) => cell(row.children[i + 1], view, item, column, shade, deepest));
    };
  }

  function deepestOf(view, rows, columns) {
    const rates = rows.slice(1).flatMap((row) => columns.map((column) => sum(view, row.key, column)))
      .filter(([open]) => open >= Math.max(1, view.minimum)).map(([open, late]) => late / open);
    return Math.max(WORST, Math.ceil(20 * Math.max(0, ...rates)) / 20);
  }

  function paintHeatmap(node, view) {
    if (!node.firstElementChild) {
      const table = board.make("table");
      table.append(board.make("thead"), board.make("tbody"));
      board.roving(table);
      node.append(table, board.make("p", { class: "calm" }));
    }
    const [head, body] = node.firstElementChild.children;
    const columns = columnsOf(view, node);
    const rows = columns.length ? rowsOf(view) : [];
    board.put(node.lastElementChild, columns.length ? "" : board.say("heatmap.none"));
    const titles = columns.map((codes) => ({
      key: codes.length === 1 ? codes[0] : "rest",
      name: columnName(view, codes),
      tip: codes.map((code) => board.fieldName(view, code)).join("\n"),
    }));
    board.keyed(head, [{ key: "titles" }], (item) => item.key, () => board.make("tr"), (row) => {
      board.keyed(row, [{ key: "", name: "" }, ...titles], (item) => item.key, () => {
        const title = board.make("th", { scope: "col" });
        title.append(board.make("span"));
        return title;
      }, (title, item) => {
        board.put(title.firstElementChild, item.name);
        board.set(title, { "data-tip": item.tip || null });
      });
    });
    board.keyed(body, rows, (row) => row.key, create, update(view, columns, board.shades(), deepestOf(view, rows, columns)));
    board.tabStop(body);
  }

  Object.assign(board, { paintHeatmap });
})();
