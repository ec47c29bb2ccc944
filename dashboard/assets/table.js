// Tables of a page: a row a thing, the cells written by the page; sorted by a click on a heading.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const orders = new WeakMap(); // what each table is sorted by

  const known = (value) => value !== null && value !== undefined;

  // Rows without a value stand last, whichever way the others stand.
  function sorted(rows, columns, order) {
    const column = columns.find((one) => one.key === order?.key);
    if (!column?.value) return rows;
    const sign = order.down ? -1 : 1;
    const compare = (one, other) =>
      typeof one === "string" ? board.compare(one, other) : one - other;
    return [...rows].sort((one, other) => {
      const [a, b] = [column.value(one), column.value(other)];
      if (!known(a) || !known(b)) return Number(known(b)) - Number(known(a));
      return sign * compare(a, b);
    });
  }

  function head(node, columns, repaint) {
    const order = orders.get(node);
    board.keyed(node.tHead.rows[0], columns, (column) => column.key, () => board.make("th", { scope: "col" }), (cell, column) => {
      const turned = order?.key === column.key ? (order.down ? "descending" : "ascending") : null;
      board.set(cell, { class: column.kind ?? null, "aria-sort": turned, "data-tip": column.tip ?? null });
      if (!column.value) return board.put(cell, column.label);
      if (!cell.firstElementChild) cell.append(board.make("button", { type: "button", class: "sorter" }));
      board.put(cell.firstElementChild, column.label);
      cell.firstElementChild.onclick = () => {
        const before = orders.get(node);
        orders.set(node, { key: column.key, down: before?.key === column.key ? !before.down : column.kind === "number" });
        repaint();
      };
      return undefined;
    });
  }

  // A cell's words, or what its column draws into it; a name that can be chosen and a number that can be asked about is a
  // button.
  function fill(cell, column, row, question) {
    board.set(cell, { class: [column.kind, column.shade?.(row)].filter(Boolean).join(" ") || null, "data-tip": column.about?.(row) ?? null, "data-label": column.kind === "name" ? null : column.label });
    if (column.draw) return column.draw(cell, row);
    const text = column.text(row);
    const asks = column.ask && text && text !== "–" && text !== "0" ? () => column.ask(row) : null;
    let node = cell;
    if (column.ask) {
      if (!cell.firstElementChild) cell.append(board.make("button", { type: "button", class: "asks" }));
      node = cell.firstElementChild;
      node.disabled = !asks;
      node.onclick = (event) => {
        event.stopPropagation();
        asks?.();
      };
    }
    board.put(node, text, question);
    return undefined;
  }

  // columns: {key, label, kind, text(row) | draw(cell, row), value(row) to sort by, ask(row) for a click, about(row) for a
  // tip, shade(row) for a class}. options: {key(row), question, none, choose(row), chosen(row)}.
  function paintTable(node, columns, rows, options) {
    let table = node.querySelector(":scope > .scroll > table");
    if (!table) {
      table = board.make("table", { class: "list" });
      table.append(board.make("thead", {}, board.make("tr")), board.make("tbody"));
      node.replaceChildren(board.make("div", { class: "scroll", tabindex: "0" }, table), board.make("p", { class: "calm" }));
    }
    const choose = options.choose;
    const shown = columns.map((column) => (choose && column.kind === "name" && !column.ask ? { ...column, ask: choose } : column));
    const repaint = () => paintTable(node, columns, rows, options);
    head(table, columns, repaint);
    board.keyed(table.tBodies[0], sorted(rows, columns, orders.get(table)), options.key, () => board.make("tr"), (line, row) => {
      const chosen = options.chosen?.(row);
      board.set(line, { "aria-selected": options.choose ? String(Boolean(chosen)) : null, class: options.choose ? "choosable" : null });
      line.onclick = choose ? () => choose(row) : null;
      board.keyed(line, shown, (column) => column.key,
        (column) => (column.kind === "name" ? board.make("th", { scope: "row" }) : board.make("td")),
        (cell, column) => fill(cell, column, row, `${options.question}|${options.key(row)}`));
    });
    node.firstElementChild.hidden = !rows.length;
    board.put(node.lastElementChild, rows.length ? "" : options.none);
  }

  // Say under a panel's title that what feeds it is silent, failing or old; data that do not come are not judged.
  function feedNotice(panel, view, dataset) {
    if (!panel) return;
    let line = panel.querySelector(":scope > .feed-notice");
    if (!line) {
      line = board.make("p", { class: "feed-notice", role: "status" });
      panel.firstElementChild.after(line);
    }
    const feed = board.health(view, dataset);
    const live = feed.state === "live" || (feed.state === "never" && !feed.at);
    line.hidden = live;
    if (live) return;
    const age = feed.at ? board.age((board.now() - Date.parse(feed.at)) / 1000) : "";
    board.put(line, `○ ${board.say(`feed.is_${feed.state}`, { age })}`);
  }

  Object.assign(board, { paintTable, feedNotice });
})();
