// Painting: write only what changed, keep the nodes, let what changed glow.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const SVG = "http://www.w3.org/2000/svg";

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    set(node, attributes);
    node.append(...children);
    return node;
  }

  function set(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) node.removeAttribute(name);
      else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
    }
    return node;
  }

  // What each node last said, and in answer to what: kept beside the page, since writing to it costs a layout.
  const said = new WeakMap();

  // Write a text; it glows when it replaces another one of the same question.
  function put(node, text, question) {
    const value = text ?? "";
    const before = said.get(node);
    if (before?.value === value && before.question === question) return;
    said.set(node, { value, question });
    if (before?.value === value) return;
    node.textContent = value;
    if (before?.value && question !== undefined && before.question === question) glow(node);
  }

  let glowing = new Set();

  // Let nodes glow, all of one paint together: restarting an animation needs a layout, and one is enough.
  function glow(node) {
    if (!glowing.size) queueMicrotask(restart);
    glowing.add(node);
  }

  function restart() {
    const nodes = [...glowing];
    glowing = new Set();
    for (const node of nodes) node.classList.remove("glow");
    void document.body.offsetWidth;
    for (const node of nodes) node.classList.add("glow");
  }

  // Bring the children of a node in line with the items, reusing the nodes by key.
  function keyed(parent, items, key, create, update) {
    const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
    let place = parent.firstElementChild;
    for (const item of items) {
      const name = String(key(item));
      let node = known.get(name);
      if (node) known.delete(name);
      else {
        node = create(item);
        node.dataset.key = name;
      }
      if (node === place) place = place.nextElementSibling;
      else parent.insertBefore(node, place);
      update(node, item);
    }
    for (const node of known.values()) node.remove();
  }

  const part = (node, name) => node.querySelector(`[data-part="${name}"]`);

  // A status mark: shape and colour, with its word for those who do not see it.
  function mark(status, spoken = true) {
    const node = make("i", { class: `mark ${status}`, "aria-hidden": spoken ? null : "true" });
    if (spoken) set(node, { role: "img", "aria-label": board.say(`status.${status}`) });
    return node;
  }

  function extent(series) {
    const known = series.flat().filter((value) => value !== null && value !== undefined);
    return known.length ? [Math.min(...known), Math.max(...known)] : null;
  }

  function line(values, x, y) {
    let path = "";
    let pen = false;
    values.forEach((value, i) => {
      if (value === null || value === undefined) pen = false;
      else {
        path += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
        pen = true;
      }
    });
    return path;
  }

  function band(low, high, x, y) {
    const both = low.map((value, i) => i).filter((i) => low[i] !== null && high[i] !== null);
    if (both.length < 2) return "";
    const up = both.map((i) => `${x(i).toFixed(1)} ${y(high[i]).toFixed(1)}`);
    const down = both.reverse().map((i) => `${x(i).toFixed(1)} ${y(low[i]).toFixed(1)}`);
    return `M${up.join("L")}L${down.join("L")}Z`;
  }

  // A trend line in a box: one series, or a low and a high one with the band between. Gaps stay gaps.
  function spark(node, series, label, width = 160, height = 26) {
    const key = JSON.stringify([series, label]);
    if (node.dataset.drawn === key) return;
    node.dataset.drawn = key;
    node.replaceChildren();
    const range = extent(series);
    if (!range || series[0].filter((value) => value !== null).length < 2) return;
    const [low, high] = range;
    const x = (i) => (i / Math.max(1, series[0].length - 1)) * width;
    const y = (value) => (high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4));
    const svg = document.createElementNS(SVG, "svg");
    set(svg, { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label });
    if (series.length === 2) draw(svg, band(series[0], series[1], x, y), "band");
    for (const values of series) draw(svg, line(values, x, y), "line");
    node.append(svg);
  }

  function draw(svg, path, name) {
    const node = document.createElementNS(SVG, "path");
    set(node, { d: path, class: name });
    svg.append(node);
  }

  // Put data into a store of the page. The renderer would keep every value that was ever given, to undo it one day.
  function give(id, data) {
    window.dash_clientside.set_props(id, { data });
    for (const store of window.dash_stores ?? []) store.getState().history.past.length = 0;
  }

  // Several painters as one: bound one by one, the parts of a page would keep the renderer longer than their painting.
  // One that fails leaves the others alone.
  function together(painters, seen) {
    for (const paint of painters) {
      try {
        paint(...seen);
      } catch (error) {
        reportError(error);
      }
    }
    return seen[0]?.version ?? "";
  }

  Object.assign(board, { give, together, make, set, put, keyed, part, mark, spark, glow });
})();
