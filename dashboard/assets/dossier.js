// One dossier: its course as bars against its deadlines, and its lateness split over the stops.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const HOUR_S = 3600;
  let shown = { code: null, data: null, error: "", version: 0 };
  let view = null;

  const asked = () => decodeURIComponent(location.pathname.split("/")[2] ?? "");

  async function read(code, version) {
    shown = { code, data: shown.code === code ? shown.data : null, error: "", version };
    paint();
    try {
      const answer = await fetch(`/api/v1/dossiers/${encodeURIComponent(code)}`, { headers: { Accept: "application/json" } });
      if (shown.code !== code) return;
      const errors = { 401: "refused", 403: "out_of_scope", 404: "not_found" };
      if (answer.ok) shown = { ...shown, data: await answer.json(), error: "" };
      else shown = { ...shown, data: null, error: errors[answer.status] ?? "broken" };
    } catch {
      if (shown.code === code && !shown.data) shown = { ...shown, error: "broken" };
    }
    paint();
  }

  // Office time: hours below a working day, else days with one decimal.
  function lasted(data, seconds) {
    if (seconds < data.day_s) return board.say("dossier.hour_unit", { n: board.number(seconds / HOUR_S, seconds % HOUR_S ? 1 : 0) });
    return board.say("dossier.day_unit", { n: inDays(data, seconds) });
  }

  const inDays = (data, seconds) => board.number(seconds / data.day_s, seconds % data.day_s ? 1 : 0);
  const holder = (names, missing) => (names ? board.holderName(names, missing) : board.say(missing));

  function stopName(stop) {
    if (stop.step !== null) return holder(stop.holder, "dossier.unnamed");
    return board.say("dossier.handover", { sender: holder(stop.holder, "dossier.intake"), receiver: holder(stop.to, "dossier.nobody") });
  }

  function verdict(data) {
    if (!data.due_at) return ["unknown", board.say("dossier.no_due")];
    if (!data.is_late) return ["fine", board.say(data.ended_at ? "dossier.on_time" : "dossier.open")];
    if (!data.late_s) return ["late", board.say("dossier.late_night")];
    return ["late", board.say(data.ended_at ? "dossier.late_then" : "dossier.late_now", { days: inDays(data, data.late_s) })];
  }

  function head(data) {
    const unit = view.byKey[data.unit];
    const [status, said] = verdict(data);
    const name = board.language() === "en" ? data.name_en || data.name_vi : data.name_vi;
    const facts = [
      ["unit", unit ? board.unitName(unit) : board.say("map.unassigned")],
      ["procedure", `${name} (${data.procedure})`],
      ["status", data.status ? board.say(`cases.status_${data.status}`) : null],
      ["channel", data.channel ? board.say(`dossier.channel_${data.channel}`) : null],
      ["statutory", data.statutory_days === null ? null : board.say("dossier.day_unit", { n: board.number(data.statutory_days) })],
      ...["submitted", "accepted", "due", "finished", "returned", "stopped"].map((name) => [name, data[`${name}_at`] ? board.dateTime(data[`${name}_at`]) : null]),
    ].filter(([, value]) => value);
    return [
      board.make("div", { class: "dossier-title" }, board.make("h1", {}, data.code), board.make("p", { class: `verdict ${status}` }, board.mark(status, false), " ", said)),
      board.make("dl", { class: "dossier-facts" }, ...facts.map(([key, value]) => board.make("div", {}, board.make("dt", {}, board.say(`dossier.${key}`)), board.make("dd", {}, value)))),
    ];
  }

  // What is drawn: rows of {name, begin, end, kind, over 0..1, told}, and lines at instants.
  function lanes(data, end) {
    const rows = [];
    if (data.submitted_at && data.accepted_at && data.accepted_at > data.submitted_at) {
      rows.push({ name: board.say("dossier.waiting_intake"), begin: data.submitted_at, end: data.accepted_at, kind: data.accept_by && data.accepted_at > data.accept_by ? "before over" : "before", told: data.accept_by ? `${board.say("dossier.accept_by")} ${board.dateTime(data.accept_by)}` : "" });
    }
    for (const stop of data.stops) {
      const parts = [board.say("dossier.used", { used: lasted(data, stop.used_s), allowed: lasted(data, stop.allowed_s) })];
      if (stop.late_s) parts.push(board.say("dossier.late_part", { late: lasted(data, stop.late_s) }));
      if (stop.is_alone) parts.push(board.say("dossier.alone"));
      rows.push({ name: stopName(stop), begin: stop.begin_at, end: stop.end_at, kind: stop.step === null ? "between" : "step", over: stop.used_s ? Math.min(1, stop.late_s / stop.used_s) : 0, told: parts.join(" · ") });
    }
    const onCourse = new Set(data.stops.map((stop) => stop.step));
    for (const step of data.steps.filter((one) => one.started_at && !onCourse.has(one.code))) {
      rows.push({ name: board.say("dossier.beside", { holder: holder([step.agency, step.department], "dossier.unnamed") }), begin: step.started_at, end: step.finished_at ?? end, kind: "beside", told: "" });
    }
    for (const pause of data.pauses) rows.push({ name: board.say(`dossier.pause_${pause.reason}`), begin: pause.from_at, end: pause.to_at ?? end, kind: "pause", told: "" });
    return rows;
  }

  function linesOf(data, end) {
    const before = data.dues.map((due) => due.due_at).filter((due) => due !== data.due_at);
    return [
      ...(data.accepted_at ? [{ at: data.accepted_at, name: "accepted", kind: "plain" }] : []),
      ...before.map((at) => ({ at, name: "due_before", kind: "past" })),
      ...(data.due_at ? [{ at: data.due_at, name: "due", kind: "due" }] : []),
      { at: end, name: data.ended_at ? "ended" : "now", kind: "plain" },
    ];
  }

  function timeline(data) {
    const end = data.ended_at ?? data.as_of;
    const rows = lanes(data, end).filter((row) => row.begin && row.end);
    const lines = linesOf(data, end);
    const instants = [...rows.flatMap((row) => [row.begin, row.end]), ...lines.map((line) => line.at)].map((at) => Date.parse(at));
    const [low, high] = [Math.min(...instants), Math.max(...instants)];
    const x = (at) => (high > low ? (100 * (Date.parse(at) - low)) / (high - low) : 0);
    const marks = () => lines.map((line) => board.make("i", { class: `line ${line.kind}`, style: `left:${x(line.at).toFixed(2)}%` }));
    const lane = (row) => {
      const width = Math.max(0.4, x(row.end) - x(row.begin));
      const bar = board.make("i", { class: `bar ${row.kind}`, style: `left:${x(row.begin).toFixed(2)}%;width:${width.toFixed(2)}%;--over:${(100 * (row.over ?? 0)).toFixed(1)}%` });
      const when = `${board.dateTime(row.begin)} – ${board.dateTime(row.end)}`;
      return board.make("li", {}, board.make("span", { class: "lane-name" }, row.name), board.make("span", { class: "track", "data-tip": `${row.name}\n${when}\n${row.told}` }, ...marks(), bar), board.make("span", { class: "lane-told" }, row.told || when));
    };
    const labels = board.make("p", { class: "line-names" }, ...lines.map((line) => board.make("span", { class: line.kind }, board.make("i", { class: `line-mark ${line.kind}` }), ` ${board.say(`dossier.${line.name}`)} ${board.dateTime(line.at)}`)));
    return [board.make("h2", {}, board.say("dossier.timeline")), labels, board.make("ol", { class: "lanes" }, ...rows.map(lane))];
  }

  function splitOf(data) {
    if (!data.is_late) return [];
    const title = board.make("h2", {}, board.say("dossier.split"));
    if (!data.stops.length) return [title, board.make("p", { class: "note" }, board.say("dossier.no_split"))];
    const parts = data.stops.filter((stop) => stop.late_s);
    const sum = parts.map((stop) => inDays(data, stop.late_s)).join(" + ") || "0";
    const bars = parts.map((stop) => board.make("li", {}, board.make("span", { class: "lane-name" }, stopName(stop)), board.make("i", { class: "part", style: `--length:${((100 * stop.late_s) / data.late_s).toFixed(1)}%` }), board.make("b", {}, lasted(data, stop.late_s), " · ", board.percent(stop.late_s / data.late_s, 0)), board.make("small", {}, stop.is_alone ? board.say("dossier.alone") : "")));
    return [title, board.make("ol", { class: "parts" }, ...bars), board.make("p", { class: "note" }, board.say("dossier.split_note", { sum, days: inDays(data, data.late_s) }))];
  }

  function appointments(data) {
    const said = data.dues.length > 1
      ? data.dues.map((due, i) => board.say(i ? "dossier.appointment" : "dossier.first_known", { due: board.dateTime(due.due_at), since: board.dateTime(due.since) }))
      : data.due_at ? [board.say("dossier.first_known", { due: board.dateTime(data.due_at) })] : [];
    if (data.asks) said.push(board.say(data.asks > 1 ? "dossier.asked_twice" : "dossier.asked", { n: board.number(data.asks) }));
    if (data.moves && data.late_first !== data.is_late) said.push(board.say(data.late_first ? "dossier.late_first" : "dossier.fine_first"));
    if (data.is_unexplained) said.push(board.say("dossier.unexplained"));
    return listed("appointments", said);
  }

  const listed = (name, items) => [board.make("h2", {}, board.say(`dossier.${name}`)), items.length ? board.make("ul", { class: "plain-list" }, ...items.map((item) => (typeof item === "string" ? board.make("li", {}, item) : item))) : board.make("p", { class: "note" }, board.say("dossier.none"))];

  function letters(data) {
    const said = data.letters.map((letter) => {
      const values = { sent: board.dateTime(letter.sent_at), new_due: letter.new_due_at ? board.dateTime(letter.new_due_at) : "" };
      const wrong = ["late", "again", "too_long"].filter((name) => letter[`is_${name}`]).map((name) => board.say(`dossier.letter_${name}`));
      return [board.say(letter.new_due_at ? "dossier.letter" : "dossier.letter_plain", values), ...wrong].join(" · ");
    });
    const parts = listed("letters", said);
    if (data.is_late && !data.ended_at) parts.push(board.make("a", { class: "button draft", download: "", href: `/thu-xin-loi/${encodeURIComponent(data.code)}.docx` }, board.say("dossier.draft")));
    return parts;
  }

  function ratings(data) {
    const stages = new Set(["reception", "processing", "return"]);
    return listed("ratings", data.ratings.map((one) => `${board.say(stages.has(one.stage) ? `dossier.rating_${one.stage}` : "dossier.rating_whole")}: ${one.score <= 2 ? board.say(`dossier.score_${one.score}`) : board.number(one.score)}`));
  }

  function paint() {
    const node = document.getElementById("dossier");
    if (!node || !view) return;
    const { data, error, code } = shown;
    if (error || !data) {
      node.replaceChildren(board.make("p", { class: "calm", role: "status" }, board.say(error ? `dossier.${error}` : "dossier.reading", { code })));
      return;
    }
    const part = (name, children) => (children.length ? [board.make("section", { class: `dossier-${name}` }, ...children)] : []);
    node.replaceChildren(
      ...part("head", head(data)), ...part("time", timeline(data)), ...part("split", splitOf(data)),
      board.make("div", { class: "dossier-more" }, ...part("dues", appointments(data)), ...part("letters", letters(data)), ...part("ratings", ratings(data))),
      board.make("p", { class: "note" }, board.say("dossier.personal")),
    );
  }

  // The part of the page; read again when a minute of frames has passed, while the dossier is open.
  function dossier(frame, state, registry, words, link) {
    const node = document.getElementById("dossier");
    const seen = board.look(frame, state, registry, words, link, null);
    if (!node || !seen) return window.dash_clientside.no_update;
    view = seen;
    const code = asked();
    const isStale = !shown.data?.ended_at && frame.version - shown.version > 60;
    if (code !== shown.code || isStale || !node.firstElementChild) read(code, frame.version);
    else if (node.dataset.words !== board.language()) paint();
    node.dataset.words = board.language();
    return frame.version;
  }

  Object.assign(board, { dossier });
})();
