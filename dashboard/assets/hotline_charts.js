// The pictures of the hotline: calls by weekday and hour, how long people wait, units and categories, bursts, and if the
// phone rings where files are late.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const SVG = "http://www.w3.org/2000/svg";
  const shown = new WeakMap(); // what each picture last drew

  // How many units a picture is across, so that its letters are of one size on a phone, too.
  const wide = () => (matchMedia("(max-width: 699px)").matches ? 330 : 560);

  // Draw only what is new; a picture is drawn whole.
  function fresh(node, ...question) {
    const key = JSON.stringify([question, wide(), board.language(), document.documentElement.dataset.theme]);
    if (shown.get(node) === key) return false;
    shown.set(node, key);
    return true;
  }

  const svg = (tag, attributes = {}, ...children) => {
    const node = board.set(document.createElementNS(SVG, tag), attributes);
    node.append(...children);
    return node;
  };
  const sumOf = (values) => values.reduce((one, other) => one + other, 0);
  const dayName = (day, form) => new Intl.DateTimeFormat(board.language() === "en" ? "en-US" : "vi-VN", { weekday: form, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1 + day)));

  // Seven rows of days, twenty-four columns of hours; the count in the cell, a click asks for its calls.
  function paintCallsHours(node, view, weeks) {
    if (!fresh(node, weeks.hours, view.state.slot)) return;
    const most = Math.max(1, ...weeks.hours.flat());
    const all = sumOf(weeks.hours.flat());
    const shade = board.shades();
    const table = board.make("table");
    const head = board.make("tr", {}, board.make("th"));
    for (let hour = 0; hour < 24; hour += 1) head.append(board.make("th", { scope: "col" }, board.make("span", {}, board.number(hour))));
    const body = board.make("tbody");
    weeks.hours.forEach((line, day) => {
      const name = dayName(day, "long");
      const row = board.make("tr", {}, board.make("th", { scope: "row", title: name }, dayName(day, "short")));
      line.forEach((n, hour) => {
        const slot = String(day * 24 + hour);
        const colour = n ? shade(n / most) : null;
        const text = board.say("calls.hour_tip", { day: name, from: hour, to: hour + 1, n: board.number(n), share: all ? board.percent(n / all) : "–" });
        const button = board.make("button", { type: "button", "data-slot": slot, "data-tip": text, "aria-description": text, "aria-pressed": String(view.state.slot === slot), style: colour ? `background:${colour.background};color:${colour.ink}` : null }, board.number(n));
        button.onclick = () => board.listCalls("opened", { slot });
        row.append(board.make("td", {}, button));
      });
      body.append(row);
    });
    table.append(board.make("thead", {}, head), body);
    node.replaceChildren(board.make("div", { class: "heat by-hour", tabindex: "0" }, table));
    if (!all) node.replaceChildren(board.make("p", { class: "calm" }, board.say("calls.none_past")));
  }

  // Bars by waiting time; the scale is that of the bins. Lines at the median, the ninth tenth and the limit.
  function waits(name, told, ends, limit, text) {
    const box = board.make("figure", { class: "waits" });
    box.append(board.make("figcaption", {}, board.make("b", {}, board.say(`calls.${name}`)), " ", text));
    if (!told.n) {
      box.append(board.make("p", { class: "calm" }, board.say("calls.none_waits")));
      return box;
    }
    const places = Object.keys(told.bins).map(Number);
    const first = Math.max(0, Math.min(...places) - 1);
    const last = Math.min(ends.length, Math.max(...places) + 1);
    const most = Math.max(...Object.values(told.bins));
    const [width, height, foot] = [wide(), 132, 18];
    const step = width / (last - first + 1);
    const at = (minutes) => {
      const place = ends.findIndex((end) => minutes <= end);
      const bin = place < 0 ? ends.length : place;
      const low = bin > 0 ? ends[bin - 1] : 0;
      const part = bin < ends.length ? (minutes - low) / (ends[bin] - low) : 0.5;
      return Math.min(width, Math.max(0, (bin - first + part) * step));
    };
    const chart = svg("svg", { viewBox: `0 0 ${width} ${height + foot}`, role: "img", "aria-label": text });
    for (let place = first; place <= last; place += 1) {
      const n = told.bins[place] ?? 0;
      const from = place > 0 ? board.paintWaitText(ends[place - 1]) : "0";
      const to = place < ends.length ? board.paintWaitText(ends[place]) : "∞";
      const tip = board.say("calls.bin_tip", { from, to, n: board.number(n), share: board.percent(n / told.n) });
      const tall = (n / most) * (height - 14);
      chart.append(svg("rect", { class: "bar", x: (place - first) * step + 1, y: height - tall, width: Math.max(1, step - 2), height: tall, "data-tip": tip }));
      const every = Math.ceil((last - first + 1) / (width / 62));
      if (place < ends.length && (place - first) % every === every - 1 && (place - first + 1) * step < width - 22) {
        chart.append(svg("text", { class: "tick", x: (place - first + 1) * step, y: height + 14, "text-anchor": "middle" }, board.paintWaitText(ends[place])));
      }
    }
    const line = (minutes, kind, label) => {
      const x = at(minutes);
      const end = x > width * 0.75;
      chart.append(svg("line", { class: `level ${kind}`, x1: x, x2: x, y1: 0, y2: height }), svg("text", { class: `level-name ${kind}`, x: x + (end ? -4 : 4), y: { median: 10, p90: 22, limit: 34 }[kind], "text-anchor": end ? "end" : "start" }, label));
    };
    line(told.median, "median", board.say("calls.median", { wait: board.paintWaitText(told.median) }));
    line(told.p90, "p90", board.say("calls.p90", { p90: board.paintWaitText(told.p90) }));
    if (limit) line(limit, "limit", board.say("calls.limit_line", { limit: board.paintWaitText(limit) }));
    box.append(chart);
    return box;
  }

  function paintCallsWaits(node, view, weeks) {
    const limits = weeks.categories.filter((row) => (view.state.cat ? row.code === view.state.cat : row.opened || row.ended));
    // A limit is drawn when it is the same for all that are counted.
    const common = (name) => (new Set(limits.map((row) => row[name])).size === 1 ? limits[0]?.[name] : null);
    if (!fresh(node, weeks.answer, weeks.close, common("sla_hours"), common("first_answer_hours"))) return;
    const words = (told) => (told.n ? board.say("calls.spread", { n: board.number(told.n) }) : "");
    const hours = (value) => (value ? 60 * value : null);
    const forward = common("forward_minutes");
    node.replaceChildren(
      waits("answer", weeks.answer, weeks.bin_ends, hours(common("first_answer_hours")), words(weeks.answer)),
      waits("close", weeks.close, weeks.bin_ends, hours(common("sla_hours")), words(weeks.close)),
      board.make("p", { class: "note" }, [forward ? board.say("calls.forward_not_fed", { limit: board.paintWaitText(forward) }) : "", ruleWords(view)].filter(Boolean).join(" ")),
    );
  }

  function ruleWords(view) {
    const rule = view.rules.hotline;
    if (!rule?.source_vi) return "";
    const source = board.language() === "en" ? rule.source_en ?? rule.source_vi : rule.source_vi;
    return board.say("calls.rule", { source, standing: board.say(`definition.${rule.standing === "verified" ? "verified" : "provisional"}`) });
  }

  // Open calls by unit and category: what is late first, the number of open ones beside it.
  function paintCallsMatrix(node, view, now) {
    const live = board.health(view, "tickets").state === "live";
    if (!fresh(node, now.cells, view.geography?.id, view.state.unit, view.state.cat, live)) return;
    const totals = new Map();
    for (const cells of Object.values(now.cells)) {
      for (const [code, [open, late]] of Object.entries(cells)) {
        const before = totals.get(code) ?? [0, 0];
        totals.set(code, [before[0] + open, before[1] + late]);
      }
    }
    const columns = now.categories.filter((row) => totals.has(row.code)).sort((one, other) => totals.get(other.code)[1] - totals.get(one.code)[1] || totals.get(other.code)[0] - totals.get(one.code)[0]);
    const late = (key) => sumOf(Object.values(now.cells[key]).map((cell) => cell[1]));
    const open = (key) => sumOf(Object.values(now.cells[key]).map((cell) => cell[0]));
    const keys = Object.keys(now.cells).sort((one, other) => late(other) - late(one) || open(other) - open(one));
    if (!keys.length) {
      node.replaceChildren(board.make("p", { class: "calm" }, board.say("calls.none_open")));
      return;
    }
    const most = Math.max(1, ...keys.flatMap((key) => Object.values(now.cells[key]).map((cell) => cell[1])));
    const shade = board.shades();
    const head = board.make("tr", {}, board.make("th"));
    for (const row of columns) head.append(board.make("th", { scope: "col", "data-tip": board.callName(row) }, board.make("span", {}, board.callName(row))));
    const body = board.make("tbody");
    for (const key of keys) {
      const unit = board.callUnit(view, key);
      const line = board.make("tr", { class: key === view.state.unit ? "chosen" : null }, board.make("th", { scope: "row", title: board.unitName(unit) }, board.shortName(unit)));
      for (const row of columns) line.append(matrixCell(view, key, unit, row, now.cells[key][row.code], most, shade, live));
      body.append(line);
    }
    const table = board.make("table", {}, board.make("thead", {}, head), body);
    node.replaceChildren(board.make("div", { class: "heat", tabindex: "0" }, table), board.make("p", { class: "legend" }, board.say("calls.matrix_legend")));
  }

  function matrixCell(view, key, unit, row, cell, most, shade, live) {
    const [open, late] = cell ?? [0, 0];
    const text = board.say("calls.cell_tip", { unit: board.unitName(unit), category: board.callName(row), open: board.number(open), late: board.number(late) });
    if (!open) return board.make("td", { class: "hatched", "data-tip": text });
    const colour = late && live ? shade(late / most) : null;
    const style = colour ? `background:${colour.background};color:${colour.ink}` : null;
    const button = board.make("button", { type: "button", class: late && !live ? "grey" : null, style, "data-tip": text, "aria-description": text }, board.make("b", {}, board.number(late)), board.make("span", {}, `/${board.number(open)}`));
    button.onclick = () => board.listCalls(late ? "late" : "open", { unit: view.byKey[key] ? key : "unassigned", cat: row.code });
    return board.make("td", {}, button);
  }

  function paintBursts(node, view, weeks) {
    const names = new Map(weeks.categories.map((row) => [row.code, row]));
    const number = { kind: "number" };
    const columns = [
      { key: "place", kind: "name", label: board.say("calls.unit"), text: (row) => board.shortName(board.callUnit(view, row.place)), value: (row) => board.shortName(board.callUnit(view, row.place)) },
      { key: "topic", kind: "text", label: board.say("calls.category"), text: (row) => board.callName(names.get(row.topic) ?? { name_vi: row.topic }) },
      { key: "calls", ...number, label: board.say("calls.week_calls"), text: (row) => board.number(row.calls), value: (row) => row.calls, shade: () => "strong" },
      { key: "usual", ...number, label: board.say("calls.usual"), text: (row) => board.number(row.usual, 1), value: (row) => row.usual },
      { key: "times", ...number, label: board.say("calls.times"), text: (row) => (row.usual ? board.say("calls.times_n", { n: board.number(row.calls / row.usual, 1) }) : "–"), value: (row) => (row.usual ? row.calls / row.usual : null) },
      { key: "reopened", ...number, label: board.say("calls.reopened"), text: (row) => board.number(row.reopened), value: (row) => row.reopened },
    ];
    board.paintTable(node, columns, weeks.bursts, {
      key: (row) => `${row.place}|${row.topic}`, question: board.language(), none: board.say("calls.no_bursts"),
      choose: (row) => board.state.choose({ unit: view.byKey[row.place] ? row.place : "", cat: row.topic, win: "7", calls: "opened", slot: "", page: "" }),
    });
  }

  function paintAboutDossiers(node, view, weeks) {
    if (!fresh(node, weeks.dossiers, view.state.unit)) return;
    const told = weeks.dossiers;
    if (!told) return node.replaceChildren(board.make("p", { class: "calm" }, board.say("calls.no_about")));
    const share = told.share.value === null ? "–" : board.percent(told.share.value);
    const first = board.say("calls.about_share", { share, n: board.number(told.share.n), of: board.number(told.share.of) });
    const points = Object.entries(told.units)
      .filter(([key, one]) => view.byKey[key] && one.open && one.received && one.late !== null)
      .map(([key, one]) => ({ key, unit: view.byKey[key], ...one, x: one.late / one.open, y: (1000 * one.about) / one.received }));
    const parts = [board.make("p", {}, first)];
    if (points.length < 3) parts.push(board.make("p", { class: "calm" }, board.say("calls.no_dossiers")));
    else parts.push(board.make("p", { class: "note" }, correlationWords(told)), scatter(points, view));
    node.replaceChildren(...parts);
    return undefined;
  }

  function correlationWords(told) {
    const r = told.correlation;
    if (r === null) return "";
    const strength = r >= 0.5 ? "strong" : r >= 0.2 ? "weak" : r > -0.2 ? "none" : "against";
    return board.say(`calls.rank_${strength}`, { r: board.number(r, 2), n: board.number(told.pairs), version: board.number(told.version) });
  }

  function scatter(points, view) {
    const [width, height, left, foot] = [wide(), 250, 40, 34];
    const top = (values) => Math.max(1e-9, ...values) * 1.08;
    const [maxX, maxY] = [top(points.map((one) => one.x)), top(points.map((one) => one.y))];
    const x = (value) => left + (value / maxX) * (width - left - 8);
    const y = (value) => height - foot - (value / maxY) * (height - foot - 8);
    const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": board.say("calls.scatter") });
    chart.append(svg("line", { class: "axis", x1: left, x2: width, y1: y(0), y2: y(0) }), svg("line", { class: "axis", x1: left, x2: left, y1: 4, y2: y(0) }));
    for (const part of [0, 0.5, 1]) {
      chart.append(svg("text", { class: "tick", x: x(part * maxX / 1.08), y: y(0) + 14, "text-anchor": "middle" }, board.percent((part * maxX) / 1.08)));
      chart.append(svg("text", { class: "tick", x: left - 5, y: y((part * maxY) / 1.08) + 4, "text-anchor": "end" }, board.number((part * maxY) / 1.08, maxY < 10 ? 1 : 0)));
    }
    chart.append(svg("text", { class: "axis-name", x: width, y: height - 2, "text-anchor": "end" }, board.say("calls.axis_late")), svg("text", { class: "axis-name", x: left + 6, y: 10 }, board.say("calls.axis_calls")));
    const written = []; // where names stand: none is written over another
    const isFree = (at) => written.every(([px, py]) => Math.abs(px - at[0]) > 78 || Math.abs(py - at[1]) > 12);
    const named = new Set([...points].sort((one, other) => other.x / maxX + other.y / maxY - one.x / maxX - one.y / maxY).slice(0, 6).map((one) => one.key));
    for (const one of points) {
      const tip = board.say("calls.point_tip", { unit: board.unitName(one.unit), about: board.number(one.about), calls: board.number(one.calls), received: board.number(one.received), late: board.number(one.late), open: board.number(one.open) });
      const dot = svg("circle", { class: one.key === view.state.unit ? "dot chosen" : "dot", cx: x(one.x), cy: y(one.y), r: 5, role: "img", "aria-label": tip, "data-tip": tip });
      dot.onclick = () => board.state.choose({ unit: one.key === view.state.unit ? "" : one.key });
      chart.append(dot);
      if (named.has(one.key) || one.key === view.state.unit) {
        const end = x(one.x) > width * 0.8;
        const at = [x(one.x), y(one.y)];
        if (!isFree(at) && one.key !== view.state.unit) continue;
        written.push(at);
        chart.append(svg("text", { class: "dot-name", x: x(one.x) + (end ? -8 : 8), y: y(one.y) + 3.5, "text-anchor": end ? "end" : "start" }, board.shortName(one.unit)));
      }
    }
    return board.make("div", { class: "scatter" }, chart);
  }

  Object.assign(board, { paintCallsHours, paintCallsWaits, paintCallsMatrix, paintBursts, paintAboutDossiers });
})();
