// A table of coloured cells: the value in each, what it is of on hover, and the way to the rows behind it. One stop of
// the tabulator a table; the arrow keys go from cell to cell.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const MOVES = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const painted = new WeakMap(); // what each cell shows: most do not change from frame to frame

  function frameOf(node, label) {
    if (!node.firstElementChild) {
      const table = board.make("table");
      table.append(board.make("thead"), board.make("tbody"));
      node.append(board.make("div", { class: "matrix-scroll", tabindex: "-1" }, table), board.make("p", { class: "calm" }));
      roving(table);
    }
    const table = node.querySelector("table");
    board.set(table, { "aria-label": label });
    return [...table.children];
  }

  // Let the arrow keys go from cell to cell of a table whose cells hold links of class "value".
  function roving(table) {
    table.addEventListener("keydown", step);
    table.addEventListener("focusin", (event) => rove(table, event.target.closest(".value[href]")));
  }

  // One link of a painted table is the tabulator's stop.
  function stop(body) {
    if (!body.querySelector('a.value[tabindex="0"]')) body.querySelector(".value[href]")?.setAttribute("tabindex", "0");
  }

  function rove(table, link) {
    if (!link) return;
    for (const other of table.querySelectorAll('a.value[tabindex="0"]')) if (other !== link) other.tabIndex = -1;
    link.tabIndex = 0;
  }

  // The next cell with a link in a direction.
  function step(event) {
    const move = MOVES[event.key];
    const cell = event.target.closest("td");
    if (!move || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const rows = [...cell.closest("tbody").rows];
    let row = rows.indexOf(cell.parentElement) + move[0];
    let column = cell.cellIndex + move[1];
    while (rows[row]?.cells[column]) {
      const link = rows[row].cells[column].querySelector(".value[href]");
      if (link) return link.focus();
      row += move[0];
      column += move[1];
    }
  }

  function head(node, columns, corner) {
    board.keyed(node, [{ key: "titles" }], (item) => item.key, () => board.make("tr"), (row) => {
      board.keyed(row, [{ key: "", name: corner }, ...columns], (item) => item.key, () => board.make("th", { scope: "col" }, board.make("span")), (title, item) => {
        board.put(title.firstElementChild, item.name);
        board.set(title, { "data-tip": item.tip || null, class: item.kind || null });
      });
    });
  }

  function name(cell, row) {
    const kind = row.fold ? "button" : "span";
    if (cell.firstElementChild?.tagName.toLowerCase() !== kind) {
      cell.replaceChildren(board.make(kind, row.fold ? { type: "button", class: "fold" } : {}));
    }
    const label = cell.firstElementChild;
    board.put(label, row.name);
    const notes = row.notes?.length ? row.notes.join("\n") : null;
    board.set(cell, { "data-notes": notes, "data-tip": notes });
    board.set(label, { title: row.title ?? null, "aria-expanded": row.fold ? String(row.open) : null });
    label.onclick = row.fold ?? null;
  }

  // One cell: `of` 0 = nothing there (hatched); few = too small a number to be judged (pale); href = the rows behind it.
  function show(node, row, column, cell, shade, question) {
    const notes = cell.notes?.length ? cell.notes.join("\n") : null;
    const key = [row.key, column.key, cell.fact, cell.text, cell.kind, cell.depth?.toFixed(3), Boolean(cell.href), notes, question].join("|");
    if (painted.get(node) === key) return;
    painted.set(node, key);
    const wanted = cell.href ? "A" : "SPAN";
    if (node.firstElementChild?.tagName !== wanted) node.replaceChildren(board.make(wanted.toLowerCase(), { class: "value", ...(cell.href ? { tabindex: "-1" } : {}) }));
    const value = node.firstElementChild;
    const tip = [cell.tip(), notes].filter(Boolean).join("\n");
    board.put(value, cell.text, question + row.key + column.key);
    const colour = cell.depth === null ? null : shade(cell.depth);
    board.set(node, {
      class: cell.kind || null,
      "data-tip": cell.href ? null : tip || null,
      "data-notes": notes,
      style: colour ? `background:${colour.background};color:${colour.ink}` : null,
    });
    if (cell.href) board.set(value, { href: cell.href(), "data-visit": "", "data-tip": tip, "aria-label": tip.replaceAll("\n", ", ") });
  }

  // Paint a matrix: {label, corner, none, question, columns: [{key, name, tip, kind}], rows: [{key, name, title, kind, fold,
  // open, notes}], cell(row, column) → {text, fact, tip(), depth 0..1 or null, kind, href() or null, notes}}. Tips and ways
  // are made for what has changed alone: they follow from the names, `fact` and `question`, which has all that is chosen.
  function paintMatrix(node, matrix) {
    const [top, body] = frameOf(node, matrix.label);
    const { columns, rows } = matrix;
    const empty = !columns.length || !rows.length;
    board.put(node.lastElementChild, empty ? matrix.none : "");
    node.firstElementChild.hidden = empty;
    if (empty) return;
    head(top, columns, matrix.corner ?? "");
    const shades = board.shades();
    const question = `${matrix.question}|${shades(0).background}|${board.language()}`;
    const create = () => board.make("tr", {}, board.make("th", { scope: "row" }));
    board.keyed(body, rows, (row) => row.key, create, (node, row) => {
      board.set(node, { class: row.kind || null });
      name(node.firstElementChild, row);
      while (node.children.length > columns.length + 1) node.lastElementChild.remove();
      while (node.children.length < columns.length + 1) node.append(board.make("td"));
      columns.forEach((column, i) => show(node.children[i + 1], row, column, matrix.cell(row, column), shades, question));
    });
    stop(body);
  }

  Object.assign(board, { paintMatrix, roving, tabStop: stop });
})();
