// Results within the day: the campaign's course against its pace line, shares by unit and field against the target.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const skip = () => window.dash_clientside.no_update;
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const SVG = "http://www.w3.org/2000/svg";
  const svg = (tag, attributes = {}, ...children) => {
    const node = board.set(document.createElementNS(SVG, tag), attributes);
    node.append(...children);
    return node;
  };

  const named = (row) => (board.language() === "en" ? row.name_en || row.name_vi : row.name_vi || row.name_en);
  const known = (value) => value !== null && value !== undefined;
  const dayOf = (iso) => board.day(`${iso}T12:00:00Z`);
  const short = (iso) => dayOf(iso).slice(0, 5);

  function fact(name, value, words, status) {
    return board.make("div", { class: "fact", "data-fact": name },
      board.make("span", { class: "fact-name" }, board.say(`same_day.${name}`)),
      board.make("b", { class: status ?? null, "data-status": status ?? null }, value),
      board.make("span", { class: "fact-words" }, words));
  }

  // Behind is late, within a twentieth below is watch; without a target, or on old figures, nothing is judged.
  let isOld = false;

  function judged(value, target) {
    if (isOld || !known(value) || !known(target)) return null;
    return value >= target ? "fine" : value >= 0.95 * target ? "watch" : "late";
  }

  // Round values from 0 to the first that is not below `most`, at most five steps.
  function ticks(most) {
    const rough = most / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
    return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => i * step);
  }

  function facts(told) {
    const { campaign, course, whole } = told;
    const share = whole.value === null ? "–" : board.percent(whole.value);
    const of = board.say("tile.n_of", { n: board.number(whole.n), of: board.number(whole.of) });
    const parts = [fact("share", share, campaign?.share ? `${of} · ${board.say("same_day.target", { target: board.percent(campaign.share, 0) })}` : of, judged(whole.value, campaign?.share))];
    if (!course) return parts;
    parts.unshift(fact("done", board.number(course.done), board.say("same_day.done_words", { days: board.number(course.days), of: board.number(course.of_days) }), judged(course.done, course.expected)));
    if (known(course.expected)) {
      const gap = course.done - course.expected;
      parts.push(fact("pace", board.number(course.expected), board.say(gap >= 0 ? "same_day.ahead" : "same_day.behind", { n: board.number(Math.abs(gap)) })));
    }
    if (known(course.forecast)) {
      const words = board.say("same_day.forecast_words", { n: board.number(course.a_day), day: dayOf(campaign.last) });
      const own = known(course.expected) ? ` · ${board.say("same_day.target", { target: board.number(campaign.dossiers) })}` : "";
      parts.push(fact("forecast", board.number(course.forecast), words + own, known(course.expected) ? judged(course.forecast, campaign.dossiers) : null));
    }
    return parts;
  }

  // What came together by the end of each day, the pace line, and where it goes on at the present pace.
  function picture(told) {
    const { lines, course, campaign } = told;
    const narrow = matchMedia("(max-width: 699px)").matches;
    const isWall = document.documentElement.hasAttribute("data-wall");
    const [width, height, left, foot] = narrow ? [340, 220, 64, 22] : [isWall ? 1600 : 900, 240, 64, 24];
    const steps = ticks(Math.max(1, ...lines.flatMap((one) => [one.done ?? 0, one.pace ?? 0]), course.forecast ?? 0));
    const most = Math.max(...steps);
    const x = (i) => left + (i / Math.max(1, lines.length - 1)) * (width - left - 10);
    const y = (value) => height - foot - (value / most) * (height - foot - 10);
    const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": board.say("same_day.picture") });
    for (const value of steps) {
      chart.append(svg("line", { class: "axis", x1: left, x2: width - 10, y1: y(value), y2: y(value) }), svg("text", { class: "tick", x: left - 6, y: y(value) + 4, "text-anchor": "end" }, board.number(value)));
    }
    const every = Math.ceil(lines.length / (narrow ? 4 : 7));
    lines.forEach((one, i) => (i % every === 0 ? chart.append(svg("text", { class: "tick", x: x(i), y: height - 6, "text-anchor": "middle" }, short(one.day))) : undefined));
    const path = (values, kind) => {
      const points = values.map((value, i) => (known(value) ? `${x(i).toFixed(1)} ${y(value).toFixed(1)}` : null)).filter(Boolean);
      if (points.length > 1) chart.append(svg("path", { class: `course ${kind}`, d: `M${points.join("L")}` }));
    };
    path(lines.map((one) => one.pace), "pace");
    path(lines.map((one) => one.done), "done");
    const last = lines.map((one) => known(one.done)).lastIndexOf(true);
    if (last >= 0 && last < lines.length - 1 && known(course.forecast)) {
      chart.append(svg("line", { class: "course ahead", x1: x(last), y1: y(lines[last].done), x2: x(lines.length - 1), y2: y(course.forecast) }));
    }
    if (last >= 0) chart.append(svg("circle", { class: "dot", cx: x(last), cy: y(lines[last].done), r: 4, "data-tip": `${dayOf(lines[last].day)}\n${board.number(lines[last].done)}` }));
    const keys = ["done", ...(campaign.dossiers && known(course.expected) ? ["pace"] : []), "ahead"];
    const plotted = board.make("div", { class: "course-notes", style: `left:${(100 * left) / width}%;right:${1000 / width}%;bottom:${(100 * foot) / height}%` });
    board.noteLine(plotted, lines.map((one) => one.day), board.state.read().unit, ["same_day_rate_30d"]);
    return [
      board.make("div", { class: "course-chart" }, chart, plotted),
      board.make("div", { class: "band-keys" }, ...keys.map((kind) => board.make("span", { class: "key" }, board.make("i", { class: `stroke-${kind}` }), board.say(`same_day.key_${kind}`)))),
    ];
  }

  function paintCourse(view, told) {
    const node = part("same_day_course");
    const key = JSON.stringify([told, board.language(), view.frame.simulated, isOld]);
    if (node.dataset.drawn === key) return;
    node.dataset.drawn = key;
    const parts = [board.make("div", { class: "facts" }, ...facts(told))];
    if (told.campaign) parts.push(...(told.lines.some((one) => one.done) ? picture(told) : [board.make("p", { class: "calm" }, board.say("same_day.none"))]));
    else parts.push(board.make("p", { class: "note" }, board.say("same_day.no_campaign")));
    if (told.campaign) {
      const words = [board.say("same_day.rule", { standing: board.say(`definition.${told.campaign.standing === "verified" ? "verified" : "provisional"}`) })];
      if (view.frame.simulated && known(told.course.expected)) words.push(board.say("same_day.simulated", { share: board.percent(told.scale, told.scale < 0.1 ? 1 : 0) }));
      parts.push(board.make("p", { class: "note" }, words.join(" ")));
    }
    node.replaceChildren(...parts);
  }

  function table(name, view, told, rows, text, label, target, options) {
    const few = (row) => row.share.of < view.minimum;
    const columns = [
      { key: "name", kind: "name", label: board.say(label), text, value: text },
      { key: "share", kind: "number", label: board.say("same_day.share"), text: (row) => (few(row) ? board.say("tile.n", { n: board.number(row.share.of) }) : board.percent(row.share.value)), value: (row) => (few(row) ? null : row.share.value), shade: (row) => (few(row) ? "pale" : judged(row.share.value, target) ?? "") },
      { key: "bar", kind: "drawn", label: "", draw: (cell, row) => drawShare(cell, row, target, few(row)) },
      { key: "n", kind: "number", label: board.say("same_day.n"), text: (row) => board.number(row.share.n), value: (row) => row.share.n },
      { key: "of", kind: "number", label: board.say("same_day.received"), text: (row) => board.number(row.share.of), value: (row) => row.share.of },
    ];
    const rank = (row) => (few(row) ? 2 : row.share.value);
    board.paintTable(part(name), columns, [...rows].sort((one, other) => rank(one) - rank(other) || other.share.of - one.share.of), { key: (row) => row.key ?? row.code, question: board.language(), none: board.say("same_day.none"), ...options });
  }

  function drawShare(cell, row, target, few) {
    board.set(cell, { class: few ? "drawn few" : "drawn", "data-tip": board.say("tile.n_of", { n: board.number(row.share.n), of: board.number(row.share.of) }) });
    const key = JSON.stringify([row.share, target]);
    if (cell.dataset.drawn === key) return;
    cell.dataset.drawn = key;
    const band = board.make("div", { class: "band" }, board.make("i", { class: "interval", style: `left:0;width:${(100 * (row.share.value ?? 0)).toFixed(2)}%` }));
    if (target) band.append(board.make("i", { class: "line", style: `left:${100 * target}%` }));
    cell.replaceChildren(band);
  }

  function note(name, words) {
    const node = part(name)?.parentElement.querySelector('[data-part="note"]');
    if (node) board.put(node, words);
  }

  const stale = (name, view, dataset) => board.feedNotice(part(name)?.parentElement, view, dataset);

  function sameDay(frame, state, registry, words, link, told) {
    const view = board.look(frame, state, registry, words, link, null);
    if (!view || !told || !document.getElementById("same-day")) return skip();
    if (board.waits(view, told)) return skip();
    isOld = board.isSilent(view, "dossiers");
    board.stands(isOld);
    const unit = (row) => view.byKey[row.key] ?? { key: row.key, name_vi: board.say("map.unassigned"), name_en: board.say("map.unassigned") };
    const where = view.unit ? board.unitName(view.unit) : board.say("content.city");
    paintCourse(view, told);
    note("same_day_course", `${where} · ${dayOf(told.from_on)} – ${dayOf(told.campaign?.last ?? told.until)}`);
    const target = told.campaign?.share ? board.say("same_day.note_target", { target: board.percent(told.campaign.share, 0) }) : "";
    table("same_day_units", view, told, told.units, (row) => board.shortName(unit(row)), "content.unit", told.campaign?.share, {
      chosen: (row) => row.key === view.state.unit,
      choose: (row) => (view.byKey[row.key] ? board.state.choose({ unit: row.key === view.state.unit ? "" : row.key }) : undefined),
    });
    note("same_day_units", target);
    table("same_day_fields", view, told, told.fields, named, "content.field", null, {});
    note("same_day_fields", board.say("same_day.note_fields", { where }));
    stale("same_day_course", view, "dossiers");
    return frame.version;
  }

  Object.assign(board, { sameDay });
})();
