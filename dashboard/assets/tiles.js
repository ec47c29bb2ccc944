// The eight tiles: value, comparison, n, trend, status and age of each.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const WEEK = 7;
  const MONTH = 30;

  const NOTED = { // indicators of tiles of another name
    satisfaction: ["satisfaction_low_30d", "satisfaction_high_30d"], calls_late: ["tickets_late"],
    calls_today: ["tickets_opened_today"], calls_on_time: ["ticket_on_time_rate_30d"],
  };

  const or = (value, write) => (value === null || value === undefined ? "" : write(value));

  // A series of closed days before the day of the frame, and the value `days` before the frame's day.
  function series(view, name) {
    const history = view.history;
    if (!history?.city?.[name]) return [];
    return history.city[name];
  }

  function before(view, name, days) {
    const at = Date.parse(view.frame.as_of) - days * 86_400_000;
    const day = new Intl.DateTimeFormat("sv-SE", { timeZone: view.frame.timezone }).format(at);
    const place = view.history?.days?.indexOf(day) ?? -1;
    return place < 0 ? null : series(view, name)[place] ?? null;
  }

  function change(view, value, name, days, key) {
    const then = before(view, name, days);
    if (then === null || value === null || view.unit) return "";
    return board.say(key, { change: board.signed(value - then) });
  }

  function growth(view, value, name, days, key) {
    const then = before(view, name, days);
    if (!then || value === null || view.unit) return "";
    const text = board.signed((100 * (value - then)) / then, 1);
    return board.say(key, { change: board.say("format.percent", { value: text }) });
  }

  function shift(view, shown, name, days, key) {
    const then = before(view, name, days);
    if (then === null || shown.value === null || view.unit) return "";
    const text = board.signed(100 * (shown.value - then), 1);
    return board.say(key, { change: board.say("format.points", { value: text }) });
  }

  const nOf = (shown) =>
    shown.of === null ? "" : board.say("tile.n_of", { n: board.number(shown.n), of: board.number(shown.of) });
  const n = (shown) => or(shown.of, (of) => board.say("tile.n", { n: board.number(of) }));

  function interval(shown) {
    const bounds = board.wilson(shown.n, shown.of);
    if (!bounds) return "";
    const digits = bounds[1] - bounds[0] < 0.002 ? 2 : 1;
    const [low, high] = bounds.map((bound) => board.number(100 * bound, digits));
    return board.say("tile.interval", { range: board.say("format.range_percent", { low, high }) });
  }

  function shareOfOpen(part, whole) {
    const shown = board.share(part, whole);
    return or(shown.value, (value) => board.say("tile.of_open", { rate: board.percent(value) }));
  }

  function fed(view) {
    const units = view.units;
    const having = units.filter((unit) => (view.frame.units[unit.key]?.dossiers_open ?? null) !== null);
    return board.say("tile.units_fed", { n: having.length, of: units.length });
  }

  const trend = (view, ...names) => (view.unit ? [] : names.map((name) => series(view, name)));

  // Other pages add tiles of their own.
  const TILES = Object.assign((board.tileKinds ??= {}), {
    dossiers_open(view, values) {
      const shown = board.measure(values, "dossiers_open");
      return {
        shown,
        unit: "dossiers",
        first: growth(view, shown.value, "dossiers_open", WEEK, "tile.since_week")
          || or(values.received_today, (today) => board.say("tile.received_today", { n: board.number(today) })),
        second: view.unit ? "" : fed(view),
        trend: trend(view, "dossiers_open"),
      };
    },
    dossiers_late(view, values) {
      const shown = board.measure(values, "dossiers_late");
      const ofUnit = view.unit ? view.history?.units?.[view.unit.key]?.dossiers_late : null;
      return {
        shown,
        unit: "dossiers",
        status: board.judged(view, values, "late_share"),
        first: change(view, shown.value, "dossiers_late", 1, "tile.since_yesterday"),
        second: shareOfOpen(values.dossiers_late, values.dossiers_open),
        trend: ofUnit ? [ofUnit] : trend(view, "dossiers_late"),
      };
    },
    dossiers_due_24h(view, values) {
      const done = series(view, "finished").slice(-MONTH).filter((value) => value !== null);
      const mean = done.length && !view.unit ? done.reduce((sum, value) => sum + value, 0) / done.length : null;
      return {
        shown: board.measure(values, "dossiers_due_24h"),
        unit: "dossiers",
        first: or(mean, (value) => board.say("tile.capacity", { n: board.number(value) }))
          || or(values.resolved_today, (today) => board.say("tile.resolved_today", { n: board.number(today) })),
        second: shareOfOpen(values.dossiers_due_24h, values.dossiers_open),
        trend: trend(view, "finished"),
        trendOf: "hours.finished",
      };
    },
    on_time_rate_30d(view, values) {
      const shown = board.measure(values, "on_time_rate_30d");
      return { shown, status: board.judged(view, values, "on_time_rate_30d"), first: interval(shown), second: n(shown), trend: trend(view, "on_time_rate_30d") };
    },
    accepted_late_rate_30d(view, values) {
      const shown = board.measure(values, "accepted_late_rate_30d");
      const days = view.rules.acceptance?.working_days;
      return {
        shown,
        status: board.judged(view, values, "accepted_late_rate_30d"),
        first: nOf(shown),
        second: or(days, (value) => board.say("tile.rule_days", { n: value })),
        trend: trend(view, "accepted_late_rate_30d"),
      };
    },
    tickets_open(view, values) {
      return {
        shown: board.measure(values, "tickets_open"),
        unit: "tickets",
        status: board.judged(view, values, "tickets_open"),
        first: or(values.tickets_late, (late) => board.say("tile.tickets_late", { n: board.number(late) })),
        second: or(values.tickets_opened_today, (today) => board.say("tile.opened_today", { n: board.number(today) })),
        trend: trend(view, "tickets_open"),
      };
    },
    online_rate_30d(view, values) {
      const shown = board.measure(values, "online_rate_30d");
      return {
        shown,
        status: board.judged(view, values, "online_rate_30d"),
        first: shift(view, shown, "online_rate_30d", MONTH, "tile.since_month") || nOf(shown),
        second: n(shown),
        trend: trend(view, "online_rate_30d"),
      };
    },
    satisfaction(view, values) {
      const low = board.measure(values, "satisfaction_low_30d");
      const high = board.measure(values, "satisfaction_high_30d");
      const answered = board.measure(values, "rating_response_rate_30d");
      const known = low.value !== null && high.value !== null;
      return {
        shown: low,
        text: known ? board.say("format.range_percent", { low: board.number(100 * low.value), high: board.number(100 * high.value) }) : null,
        first: or(answered.value, (value) => board.say("tile.answered", { rate: board.percent(value, 0) })),
        second: n(answered),
        trend: trend(view, "satisfaction_low_30d", "satisfaction_high_30d"),
      };
    },
  });

  function value(node, tile, status, question) {
    const missing = tile.shown.value === null;
    node.classList.toggle("missing", missing);
    const [text, unit] = [tile.text ?? board.written(tile.shown), missing || !tile.unit ? "" : board.say(`tile.unit_${tile.unit}`)];
    board.put(node, text, question);
    board.put(node.nextElementSibling, unit);
    board.set(node.parentElement, { "data-long": text.length + unit.length > 13 ? "" : null });
    board.set(node, { "data-status": missing ? null : status });
  }

  // The last line: the status in shape and word, and the age of the data; or why it cannot be judged.
  function age(node, view, feed, status, missing) {
    const broken = feed.state !== "live" && !(feed.state === "never" && missing);
    const shown = broken ? "unknown" : status;
    if (!node.firstElementChild) node.append(board.make("span", { class: "verdict" }), board.make("span", { class: "since" }));
    const [verdict, since] = node.children;
    if (verdict.dataset.status !== (shown ?? "")) {
      verdict.dataset.status = shown ?? "";
      verdict.className = `verdict ${shown ?? ""}`;
      verdict.replaceChildren(...(shown ? [board.mark(shown, broken)] : []));
      if (shown && !broken) verdict.append(board.say(`verdict.${shown}`));
    }
    if (broken) board.aged(since, feed.at ?? view.frame.as_of, `feed.is_${feed.state}`);
    else board.aged(since, feed.at, "age.ago");
  }

  function paint(node, view) {
    const values = (view.unit ? view.frame.units[view.unit.key] : view.frame.city) ?? {};
    const tile = TILES[node.dataset.tile](view, values);
    const feed = board.health(view, node.dataset.dataset);
    const missing = tile.shown.value === null;
    const silent = feed.state !== "live";
    const status = silent || missing ? "unknown" : tile.status ?? null;
    const question = `${view.state.unit ?? ""}|${board.language()}`;
    node.dataset.health = silent ? "broken" : "live";
    value(board.part(node, "value"), tile, status, question);
    board.put(board.part(node, "first"), missing ? "" : tile.first, question);
    board.put(board.part(node, "second"), missing ? "" : tile.second, question);
    const name = tile.trendOf ? board.say(tile.trendOf) : board.say(`tile.${node.dataset.tile}`);
    const names = NOTED[node.dataset.tile] ?? [node.dataset.tile];
    board.trend(board.part(node, "trend"), name, tile.trend, { days: view.history?.days, unit: view.unit?.key, names });
    board.set(board.part(node, "trend"), { "data-status": status });
    const link = node.querySelector("[data-lead]");
    if (link) board.set(link, { href: board.state.lead(link.dataset.lead), "data-visit": "" });
    age(board.part(node, "age"), view, feed, missing ? "unknown" : tile.status ?? null, missing);
  }

  function paintTiles(view) {
    for (const node of document.querySelectorAll("[data-tile]")) paint(node, view);
  }

  Object.assign(board, { paintTiles });
})();
