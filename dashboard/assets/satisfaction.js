// Satisfaction, never one number: what is sure, what is likely, what those who answered say.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const skip = () => window.dash_clientside.no_update;
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const STAGES = ["reception", "processing", "return"];

  const named = (row) => (board.language() === "en" ? row.name_en || row.name_vi : row.name_vi || row.name_en);
  const count = (value) => board.number(value ?? 0);
  const known = (value) => value !== null && value !== undefined;

  // Bounds as "48,5–98,5 %": one decimal, two where they are close.
  function range(low, high) {
    if (!known(low) || !known(high)) return "–";
    const digits = high - low < 0.002 ? 2 : 1;
    return board.say("format.range_percent", { low: board.number(100 * low, digits), high: board.number(100 * high, digits) });
  }

  function tipping(row) {
    if (!row.finished) return "–";
    if (!known(row.tipping_point)) return board.say("content.tipping_never");
    return row.tipping_point === 0 ? board.say("content.tipping_already") : board.percent(row.tipping_point, 0);
  }

  // Three nested bands on a scale from 0 to 100 %: worst to best, modelled, the interval of those who answered.
  function band(row, line, model) {
    const made = board.make("div", { class: "band" });
    const put = (kind, low, high) => {
      if (!known(low) || !known(high)) return;
      made.append(board.make("i", { class: kind, style: `left:${(100 * low).toFixed(2)}%;width:${Math.max(0.4, 100 * (high - low)).toFixed(2)}%` }));
    };
    put("bounds", row.low, row.high);
    if (model) put("model", model[0], model[2]);
    if (row.interval) put("interval", ...row.interval);
    if (known(line)) made.append(board.make("i", { class: "line", style: `left:${100 * line}%` }));
    return made;
  }

  function tip(row, minimum) {
    if (!row.finished) return board.say("content.none");
    return [
      board.say("content.tip_answered", { n: count(row.rated), of: count(row.finished), rate: board.percent(row.answered.value) }),
      board.say("content.tip_bounds", { range: range(row.low, row.high) }),
      row.interval ? board.say("content.tip_interval", { range: range(...row.interval) }) : board.say("content.nobody"),
      row.rated < minimum ? board.say("content.few", { n: minimum }) : "",
    ].filter(Boolean).join("\n");
  }

  function paintWhole(view, told) {
    const node = part("content_whole");
    const row = told.whole;
    const key = JSON.stringify([row, told.modelled, told.line, board.language()]);
    if (node.dataset.drawn === key) return;
    node.dataset.drawn = key;
    if (!row.finished) return node.replaceChildren(board.make("p", { class: "calm" }, board.say("content.none")));
    const fact = (name, value, words) => board.make("div", { class: "fact", "data-fact": name },
      board.make("span", { class: "fact-name" }, board.say(`content.${name}`)), board.make("b", {}, value), board.make("span", { class: "fact-words" }, words));
    const share = (value) => board.percent(value, 1);
    const line = board.percent(told.line, 0);
    const turn = known(row.tipping_point) && row.tipping_point > 0
      ? board.say("content.tipping_words", { rate: board.percent(row.tipping_point, 1), line })
      : board.say(row.tipping_point === 0 ? "content.tipping_already_words" : "content.tipping_never_words", { line });
    const scale = board.make("div", { class: "scale" });
    for (const at of [0, 25, 50, 75, 100]) scale.append(board.make("span", { style: `left:${at}%` }, board.say("format.percent", { value: at })));
    node.replaceChildren(
      board.make("div", { class: "facts" },
        fact("answered", share(row.answered.value), board.say("content.answered_words", { n: count(row.rated), of: count(row.finished) })),
        fact("bounds", range(row.low, row.high), board.say("content.bounds_words")),
        fact("interval", row.interval ? range(...row.interval) : "–", board.say("content.interval_words", { n: count(row.content), of: count(row.rated) })),
        fact("tipping", tipping(row), turn)),
      board.make("div", { class: "band-large" }, band(row, told.line, told.modelled), scale),
      board.make("div", { class: "band-keys" },
        ...["bounds", "model", "interval", "line"].map((kind) => board.make("span", { class: "key" }, board.make("i", { class: `swatch-${kind}` }), board.say(`content.key_${kind}`, { line })))),
    );
    return undefined;
  }

  function paintModel(view, told) {
    const node = part("content_model");
    const key = JSON.stringify([told.modelled, told.punctual, board.language()]);
    if (node.dataset.drawn === key) return;
    node.dataset.drawn = key;
    const parts = [];
    if (told.modelled) {
      const [low, middle, high] = told.modelled;
      parts.push(board.make("p", { class: "model-range" }, board.make("b", {}, range(low, high)), " ", board.say("content.model_middle", { middle: board.percent(middle, 1) })));
    } else parts.push(board.make("p", { class: "calm" }, board.say(view.state.unit && view.state.field ? "content.model_both" : "content.model_none")));
    parts.push(board.make("p", { class: "note" }, board.say(view.state.unit ? "content.model_words_unit" : "content.model_words", { odds: board.number(told.odds, told.odds % 1 ? 1 : 0), from: board.day(`${told.model_from}T12:00:00Z`) })));
    const box = board.make("div");
    node.replaceChildren(...parts, box);
    const rows = [...told.punctual].sort((one, other) => Number(other.key) - Number(one.key));
    paintRows(box, told, rows, (row) => board.say(`content.punctual_${row.key === "-1" ? "unknown" : row.key}`), "content.punctual", {});
  }

  // Rows of what can be said; those with too few answers stand pale, with their n.
  function paintRows(node, told, rows, name, label, options) {
    const few = (row) => row.rated < told.minimum_n;
    const pale = (row) => (few(row) ? "pale" : "");
    const columns = [
      { key: "name", kind: "name", label: board.say(label), text: name, value: name, about: options.about },
      { key: "answered", kind: "number", label: board.say("content.answered"), text: (row) => (row.finished ? board.percent(row.answered.value, 0) : "–"), value: (row) => row.answered.value },
      { key: "band", kind: "drawn", label: "", draw: (cell, row) => drawBand(cell, row, told), },
      { key: "bounds", kind: "number", label: board.say("content.bounds"), text: (row) => range(row.low, row.high), value: (row) => row.low, shade: pale },
      { key: "interval", kind: "number", label: board.say("content.interval"), text: (row) => (few(row) ? board.say("tile.n", { n: count(row.rated) }) : range(...(row.interval ?? []))), value: (row) => (few(row) ? null : row.interval?.[0]), shade: pale },
      { key: "tipping", kind: "number", label: board.say("content.tipping"), tip: board.say("content.tipping_tip", { line: board.percent(told.line, 0) }), text: (row) => (few(row) ? "–" : tipping(row)), value: (row) => (row.finished && !few(row) ? row.tipping_point ?? 1.1 : null), shade: pale },
      { key: "finished", kind: "number", label: board.say("content.finished"), text: (row) => count(row.finished), value: (row) => row.finished },
    ];
    board.paintTable(node, columns, rows, { key: (row) => row.key ?? row.code, question: board.language(), none: board.say("content.none"), ...options });
  }

  function drawBand(cell, row, told) {
    const key = JSON.stringify([row.low, row.high, row.interval, told.line]);
    board.set(cell, { "data-tip": tip(row, told.minimum_n), class: row.rated < told.minimum_n ? "drawn few" : "drawn" });
    if (cell.dataset.drawn === key) return;
    cell.dataset.drawn = key;
    cell.replaceChildren(board.make("span", { class: "unseen" }, tip(row, told.minimum_n)), band(row, told.line));
  }

  // The least satisfied first among those with enough answers: by the upper end of what they can be.
  function worstFirst(told) {
    const rank = (row) => (row.rated < told.minimum_n || !row.interval ? 2 : row.interval[1]);
    return (one, other) => rank(one) - rank(other) || other.finished - one.finished;
  }

  function paintStages(view, told) {
    const place = (row) => (STAGES.indexOf(row.stage) + 9) % 9;
    const rows = [...told.stages].sort((one, other) => place(one) - place(other));
    const scores = [...new Set(rows.flatMap((row) => Object.keys(row.scores)))].map(Number).sort((one, other) => other - one);
    const number = { kind: "number" };
    const columns = [
      { key: "stage", kind: "name", label: board.say("content.stage"), text: (row) => (STAGES.includes(row.stage) ? board.say(`content.stage_${row.stage}`) : row.stage) },
      ...scores.map((score) => ({ key: `score${score}`, ...number, label: scoreName(score), text: (row) => count(row.scores[score]), value: (row) => row.scores[score] ?? 0 })),
      { key: "share", ...number, label: board.say("content.stage_share"), text: (row) => (row.n < told.minimum_n ? board.say("tile.n", { n: count(row.n) }) : range(...row.interval)), value: (row) => row.interval?.[0] },
      { key: "n", ...number, label: board.say("content.ratings"), text: (row) => count(row.n), value: (row) => row.n },
    ];
    board.paintTable(part("content_stages"), columns, rows, { key: (row) => row.stage, question: board.language(), none: board.say("content.no_stages") });
    note("content_stages", board.say(view.state.field ? "content.note_stages_field" : "content.note_stages"));
  }

  const scoreName = (score) => (score <= 2 ? board.say(`content.score_${score}`) : board.number(score));

  function note(name, words) {
    const node = part(name)?.parentElement.querySelector('[data-part="note"]');
    if (node) board.put(node, words);
  }

  function content(frame, state, registry, words, link, told) {
    const view = board.look(frame, state, registry, words, link, null);
    if (!view || !told || !document.getElementById("content")) return skip();
    if (board.waits(view, told)) return skip();
    board.stands(board.isSilent(view, "ratings"));
    const unit = (row) => view.byKey[row.key] ?? { key: row.key, name_vi: board.say("map.unassigned"), name_en: board.say("map.unassigned") };
    const chosen = [view.unit ? board.unitName(view.unit) : board.say("content.city"), view.state.field ? board.fieldName(view, view.state.field) : "", board.say("content.since", { from: board.day(`${told.from_on}T12:00:00Z`) })];
    paintWhole(view, told);
    note("content_whole", chosen.filter(Boolean).join(" · "));
    paintModel(view, told);
    const units = [...told.units].sort(worstFirst(told));
    paintRows(part("content_units"), told, units, (row) => board.shortName(unit(row)), "content.unit", {
      about: (row) => board.unitName(unit(row)),
      chosen: (row) => row.key === view.state.unit,
      choose: (row) => (view.byKey[row.key] ? board.state.choose({ unit: row.key === view.state.unit ? "" : row.key }) : undefined),
    });
    note("content_units", board.say("content.note_worst", { n: told.minimum_n }));
    paintRows(part("content_fields"), told, [...told.fields].sort(worstFirst(told)), named, "content.field", {
      chosen: (row) => row.code === view.state.field,
      choose: (row) => board.state.choose({ field: row.code === view.state.field ? "" : row.code }),
    });
    note("content_fields", view.unit ? board.unitName(view.unit) : board.say("content.city"));
    paintRows(part("content_channels"), told, [...told.channels].sort((one, other) => other.finished - one.finished), (row) => board.say(`content.channel_${row.key}`), "content.channel", {});
    note("content_channels", board.say("content.since", { from: board.day(`${told.model_from}T12:00:00Z`) }));
    paintStages(view, told);
    board.feedNotice(part("content_whole")?.parentElement, view, "ratings");
    return frame.version;
  }

  Object.assign(board, { content });
})();
