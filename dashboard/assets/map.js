// The tile map: each unit in its place, coloured by the chosen indicator, its value printed.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const DENSE = 60;
  const UNASSIGNED = "unassigned"; // no place of the city: it has a cell, and no say in the colours

  let shade = null; // of the theme: asking for a style makes the browser work it all out

  const rgb = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).split(",").map(Number);
  const mixed = (from, to, t) => from.map((start, i) => Math.round(start + (to[i] - start) * t));

  function luminance(colour) {
    const [r, g, b] = colour.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  // A paint of the one hue: t = 0 is the palest, 1 the deepest; with the ink that can be read on it.
  function shades() {
    const { theme } = document.documentElement.dataset;
    if (shade?.theme !== theme) shade = { theme, paint: shadesOf() };
    return shade.paint;
  }

  function shadesOf() {
    const from = rgb("--heat-from");
    const to = rgb("--heat-to");
    return (t) => {
      const colour = mixed(from, to, Math.min(1, Math.max(0, t)));
      const ink = luminance(colour) + 0.05 > 0.229 ? "#000" : "#fff";
      return { background: `rgb(${colour.join(",")})`, ink };
    };
  }

  // How bad a value is among those shown, 0 to 1; a calm city is not painted red.
  function scale(view, name, cells) {
    const counts = (cell) => cell.shown.value !== null && !cell.few && cell.key !== UNASSIGNED;
    const judged = cells.filter(counts).map((cell) => cell.shown.value);
    if (!judged.length) return { low: 0, high: 0, at: () => 0 };
    let low = Math.min(...judged);
    let high = Math.max(...judged);
    if (board.higherIsBetter(name)) return { low, high, at: (value) => (high > low ? (high - value) / (high - low) : 0) };
    low = 0;
    high = roundUp(Math.max(high, (view.thresholds[name === "late_share" ? "dossiers_late_share" : name]?.late ?? 0) * 1.5));
    return { low, high, at: (value) => (high > low ? (value - low) / (high - low) : 0) };
  }

  // Two figures are enough for the end of a scale, and it then moves seldom.
  function roundUp(value) {
    if (value <= 0) return 0;
    const step = 10 ** (Math.floor(Math.log10(value)) - 1);
    return Math.ceil(value / step - 1e-9) * step;
  }

  function cellsOf(view, name) {
    const places = view.units.map((unit) => ({ unit, key: unit.key }));
    if (view.frame.units[UNASSIGNED]) {
      const label = board.say("map.unassigned");
      places.push({ unit: { key: UNASSIGNED, name_vi: label, name_en: label }, key: UNASSIGNED });
    }
    return places.map((cell) => {
      const values = view.frame.units[cell.key];
      const shown = board.measure(values, name);
      const few = shown.rate && shown.value !== null && shown.of < view.minimum;
      return { ...cell, values, shown, few, status: board.judged(view, values, name) };
    });
  }

  function printed(shown, few, dense) {
    if (shown.value === null) return "";
    if (few && dense) return `n${board.number(shown.of)}`;
    if (few) return board.say("tile.n", { n: board.number(shown.of) });
    return shown.rate ? board.number(100 * shown.value, 1) : board.number(shown.value);
  }

  function described(view, cell, name) {
    const shown = cell.shown;
    const lines = [board.unitName(cell.unit), `${board.say(`indicator.${name}`)}: ${board.written(shown)}`];
    if (shown.rate && shown.of !== null) lines.push(board.say("map.hover_of", { n: board.number(shown.n), of: board.number(shown.of) }));
    if (cell.few) lines.push(board.say("map.too_few", { n: view.minimum }));
    if (cell.status && cell.status !== "unknown") lines.push(board.say(`status.${cell.status}`));
    return lines.join("\n");
  }

  // Places of the grid, moved to start at 1; units without one follow below in the order of their names.
  function placed(cells) {
    const known = cells.filter(({ unit }) => Number.isInteger(unit.map_col) && Number.isInteger(unit.map_row));
    if (!known.length) {
      const columns = Math.max(1, Math.ceil(Math.sqrt(cells.length * 1.6)));
      cells.forEach((cell, i) => Object.assign(cell, { col: (i % columns) + 1, row: Math.floor(i / columns) + 1 }));
      return { columns, rows: Math.ceil(cells.length / columns) };
    }
    const left = Math.min(...known.map(({ unit }) => unit.map_col));
    const top = Math.min(...known.map(({ unit }) => unit.map_row));
    for (const cell of known) Object.assign(cell, { col: cell.unit.map_col - left + 1, row: cell.unit.map_row - top + 1 });
    const columns = Math.max(...known.map((cell) => cell.col));
    const rows = Math.max(...known.map((cell) => cell.row));
    const rest = cells.filter((cell) => !cell.col);
    const taken = new Set(known.map((cell) => `${cell.col},${cell.row}`));
    let place = -1; // along the last row from the left, where there is room; then in rows of their own
    for (const cell of rest) {
      do place += 1; while (taken.has(`${(place % columns) + 1},${rows + Math.floor(place / columns)}`));
      Object.assign(cell, { col: (place % columns) + 1, row: rows + Math.floor(place / columns) });
    }
    return { columns, rows: Math.max(rows, ...rest.map((cell) => cell.row)) };
  }

  function create() {
    const node = board.make("button", { class: "place", type: "button" });
    node.append(board.make("span", { class: "place-name" }), board.make("span", { class: "place-value" }));
    return node;
  }

  function update(view, name, shade, range, dense) {
    const question = `${name}|${board.language()}`;
    return (node, cell) => {
      const { shown, few } = cell;
      const silent = board.isSilent(view, board.datasetOf(name));
      const missing = shown.value === null;
      const colour = missing || few || silent || cell.key === UNASSIGNED ? null : shade(range.at(shown.value));
      board.put(node.children[0], board.shortName(cell.unit));
      board.put(node.children[1], printed(shown, few, dense), question);
      const kind = `place ${missing ? "hatched" : ""} ${few ? "few" : ""} ${silent ? "grey" : ""}`;
      const tip = described(view, cell, name);
      board.set(node, {
        class: kind,
        "data-status": cell.status && cell.status !== "fine" ? cell.status : null,
        "data-tip": tip,
        "aria-description": tip.replaceAll("\n", ", "),
        "aria-pressed": String(view.state.unit === cell.key),
        style: `grid-column:${cell.col};grid-row:${cell.row};` + (colour ? `background:${colour.background};color:${colour.ink}` : ""),
      });
    };
  }

  function paintMap(node, view) {
    const name = view.indicator;
    const cells = cellsOf(view, name);
    const range = scale(view, name, cells);
    const grid = placed(cells);
    const dense = cells.length > DENSE;
    document.documentElement.toggleAttribute("data-dense", dense);
    node.style.setProperty("--columns", grid.columns);
    node.style.setProperty("--rows", grid.rows);
    node.classList.toggle("dense", dense);
    const shade = shades();
    board.keyed(node, cells, (cell) => cell.key, create, update(view, name, shade, range, dense));
    node.onclick = (event) => {
      const key = event.target.closest(".place")?.dataset.key;
      if (key) board.state.choose({ unit: view.state.unit === key ? "" : key });
    };
    return { range, shade };
  }

  function paintLegend(node, view, { range, shade }) {
    const worse = board.higherIsBetter(view.indicator);
    const sample = board.measure(view.frame.city, view.indicator);
    const rate = sample.rate || view.indicator.includes("rate") || view.indicator.endsWith("share") || view.indicator.startsWith("satis");
    const write = (value) => (rate ? board.percent(value, 1) : board.number(value));
    const silent = board.isSilent(view, board.datasetOf(view.indicator));
    const key = JSON.stringify([range.low, range.high, view.indicator, board.language(), shade(0), view.minimum, silent]);
    if (node.dataset.drawn === key) return;
    node.dataset.drawn = key;
    const stops = [0, 0.25, 0.5, 0.75, 1].map((t) => shade(t).background).join(",");
    const bar = board.make("i", { class: "ramp", style: silent ? null : `background:linear-gradient(90deg,${stops})` });
    node.replaceChildren(
      board.make("b", { class: "legend-name" }, board.say(`indicator.${view.indicator}`)),
      board.make("span", {}, write(worse ? range.high : range.low)), bar,
      board.make("span", {}, write(worse ? range.low : range.high)),
      board.make("span", { class: "wide" }, board.say("map.darker")),
      board.make("span", {}, board.make("i", { class: "swatch hatched" }), board.say("map.missing")),
    );
    if (rate) node.append(board.make("span", {}, board.make("i", { class: "swatch few" }), board.say("map.too_few", { n: view.minimum })));
  }

  Object.assign(board, { paintMap, paintLegend, shades });
})();
