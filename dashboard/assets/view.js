// What the painters look at: the frame through the eyes of what is chosen.
(function () {
  "use strict";
  const board = ((window.dash_clientside ??= {}).board ??= {});
  const WORST = ["live", "never", "silent", "failing"];
  const DATASET = { tickets_late: "tickets", tickets_open: "tickets", tickets_late_share: "tickets", ticket_on_time_rate_30d: "tickets", satisfaction_low_30d: "ratings" };
  const THRESHOLD = {
    late_share: "dossiers_late_share", dossiers_late: "dossiers_late_share",
    tickets_late: "tickets_late_share", tickets_open: "tickets_late_share",
  };
  const SHARE = { dossiers_late_share: "late_share", tickets_late_share: "tickets_late_share" };
  // Of these, more is better; the others are better the lower they are.
  const HIGHER_BETTER = new Set(["on_time_rate_30d", "online_rate_30d", "satisfaction_low_30d"]);
  let known = { registry: null, language: null };

  function geographyOf(registry, asked) {
    const all = registry.geographies;
    return all.find((one) => String(one.id) === asked) ?? all.find((one) => one.default) ?? all[0];
  }

  // The units of a geography in the order of their names, made once per registry and language.
  function unitsOf(registry, geography) {
    if (known.registry !== registry || known.language !== board.language()) {
      known = { registry, language: board.language(), lists: {} };
      known.byKey = Object.fromEntries(registry.units.map((unit) => [unit.key, unit]));
      known.fields = Object.fromEntries(registry.fields.map((field) => [field.code, field]));
    }
    return (known.lists[geography?.id] ??= registry.units
      .filter((unit) => unit.geographies.map(String).includes(String(geography?.id)))
      .sort(board.byName));
  }

  function look(frame, state, registry, words, link, history) {
    if (!frame || !registry || !words) return null;
    board.speak(words, frame.timezone);
    const chosen = state ?? {};
    const geography = geographyOf(registry, chosen.geo);
    const units = unitsOf(registry, geography);
    const { thresholds = {}, rules = {} } = registry.profile;
    return {
      frame, geography, units, thresholds, rules, history,
      state: chosen,
      byKey: known.byKey,
      fields: known.fields,
      unit: known.byKey[chosen.unit] ?? null,
      minimum: rules.ranking?.minimum_n ?? 0,
      old: Boolean(link?.old),
      healths: {},
      indicator: chosen.ind || preset(frame),
    };
  }

  // The map opens on what the city's leaders ask first; on the hotline where there are no dossiers.
  function preset(frame) {
    const { dossiers_open: dossiers, tickets_open: tickets } = frame?.city ?? {};
    const none = (value) => value === null || value === undefined;
    return none(dossiers) && !none(tickets) ? "tickets_late_share" : "late_share";
  }

  const count = (value) => ({ value: value ?? null, rate: false });
  const rate = (value) => ({ value: value?.value ?? null, n: value?.n ?? null, of: value?.of ?? null, rate: true });

  function share(part, whole) {
    if (part === null || part === undefined || whole === null || whole === undefined) return rate(null);
    return { value: whole > 0 ? part / whole : null, n: part, of: whole, rate: true };
  }

  // One indicator of the city or a unit: {value, rate, n, of}; value null = not fed.
  function measure(values, name) {
    if (!values) return count(null);
    if (name === "late_share") return share(values.dossiers_late, values.dossiers_open);
    if (name === "tickets_late_share") return share(values.tickets_late, values.tickets_open);
    const value = values[name];
    return value !== null && typeof value === "object" ? rate(value) : count(value);
  }

  // The state of what feeds a dataset: the worst of its feeds, and the newest event.
  function health(view, dataset) {
    return (view.healths[dataset] ??= healthOf(view, dataset));
  }

  function healthOf(view, dataset) {
    const feeds = Object.values(view.frame.feeds ?? {}).filter((feed) => feed.dataset === dataset);
    if (view.old) return { state: "old", at: view.frame.as_of };
    if (!feeds.length) return { state: "live", at: null };
    const worst = feeds.reduce((one, other) => (WORST.indexOf(other.state) > WORST.indexOf(one.state) ? other : one));
    const newest = feeds.map((feed) => feed.event_at).filter(Boolean).sort((a, b) => Date.parse(a) - Date.parse(b)).pop();
    return { state: worst.state, at: worst.state === "live" ? newest ?? null : worst.event_at };
  }

  const datasetOf = (name) => DATASET[name] ?? "dossiers";

  // The status of one indicator by the profile's thresholds; null where there are none for it.
  function judged(view, values, name) {
    const judgedBy = THRESHOLD[name] ?? name;
    if (!view.thresholds[judgedBy]) return null;
    if (health(view, datasetOf(name)).state !== "live") return "unknown";
    const shown = measure(values, SHARE[judgedBy] ?? name);
    return board.judge(judgedBy, shown.rate ? shown : shown.value, view.thresholds, view.minimum);
  }

  const written = (shown, digits = 1) =>
    shown.value === null ? board.say("format.missing") : shown.rate ? board.percent(shown.value, digits) : board.number(shown.value);

  Object.assign(board, { look, preset, measure, share, health, datasetOf, judged, written, higherIsBetter: (name) => HIGHER_BETTER.has(name) });
})();
